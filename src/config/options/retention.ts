/* How many snapshots stay that were made by themselves, as people write it: "7d 4w", "10d 8w 6m", "off". */
import type { TextForm } from "./option-row.ts";

export interface Retention {
  days: number;
  weeks: number;
  months: number;
}

const most = 999;
const form = /^(\d{1,3})([dwm])$/u;

/** Undefined: it is none. "off": none are made. */
export function parseRetention(text: string): Retention | "off" | undefined {
  const words = text
    .trim()
    .toLowerCase()
    .split(/[\s,]+/u);
  if (words.length === 1 && ["off", "0", "false", "none"].includes(words[0] as string))
    return "off";
  const found: Partial<Record<string, number>> = {};
  for (const word of words) {
    const [, count, unit = ""] = form.exec(word) ?? [];
    if (count === undefined || found[unit] !== undefined || Number(count) > most) return undefined;
    found[unit] = Number(count);
  }
  const { d: days = 0, w: weeks = 0, m: months = 0 } = found;
  return days + weeks + months === 0 ? "off" : { days, weeks, months };
}

export function formatRetention(keep: Retention | "off"): string {
  if (keep === "off") return "off";
  const { days, weeks, months } = keep;
  const parts = [
    [days, "d"],
    [weeks, "w"],
    [months, "m"],
  ] as const;
  return parts
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count}${unit}`)
    .join(" ");
}

export const retentionForm: TextForm = {
  says: 'numbers of days, weeks and months such as "7d 4w" or "14d 8w 6m", or "off"',
  read: (raw) => {
    if (raw === false) return "off";
    const keep = typeof raw === "string" ? parseRetention(raw) : undefined;
    return keep && formatRetention(keep);
  },
};
