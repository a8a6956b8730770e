/* A place to read, said in parts: other tools for reading files take a path with line numbers beside it. */

const places = ["target", "path", "file", "file_path", "filename"];
const firsts = ["start_line", "line_start", "start", "line", "from_line", "offset"];
const lasts = ["end_line", "line_end", "end", "to_line"];
const spans = ["lines", "line_range", "range"];

/** Longer than any file. */
const lastLine = 999_999_999;

/** The same arguments with one target, when it was said in parts; else as they were. */
export function withSpan(given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const keys = new Map(
    Object.keys(given).map((key) => [key.replace(/([a-z])([A-Z])/gu, "$1_$2").toLowerCase(), key]),
  );
  const used: string[] = [];
  const take = (names: readonly string[]): string | undefined => {
    const key = names.map((name) => keys.get(name)).find((one) => one !== undefined);
    const value = key === undefined ? undefined : given[key];
    if (key === undefined || (typeof value !== "string" && typeof value !== "number"))
      return undefined;
    used.push(key);
    return String(value).trim();
  };
  const place = take(places);
  if (place === undefined || /:\d+(?:-\d+)?$|#/u.test(place)) return { ...given };
  const [span, first, last, symbol] = [take(spans), take(firsts), take(lasts), take(["symbol"])];
  const count = first === undefined ? undefined : take(["limit"]);
  const target = targetOf(place, { span, first, last, count, symbol });
  if (target === undefined) return { ...given };
  return {
    ...Object.fromEntries(Object.entries(given).filter(([key]) => !used.includes(key))),
    target,
  };
}

interface Parts {
  span: string | undefined;
  first: string | undefined;
  last: string | undefined;
  count: string | undefined;
  symbol: string | undefined;
}

function targetOf(place: string, { span, first, last, count, symbol }: Parts): string | undefined {
  const numbers = [first, last, count].filter((one) => one !== undefined);
  if (numbers.some((one) => !/^\d{1,9}$/u.test(one))) return undefined;
  if (symbol !== undefined) {
    return span === undefined && numbers.length === 0 ? `${place}#${symbol}` : undefined;
  }
  if (span !== undefined) {
    return numbers.length === 0 && /^\d{1,9}(?:-\d{1,9})?$/u.test(span)
      ? `${place}:${span}`
      : undefined;
  }
  if (first === undefined) return last === undefined ? undefined : `${place}:1-${last}`;
  const begin = Math.max(1, Number(first));
  if (last !== undefined) return `${place}:${begin}-${last}`;
  return `${place}:${begin}-${count === undefined ? lastLine : begin + Number(count) - 1}`;
}
