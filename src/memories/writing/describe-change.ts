/* What is different after a change, in words for the history. */
import type { MemoryChange, MemoryRow } from "../../ports/memory-rows.ts";
import { isoTime } from "../recall/show.ts";

/** "kind: note → fact", one for each property that is another one now. */
export function describeChange(old: MemoryRow, change: MemoryChange): string[] {
  return Object.entries(change).flatMap(([name, value]) => {
    const before = old[name as keyof MemoryChange];
    const [from, to] = [before, value].map((one) => shown(name, one));
    return from === to ? [] : [`${name}: ${from} → ${to}`];
  });
}

function shown(name: string, value: unknown): string {
  if (value === undefined) return "none";
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.join(", ");
  const isTime = (name === "validFrom" || name === "expires") && typeof value === "number";
  return isTime ? isoTime(value) : String(value);
}
