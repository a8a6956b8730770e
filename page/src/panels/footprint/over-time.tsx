/* RSS over time with the limit, the levels and what happened on the same line; each moment also in a list that leads to it. */
import { useMemo } from "preact/hooks";
import type {
  FootprintMoment,
  FootprintSample,
  RamOverTime,
} from "../../../../src/ports/answers/daemon/ram.ts";
import { Chart } from "../../parts/chart.tsx";
import { clock } from "../../parts/chart-data.ts";
import type { ChartMark, ChartSeries } from "../../parts/chart-words.ts";
import { Chips, ToggleChip } from "../../parts/chips.tsx";
import { formatBytes } from "../../parts/format.ts";
import { Empty } from "../../parts/states.tsx";
import { type Range, ranges } from "./state.ts";
import { sayMoment, signOf } from "./words.ts";

const rangeWords: Record<Range, string> = { "5m": "5 minutes", "1h": "1 hour", "6h": "6 hours" };
/** In the list, the newest. */
const mostMoments = 100;

export function OverTime(props: {
  behind: RamOverTime;
  live: readonly FootprintSample[];
  range: Range;
  setRange: (range: Range) => void;
  /** The time of the moment that is looked at; undefined: none. */
  chosen: string | undefined;
  choose: (key: string | undefined) => void;
}) {
  const { behind, live, range, setRange, chosen, choose } = props;
  const drawn = useMemo(() => drawnOf(behind, live, range), [behind, live, range]);
  const moments = useMemo(() => behind.moments.slice(-mostMoments).reverse(), [behind]);
  const marks = useMemo(
    () => [...moments].reverse().map((moment) => markOf(moment, keyOf(moment) === chosen)),
    [moments, chosen],
  );
  return (
    <section class="card" aria-labelledby="ram-over-time">
      <div class="row">
        <h2 id="ram-over-time">Over time</h2>
        <div class="push">
          <Chips label="How far back">
            {(Object.keys(ranges) as Range[]).map((one) => (
              <ToggleChip key={one} isOn={one === range} onToggle={() => setRange(one)}>
                {rangeWords[one]}
              </ToggleChip>
            ))}
          </Chips>
        </div>
      </div>
      <Chart
        title="Resident memory"
        times={drawn.times}
        series={drawn.series}
        marks={marks}
        format={formatBytes}
        height={240}
        leastTop={behind.now.limitBytes}
      />
      <h3 id="ram-moments">What happened</h3>
      {moments.length === 0 ? (
        <Empty>Nothing was loaded, freed or given up in this time.</Empty>
      ) : (
        <ol class="ram-moments" aria-labelledby="ram-moments">
          {moments.map((moment) => {
            const key = keyOf(moment);
            const isChosen = key === chosen;
            return (
              <li key={key}>
                <button
                  type="button"
                  aria-pressed={isChosen}
                  data-kind={moment.kind}
                  onClick={() => choose(isChosen ? undefined : key)}
                >
                  <time>{clock(moment.time, true)}</time>
                  <span class="sign" aria-hidden="true">
                    {signOf(moment)}
                  </span>
                  <span>{sayMoment(moment)}</span>
                </button>
              </li>
            );
          })}
        </ol>
      )}
    </section>
  );
}

function keyOf(moment: FootprintMoment): string {
  const { kind, time } = moment;
  const what =
    kind === "event"
      ? `${moment.owner} ${moment.what}`
      : kind === "step"
        ? moment.step
        : moment.level;
  return `${time} ${what}`;
}

function markOf(moment: FootprintMoment, isChosen: boolean): ChartMark {
  const isBad = moment.kind === "level" && moment.level === "critical";
  return {
    at: moment.time,
    label: sayMoment(moment),
    sign: isChosen ? "◆" : signOf(moment),
    tone: isChosen ? 6 : isBad ? "bad" : moment.kind === "event" ? "quiet" : "warn",
  };
}

/** A point stands for the time that its slots cover; a gap of several of them is a gap in the line. */
function drawnOf(
  { columns, everyMs, now }: RamOverTime,
  live: readonly FootprintSample[],
  range: Range,
): { times: number[]; series: ChartSeries[] } {
  const rows: Row[] = [];
  const firstLive = live[0]?.at ?? Number.POSITIVE_INFINITY;
  columns.at.forEach((at, i) => {
    if (at + everyMs / 2 >= firstLive) return;
    const before = rows.at(-1)?.at;
    if (before !== undefined && at - before > 3 * everyMs)
      rows.push({ ...nothing, at: before + everyMs });
    rows.push({
      at: Math.min(at + everyMs / 2, now.at),
      own: columns.ownMax[i] ?? null,
      least: columns.ownMin[i] ?? null,
      used: columns.usedMax[i] ?? null,
      limit: columns.limit[i] ?? null,
      level: columns.level[i] ?? 0,
    });
  });
  for (const sample of now.at < firstLive ? [now, ...live] : live) {
    if (sample.at <= (rows.at(-1)?.at ?? 0)) continue;
    const level = { calm: 0, warning: 1, critical: 2 }[sample.level ?? "calm"];
    const { ownBytes, mostBytes, limitBytes = null } = sample;
    rows.push({
      at: sample.at,
      own: ownBytes,
      least: ownBytes,
      used: mostBytes,
      limit: limitBytes,
      level,
    });
  }
  const from = (rows.at(-1)?.at ?? 0) - ranges[range];
  const seen = rows.filter(({ at }) => at >= from);
  const hasLimit = seen.some(({ limit }) => limit !== null);
  const at = (level: number) => (row: Row) => (row.level === level ? row.used : null);
  const column = (of: (row: Row) => number | null): (number | null)[] => seen.map(of);
  const series: ChartSeries[] = [
    { name: "the daemon, most", values: column(({ own }) => own), form: "band", tone: 1 },
    { name: "the daemon, least", values: column(({ least }) => least), tone: 1, dash: [2, 3] },
    { name: "all that counts", values: column(({ used }) => used), tone: 2, dash: [6, 3] },
  ];
  if (hasLimit) {
    series.push(
      {
        name: "limit",
        values: column(({ limit }) => limit),
        tone: "bad",
        dash: [10, 4],
        isStepped: true,
      },
      { name: "at warning", values: column(at(1)), form: "area", tone: "warn" },
      { name: "at critical", values: column(at(2)), form: "area", tone: "bad" },
    );
  }
  return { times: seen.map((row) => row.at), series };
}

interface Row {
  at: number;
  own: number | null;
  least: number | null;
  used: number | null;
  limit: number | null;
  level: number;
}

const nothing = { own: null, least: null, used: null, limit: null, level: 0 };
