/* Who has the resident memory, with bars: all of it, and of that what nothing uses now. */
import { Fragment } from "preact";
import type { ProcessFootprint } from "../../../../src/ports/answers/daemon/ram.ts";
import { formatBytes, formatCount, formatShare } from "../../parts/format.ts";
import { Table } from "../../parts/table.tsx";

export function Owners({ receipt }: { receipt: ProcessFootprint }) {
  const rows = [...receipt.owners].sort((a, b) => b.bytes - a.bytes);
  const most = Math.max(1, ...rows.map(({ bytes }) => bytes));
  const { totalBytes, efficiency } = receipt;
  return (
    <section class="card" aria-labelledby="ram-owners">
      <h2 id="ram-owners">By owner</h2>
      <p>
        {formatBytes(totalBytes)} resident in the daemon; {formatBytes(efficiency.idleBytes)} of it
        is used by nothing now. Efficiency <strong>{efficiency.score}</strong> of 100.
      </p>
      <Shares receipt={receipt} />
      <Table
        caption="Owners of resident memory"
        hidesCaption
        rows={rows}
        keyOf={({ owner }) => owner}
        columns={[
          {
            title: "Owner",
            by: ({ owner }) => owner,
            cell: ({ owner, note }) => (
              <>
                <span class="ram-owner">{owner}</span> <span class="quiet small">{note}</span>
              </>
            ),
          },
          {
            title: "Share",
            cell: ({ bytes, idleBytes = 0 }) => (
              <svg
                class="ram-share"
                viewBox="0 0 100 10"
                preserveAspectRatio="none"
                aria-hidden="true"
              >
                <rect
                  class="own"
                  x={0}
                  y={0}
                  width={(100 * (bytes - idleBytes)) / most}
                  height={10}
                />
                <rect
                  class="idle"
                  x={(100 * (bytes - idleBytes)) / most}
                  y={0}
                  width={(100 * idleBytes) / most}
                  height={10}
                />
              </svg>
            ),
          },
          {
            title: "Bytes",
            isNumber: true,
            by: ({ bytes }) => bytes,
            cell: ({ bytes }) => formatBytes(bytes),
          },
          {
            title: "Part",
            isNumber: true,
            cell: ({ bytes }) => formatShare(bytes / Math.max(1, totalBytes)),
          },
          {
            title: "Idle",
            isNumber: true,
            by: ({ idleBytes = 0 }) => idleBytes,
            cell: ({ idleBytes = 0 }) => (idleBytes === 0 ? "–" : formatBytes(idleBytes)),
          },
        ]}
      />
      <p class="quiet small">Efficiency: {efficiency.formula}.</p>
    </section>
  );
}

/** How much of the machine that is, and what one of each takes on average. */
function Shares({ receipt }: { receipt: ProcessFootprint }) {
  const { systemShare, systemBytes, virtualBytes, perFile, perMemory, perClient } = receipt;
  const each = [
    ["Per file", "indexed", perFile],
    ["Per memory", "kept", perMemory],
    ["Per client", "connected", perClient],
  ] as const;
  return (
    <dl class="facts" aria-label="Of the machine, and by one of each">
      <dt>Of the system</dt>
      <dd>
        {(systemShare * 100).toFixed(1)} % of {formatBytes(systemBytes)}
      </dd>
      {virtualBytes !== undefined && (
        <>
          <dt>Address space</dt>
          <dd>{formatBytes(virtualBytes)}, most of it never used</dd>
        </>
      )}
      {each.map(
        ([name, which, share]) =>
          share !== undefined && (
            <Fragment key={name}>
              <dt>{name}</dt>
              <dd>
                {formatBytes(share.eachBytes)} on average: {formatBytes(share.bytes)} for{" "}
                {formatCount(share.count)} {which}
              </dd>
            </Fragment>
          ),
      )}
    </dl>
  );
}
