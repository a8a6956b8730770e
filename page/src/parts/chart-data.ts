/* What a chart draws, made of what it was given: piles added up, hidden lines emptied, tones and dashes chosen. */
import type { ChartSeries, ChartTone } from "./chart-words.ts";

export interface PreparedSeries {
  name: string;
  form: "line" | "area" | "pile" | "band";
  tone: ChartTone;
  dash: readonly number[];
  isStepped: boolean;
  /** As they were given. */
  values: readonly (number | null)[];
}

export interface Prepared {
  times: readonly number[];
  series: readonly PreparedSeries[];
  /** For the plot: times in seconds, then a row for each series. */
  aligned: (number | null)[][];
  /** Where this changes, the plot has other lines. */
  shape: string;
}

const dashes: readonly (readonly number[])[] = [[], [8, 4], [2, 3], [10, 3, 2, 3], [5, 2], [1, 4]];

export function prepare(
  times: readonly number[],
  given: readonly ChartSeries[],
  hidden: ReadonlySet<string>,
): Prepared {
  const series = given.map((one, at): PreparedSeries => {
    const form = one.form ?? "line";
    return {
      name: one.name,
      form,
      tone: one.tone ?? (((at % 8) + 1) as ChartTone),
      dash: one.dash ?? (form === "line" ? (dashes[at % dashes.length] ?? []) : []),
      isStepped: one.isStepped ?? false,
      values: one.values,
    };
  });
  const heights = new Array<number>(times.length).fill(0);
  const rows = series.map(({ name, form, values }) => {
    const isHidden = hidden.has(name);
    if (form !== "pile") return times.map((_, at) => (isHidden ? null : (values[at] ?? null)));
    // A hidden pile has no height, so that those on it stand on what is below.
    return times.map((_, at) => {
      heights[at] = (heights[at] ?? 0) + (isHidden ? 0 : (values[at] ?? 0));
      return heights[at] ?? null;
    });
  });
  return {
    times,
    series,
    aligned: [times.map((time) => time / 1000), ...rows],
    shape: JSON.stringify(
      series.map(({ name, form, tone, dash, isStepped }) => [name, form, tone, dash, isStepped]),
    ),
  };
}

/** Each line in a sentence: where it is now, and between what it moved. */
export function inWords(data: Prepared, format: (value: number) => string): string {
  const from = data.times[0];
  const to = data.times.at(-1);
  if (from === undefined || to === undefined) return "Nothing yet.";
  const lines = data.series.map(({ name, values }) => {
    let least = Number.POSITIVE_INFINITY;
    let most = Number.NEGATIVE_INFINITY;
    let last: number | undefined;
    for (const value of values) {
      if (value === null) continue;
      least = Math.min(least, value);
      most = Math.max(most, value);
      last = value;
    }
    if (last === undefined) return `${name}: nothing.`;
    return `${name}: ${format(last)} last, from ${format(least)} to ${format(most)}.`;
  });
  return `From ${clock(from, true)} to ${clock(to, true)}. ${lines.join(" ")}`;
}

const minutes = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});
const seconds = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
});

/** @param at milliseconds since 1970 @returns "14:05", or with seconds "14:05:33" */
export function clock(at: number, withSeconds = false): string {
  return (withSeconds ? seconds : minutes).format(at);
}
