/* How long writes take, by what is written, as a table; and which part of that is waiting or the disk. */
import { useState } from "preact/hooks";
import type { WriteStats } from "../../../../src/ports/answers/daemon/stats.ts";
import { Chips, ToggleChip } from "../../parts/chips.tsx";
import { formatCount } from "../../parts/format.ts";
import { Empty } from "../../parts/states.tsx";
import { type Column, Table } from "../../parts/table.tsx";
import { formatTook, kindWords } from "./words.ts";

interface Row {
  kind: string;
  times: WriteStats["whole"];
  write: WriteStats;
}

const columns: readonly Column<Row>[] = [
  { title: "What", cell: ({ kind }) => kind, by: ({ kind }) => kind },
  number("Writes", ({ times }) => times.count, formatCount),
  number("p50", ({ times }) => times.p50Ms),
  number("p95", ({ times }) => times.p95Ms),
  number("p99", ({ times }) => times.p99Ms),
  number("Longest", ({ times }) => times.mostMs),
  number("Wait p95", ({ write }) => write.wait.p95Ms),
  number("Work p95", ({ write }) => write.work.p95Ms),
  number("Commit p95", ({ write }) => write.commit.p95Ms),
  number("Busy", ({ write }) => write.busy, formatCount),
  number("Failed", ({ write }) => write.failed, formatCount),
];

export function Writes({ writes }: { writes: readonly WriteStats[] }) {
  const [isLately, setLately] = useState(false);
  const rows = writes.flatMap((write): Row[] => {
    const times = isLately ? write.lastMinute : write.whole;
    return times === undefined || times.count === 0 ? [] : [{ kind: write.kind, times, write }];
  });
  return (
    <section class="card" aria-labelledby="health-writes">
      <div class="row">
        <h2 id="health-writes">Writes</h2>
        <div class="push">
          <Chips label="Of which time">
            <ToggleChip isOn={!isLately} onToggle={() => setLately(false)}>
              since the start
            </ToggleChip>
            <ToggleChip isOn={isLately} onToggle={() => setLately(true)}>
              last minute
            </ToggleChip>
          </Chips>
        </div>
      </div>
      {rows.length === 0 ? (
        <Empty>
          Nothing was written {isLately ? "in the last minute" : "since the daemon began"}.
        </Empty>
      ) : (
        <Table
          caption="Time of writes by kind; the parts are since the start"
          columns={columns}
          rows={rows}
          keyOf={({ kind }) => kind}
        />
      )}
      <details>
        <summary>What these are</summary>
        <dl class="facts">
          {writes.flatMap(({ kind }) => [
            <dt key={kind}>{kind}</dt>,
            <dd key={`${kind} says`}>{kindWords[kind]}</dd>,
          ])}
          <dt>Wait</dt>
          <dd>from the first try to the turn to write; busy counts tries that found another</dd>
          <dt>Work</dt>
          <dd>from the turn to the commit</dd>
          <dt>Commit</dt>
          <dd>waiting for the disk, and moving the log when it is full</dd>
        </dl>
      </details>
    </section>
  );
}

function number(
  title: string,
  of: (row: Row) => number,
  format: (value: number) => string = formatTook,
): Column<Row> {
  return { title, cell: (row) => format(of(row)), by: of, isNumber: true };
}
