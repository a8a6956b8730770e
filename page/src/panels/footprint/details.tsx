/* The rest of the receipt: models, parse processes, what was foretold, what would save some, indexes, caches. */
import type { OpenIndexFacts, ProcessFootprint } from "../../../../src/ports/answers/daemon/ram.ts";
import {
  counted,
  formatBytes,
  formatCount,
  formatShare,
  formatSigned,
} from "../../parts/format.ts";
import { Empty } from "../../parts/states.tsx";
import { Table } from "../../parts/table.tsx";
import { visible } from "../../parts/visible.ts";

export function Loaded({ receipt }: { receipt: ProcessFootprint }) {
  const { models, children, indexes, memoriesBytes } = receipt;
  return (
    <section class="card" aria-labelledby="ram-loaded">
      <h2 id="ram-loaded">What is loaded</h2>
      {models.length === 0 ? (
        <p>No model is loaded. One is, when a text is to be embedded.</p>
      ) : (
        <ul>
          {models.map(({ owner, sessionBytes, workers, tokensPerRun }) => (
            <li key={owner}>
              <strong>{owner}</strong>{" "}
              <span class="quiet small">
                {counted(workers, "worker")}, {tokensPerRun} tokens a run
                {sessionBytes > 0 &&
                  `, ${formatBytes(sessionBytes)} of its own beside mapped weights`}
              </span>
            </li>
          ))}
        </ul>
      )}
      {children.length === 0 ? (
        <p class="quiet">No parse process runs.</p>
      ) : (
        <ul>
          {children.map(({ owner, pid, rssBytes }) => (
            <li key={pid}>
              {owner} {pid}: {rssBytes === undefined ? "it has not said" : formatBytes(rssBytes)}{" "}
              <span class="quiet small">resident, with Node's own pages</span>
            </li>
          ))}
        </ul>
      )}
      <p class="quiet small">Memories: {formatBytes(memoriesBytes)} of vectors and filters.</p>
      {indexes.length > 0 && (
        <Table
          caption="Open indexes"
          rows={indexes}
          keyOf={({ folder }) => folder}
          columns={[
            {
              title: "Index",
              by: ({ folder }) => folder,
              cell: ({ folder }) => <code>{visible(folder)}</code>,
            },
            bytesColumn("Database cache", ({ databaseCacheBytes }) => databaseCacheBytes),
            bytesColumn("Bits", ({ bitsBytes }) => bitsBytes),
            bytesColumn("Lengths", ({ lengthsBytes }) => lengthsBytes),
            bytesColumn("Caches", ({ caches }) => caches.bytes),
          ]}
        />
      )}
    </section>
  );
}

function bytesColumn(title: string, of: (row: OpenIndexFacts) => number) {
  return { title, isNumber: true, by: of, cell: (row: OpenIndexFacts) => formatBytes(of(row)) };
}

export function Predictions({ receipt }: { receipt: ProcessFootprint }) {
  const predictions = receipt.governor?.predictions ?? [];
  return (
    <section class="card" aria-labelledby="ram-foretold">
      <h2 id="ram-foretold">Predicted and measured</h2>
      {predictions.length === 0 ? (
        <Empty>
          {receipt.governor === undefined
            ? "Needs are predicted only where memory.max sets a limit."
            : "Nothing was predicted yet: a load of a model, a large file, bits of vectors."}
        </Empty>
      ) : (
        <Table
          caption="Peaks of the process that did the work, the last time"
          rows={predictions}
          keyOf={({ step }) => step}
          columns={[
            { title: "Work", cell: ({ step }) => step },
            {
              title: "Predicted",
              isNumber: true,
              cell: ({ predictedBytes }) => formatBytes(predictedBytes),
            },
            {
              title: "Measured",
              isNumber: true,
              cell: ({ measuredBytes }) => formatBytes(measuredBytes),
            },
            {
              title: "Off by",
              isNumber: true,
              cell: ({ predictedBytes, measuredBytes }) =>
                `${formatSigned((100 * (predictedBytes - measuredBytes)) / Math.max(1, measuredBytes))} %`,
            },
            {
              title: "Within 15 %",
              isNumber: true,
              cell: ({ within, count }) => `${within} of ${count}`,
            },
          ]}
        />
      )}
    </section>
  );
}

export function Advice({ receipt }: { receipt: ProcessFootprint }) {
  const { advice } = receipt;
  return (
    <section class="card" aria-labelledby="ram-advice">
      <h2 id="ram-advice">What would save some</h2>
      {advice.length === 0 ? (
        <Empty>Nothing that would save 2 MB or more is known.</Empty>
      ) : (
        <ul>
          {advice.map(({ option, effect, savesBytes }) => (
            <li key={option}>
              <strong>up to {formatBytes(savesBytes)}</strong>: <code>{option}</code>{" "}
              <span class="quiet small">{effect}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

export function Caches({ receipt }: { receipt: ProcessFootprint }) {
  const { caches } = receipt;
  const gone = (row: (typeof caches.owners)[number]): number =>
    Object.values(row.evictions).reduce((sum, count) => sum + count, 0);
  const rate = ({ hits, misses }: { hits: number; misses: number }): number | undefined =>
    hits + misses === 0 ? undefined : hits / (hits + misses);
  return (
    <section class="card" aria-labelledby="ram-caches">
      <h2 id="ram-caches">Caches</h2>
      {caches.owners.length === 0 ? (
        <Empty>No index is open, so there is no cache.</Empty>
      ) : (
        <>
          <p>
            {formatBytes(caches.bytes)} of {formatBytes(caches.maxBytes)}, all open indexes
            together.
          </p>
          <Table
            caption="Caches in memory"
            hidesCaption
            rows={caches.owners}
            keyOf={({ owner }) => owner}
            columns={[
              { title: "Cache", cell: ({ owner }) => owner },
              { title: "Entries", isNumber: true, cell: ({ entries }) => formatCount(entries) },
              { title: "Bytes", isNumber: true, cell: ({ bytes }) => formatBytes(bytes) },
              {
                title: "Hit rate",
                isNumber: true,
                cell: (row) => {
                  const share = rate(row);
                  return share === undefined ? "–" : formatShare(share);
                },
              },
              { title: "Hits", isNumber: true, cell: ({ hits }) => formatCount(hits) },
              { title: "Misses", isNumber: true, cell: ({ misses }) => formatCount(misses) },
              {
                title: "Misses for want of room",
                isNumber: true,
                cell: ({ regretted }) => formatCount(regretted),
              },
              {
                title: "Evicted",
                isNumber: true,
                cell: (row) => (
                  <span title={whyGone(row.evictions)}>
                    {formatCount(gone(row))}
                    {gone(row) > 0 && <span class="quiet small"> ({whyGone(row.evictions)})</span>}
                  </span>
                ),
              },
            ]}
          />
        </>
      )}
    </section>
  );
}

const goneWords = {
  size: "no room",
  ttl: "too old",
  replaced: "replaced",
  cleared: "cleared",
  resized: "shrunk",
} as const;

function whyGone(evictions: Record<keyof typeof goneWords, number>): string {
  return Object.entries(goneWords)
    .filter(([cause]) => evictions[cause as keyof typeof goneWords] > 0)
    .map(([cause, words]) => `${words} ${formatCount(evictions[cause as keyof typeof goneWords])}`)
    .join(", ");
}
