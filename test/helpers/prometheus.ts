/*
 * Reads the text format of Prometheus, version 0.0.4, and takes nothing that the format does not: every family has its HELP
 * and TYPE before its samples, once and in one piece; no sample comes twice; histograms add up.
 */
export interface Family {
  name: string;
  type: string;
  help: string;
  samples: MetricSample[];
}

export interface MetricSample {
  name: string;
  labels: Record<string, string>;
  value: number;
}

const types = new Set(["counter", "gauge", "histogram", "summary", "untyped"]);
const metricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/u;
const label = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/u;

/** @throws Error with the line that is wrong */
export function readMetrics(text: string): Map<string, Family> {
  if (!text.endsWith("\n")) throw new Error("the last line has no end");
  const families = new Map<string, Family>();
  const seen = new Set<string>();
  let help: { name: string; text: string } | undefined;
  let open: Family | undefined;
  for (const line of text.slice(0, -1).split("\n")) {
    const wrong = (why: string): Error => new Error(`${why}: ${line}`);
    const head = /^# (HELP|TYPE) (\S+) (.+)$/u.exec(line);
    if (head !== null) {
      const [, what, name = "", rest = ""] = head;
      if (!metricName.test(name)) throw wrong("no name of a metric");
      if (what === "HELP") {
        if (families.has(name)) throw wrong("a family in two pieces");
        help = { name, text: rest };
      } else {
        if (help?.name !== name) throw wrong("TYPE without HELP before it");
        if (!types.has(rest)) throw wrong("no type");
        open = { name, type: rest, help: help.text, samples: [] };
        families.set(name, open);
        help = undefined;
      }
      continue;
    }
    if (line === "" || line.startsWith("#")) throw wrong("a line that is nothing");
    const found = /^([a-zA-Z0-9_:]+)(?:\{(.*)\})? (\S+)$/u.exec(line);
    if (found === null) throw wrong("no sample");
    const [, name = "", labelText = "", valueText = ""] = found;
    if (open === undefined || !belongs(name, open)) throw wrong("a sample outside of its family");
    if (seen.has(`${name}{${labelText}}`)) throw wrong("a sample that was there");
    seen.add(`${name}{${labelText}}`);
    const value = numberOf(valueText);
    if (value === undefined) throw wrong("no number");
    if (open.type === "counter" && !(value >= 0)) throw wrong("a counter below 0");
    open.samples.push({ name, labels: labelsOf(labelText, wrong), value });
  }
  for (const family of families.values()) {
    if (family.type === "counter" && !family.name.endsWith("_total")) {
      throw new Error(`a counter without _total: ${family.name}`);
    }
    if (family.type === "histogram") checkHistogram(family);
  }
  return families;
}

function belongs(sample: string, { name, type }: Family): boolean {
  if (type !== "histogram") return sample === name;
  return [`${name}_bucket`, `${name}_sum`, `${name}_count`].includes(sample);
}

function numberOf(text: string): number | undefined {
  if (text === "+Inf") return Number.POSITIVE_INFINITY;
  return /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/u.test(text) ? Number(text) : undefined;
}

function labelsOf(text: string, wrong: (why: string) => Error): Record<string, string> {
  const labels: Record<string, string> = {};
  for (let rest = text; rest !== ""; ) {
    const found = label.exec(rest);
    if (found === null) throw wrong("no label");
    const [whole, name = "", value = "", end] = found;
    if (Object.hasOwn(labels, name) || name.startsWith("__"))
      throw wrong("a label that may not be");
    labels[name] = value;
    rest = rest.slice(whole.length);
    if (end === "," && rest === "") throw wrong("a comma at the end");
  }
  return labels;
}

function checkHistogram({ name, samples }: Family): void {
  const series = new Map<string, MetricSample[]>();
  for (const one of samples) {
    const { le: _, ...others } = one.labels;
    const key = JSON.stringify(others);
    series.set(key, [...(series.get(key) ?? []), one]);
  }
  for (const [key, all] of series) {
    const buckets = all.filter((one) => one.name === `${name}_bucket`);
    const bounds = buckets.map(({ labels }) => numberOf(labels.le ?? "") ?? Number.NaN);
    const isRising = bounds.every((bound, at) => at === 0 || bound > (bounds[at - 1] ?? bound));
    const counts = buckets.map(({ value }) => value);
    const addsUp = counts.every((count, at) => at === 0 || count >= (counts[at - 1] ?? count));
    const count = all.find((one) => one.name === `${name}_count`)?.value;
    const hasSum = all.some((one) => one.name === `${name}_sum`);
    const isWhole = bounds.at(-1) === Number.POSITIVE_INFINITY && counts.at(-1) === count && hasSum;
    if (!isRising || !addsUp || !isWhole)
      throw new Error(`a histogram that does not add up: ${name} ${key}`);
  }
}
