/* How numbers and times look to people: as on the command line (src/cli/output/format.ts). */

/** "23.5 MB"; units of 1,000,000 bytes and so on. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (Math.abs(value) >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${Math.abs(value) >= 100 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** "0.4 ms", "8.5 ms", "850 ms", "12.3 s", "4 min 05 s". */
export function formatMs(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
}

/** "12,345" */
export function formatCount(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(?:\d{3})+$)/gu, ",");
}

/** "1 file", "2 files" */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** "37 %" @param share 0 to 1 */
export function formatShare(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** A share of a score: "+0.03". */
export function formatSigned(value: number): string {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
}

/** "just now", "5 min ago", "3 h ago", "12 days ago"; of what is to come: "in 5 min". @param at ISO, or ms since 1970 */
export function formatAgo(at: string | number, now = Date.now()): string {
  const seconds = Math.round((now - asMs(at)) / 1000);
  const size = Math.abs(seconds);
  if (Number.isNaN(size)) return "";
  if (size < 45) return "just now";
  const said =
    size < 5400
      ? `${Math.round(size / 60)} min`
      : size < 36 * 3600
        ? `${Math.round(size / 3600)} h`
        : `${formatCount(size / 86_400)} days`;
  return seconds < 0 ? `in ${said}` : `${said} ago`;
}

/** "2026-11-29 14:05", in the zone of who reads it. @param at ISO, or ms since 1970 */
export function formatTime(at: string | number): string {
  const date = new Date(asMs(at));
  if (Number.isNaN(date.getTime())) return String(at);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${formatDay(at)} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** "2026-11-29" */
export function formatDay(at: string | number): string {
  const date = new Date(asMs(at));
  if (Number.isNaN(date.getTime())) return String(at);
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

function asMs(at: string | number): number {
  return typeof at === "number" ? at : Date.parse(at);
}
