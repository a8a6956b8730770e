/* Sizes and durations as people write them. */

const sizes: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};
const durations: Readonly<Record<string, number>> = { ms: 1, s: 1_000, min: 60_000, h: 3_600_000 };

/** Bytes of "256MB", "1.5 GiB" or "4096"; undefined when it is no size. */
export function parseSize(text: string): number | undefined {
  return parseWithUnit(text, sizes, "b");
}

/** Milliseconds of "30s", "250 ms", "2min" or "1500"; undefined when it is no duration. */
export function parseDuration(text: string): number | undefined {
  return parseWithUnit(text, durations, "ms");
}

function parseWithUnit(
  text: string,
  units: Readonly<Record<string, number>>,
  plain: string,
): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(text);
  const factor = units[(match?.[2] || plain).toLowerCase()];
  if (match === null || factor === undefined) return undefined;
  const value = Math.round(Number(match[1]) * factor);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** "256MB"; a size that is whole in no unit is written in bytes. parseSize() reads it back exactly. */
export function formatSize(bytes: number): string {
  return formatWithUnit(bytes, ["GB", "GiB", "MB", "MiB", "kB", "KiB"], sizes) ?? String(bytes);
}

/** "30s", "250ms". */
export function formatDurationValue(ms: number): string {
  return formatWithUnit(ms, ["h", "min", "s"], durations) ?? `${ms}ms`;
}

/** In the first unit that leaves a whole number. */
function formatWithUnit(
  value: number,
  units: readonly string[],
  factors: Readonly<Record<string, number>>,
): string | undefined {
  const unit = units.find((name) => value > 0 && value % (factors[name.toLowerCase()] ?? 1) === 0);
  return unit && `${value / (factors[unit.toLowerCase()] ?? 1)}${unit}`;
}
