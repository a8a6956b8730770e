/* Percentiles minute by minute, and what each stage took in the last hour. */
import { useMemo } from "preact/hooks";
import type { QueriesReport, QueryMinute } from "../../../../src/ports/answers/daemon/queries.ts";
import { Chart } from "../../parts/chart.tsx";
import type { ChartSeries } from "../../parts/chart-words.ts";
import { formatMs, formatShare } from "../../parts/format.ts";
import { type Column, Table } from "../../parts/table.tsx";
import { lookOf } from "./stages.ts";

const minuteMs = 60_000;
/** The chart is at least so wide, minutes: one point alone would have no time axis. */
const leastMinutes = 10;

type StageRow = QueriesReport["stages"][number]["stages"][number] & { share: number };

export function OverTime({ report, call }: { report: QueriesReport; call: string | undefined }) {
  const group = groupOf(report, call);
  const minutes = report.minutes.find((one) => one.call === group)?.minutes ?? [];
  const { times, series } = useMemo(() => linesOf(minutes), [minutes]);
  const stages = report.stages.find((one) => one.call === group)?.stages ?? [];
  const total = stages.find(({ stage }) => stage === "total")?.sumMs ?? 0;
  const rows = stages
    .filter(({ stage }) => stage !== "total")
    .map((one): StageRow => ({ ...one, share: total > 0 ? one.sumMs / total : 0 }))
    .sort((a, b) => b.sumMs - a.sumMs);
  const what = group === "others" ? "other calls" : group;
  return (
    <div class="cards">
      <div class="card">
        <Chart
          title={`Time of ${what}, by minute`}
          times={times}
          series={series}
          format={formatMs}
          empty="No call within the last six hours."
        />
      </div>
      <div class="card">
        <Table
          caption={`Stages of ${what}, last hour`}
          columns={stageColumns}
          rows={rows}
          keyOf={({ stage }) => stage}
        />
        <p class="quiet small">
          Percentiles are at most 4 % off. A call counts where the stage took any time.
        </p>
      </div>
    </div>
  );
}

const stageColumns: readonly Column<StageRow>[] = [
  {
    title: "Stage",
    cell: ({ stage }) =>
      stage === "total" ? stage : <span title={lookOf(stage).says}>{stage}</span>,
    by: ({ stage }) => stage,
  },
  {
    title: "Share",
    cell: ({ share }) => formatShare(share),
    by: ({ share }) => share,
    isNumber: true,
  },
  { title: "Calls", cell: ({ count }) => count, by: ({ count }) => count, isNumber: true },
  { title: "p50", cell: ({ p50 }) => formatMs(p50), by: ({ p50 }) => p50, isNumber: true },
  { title: "p95", cell: ({ p95 }) => formatMs(p95), by: ({ p95 }) => p95, isNumber: true },
  { title: "p99", cell: ({ p99 }) => formatMs(p99), by: ({ p99 }) => p99, isNumber: true },
];

/** The calls that are counted together: those asked for, else those with the most time. */
function groupOf({ stages }: QueriesReport, call: string | undefined): string {
  if (call === "search" || call === "recall") return call;
  if (call !== undefined) return "others";
  const totals = stages.map((one) => ({
    call: one.call,
    sumMs: one.stages.find(({ stage }) => stage === "total")?.sumMs ?? 0,
  }));
  return totals.sort((a, b) => b.sumMs - a.sumMs)[0]?.call ?? "search";
}

/** A minute without a call is a gap. */
function linesOf(minutes: readonly QueryMinute[]): { times: number[]; series: ChartSeries[] } {
  const known = new Map(minutes.map((one) => [Date.parse(one.at), one]));
  const last = Math.max(...known.keys());
  const first = Math.min(...known.keys(), last - leastMinutes * minuteMs);
  const times: number[] = [];
  for (let at = first; known.size > 0 && at <= last; at += minuteMs) times.push(at);
  const line = (name: "p50" | "p95" | "p99"): ChartSeries => ({
    name,
    values: times.map((at) => known.get(at)?.[name] ?? null),
  });
  return { times, series: [line("p99"), line("p95"), line("p50")] };
}
