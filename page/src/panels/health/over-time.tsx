/* Commits, checkpoints and the size of write-ahead logs since the panel was opened. */
import { useMemo } from "preact/hooks";
import { Chart } from "../../parts/chart.tsx";
import type { ChartSeries } from "../../parts/chart-words.ts";
import { formatBytes } from "../../parts/format.ts";
import { type Point, type Sort, sorts } from "./state.ts";
import { formatRate } from "./words.ts";

const names: Record<Sort, string> = { index: "indexes", memories: "memories", cache: "cache" };

export function OverTime(props: { points: readonly Point[] }) {
  // A rate is of two.
  const points = useMemo(() => (props.points.length < 2 ? [] : props.points), [props.points]);
  const times = useMemo(() => points.map(({ at }) => at), [points]);
  const lines = (of: (point: Point, sort: Sort) => number | null): ChartSeries[] =>
    sorts.map((sort) => ({
      name: names[sort],
      values: points.map((point) => of(point, sort)),
      isStepped: true,
    }));
  const [commits, checkpoints, logs] = useMemo(
    () => [
      lines(({ commits }, sort) => commits?.[sort] ?? null),
      lines(({ checkpoints }, sort) => checkpoints?.[sort] ?? null),
      lines(({ logBytes }, sort) => logBytes[sort]),
    ],
    [points],
  ) as [ChartSeries[], ChartSeries[], ChartSeries[]];
  const empty = "Rates are known from the second look on, three seconds from now.";
  const shared = { times, height: 160, empty };
  return (
    <section class="card" aria-labelledby="health-over-time">
      <h2 id="health-over-time">Since this was opened</h2>
      <div class="cards health-charts">
        <Chart {...shared} title="Commits" series={commits} format={formatRate} leastTop={1} />
        <Chart
          {...shared}
          title="Checkpoints"
          series={checkpoints}
          format={formatRate}
          leastTop={1}
        />
        <Chart {...shared} title="WAL in use" series={logs} format={formatBytes} leastTop={1e6} />
      </div>
    </section>
  );
}
