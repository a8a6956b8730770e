/* Rows of the options table about what the daemon does by itself when nobody asks for anything. */
import type { OptionRow, TextForm } from "./option-row.ts";
import { formatDurationValue, parseDuration } from "./units.ts";

const dayMs = 86_400_000;
const leastMs = 1_000;
const mostMs = 400 * dayMs;

/** Milliseconds of "24h", "30d" or "90min"; "off"; undefined: it is neither. */
export function parseEvery(text: string): number | "off" | undefined {
  const said = text.trim().toLowerCase();
  if (said === "off") return "off";
  const days = /^(\d{1,4})\s*d$/u.exec(said)?.[1];
  const ms = days === undefined ? parseDuration(said) : Number(days) * dayMs;
  return ms !== undefined && ms >= leastMs && ms <= mostMs ? ms : undefined;
}

/** As parseEvery() reads it back. */
function everyInWords(every: number | "off"): string {
  if (every === "off") return "off";
  return every % dayMs === 0 ? `${every / dayMs}d` : formatDurationValue(every);
}

const everyForm: TextForm = {
  says: '"off", or a time from 1s to 400d such as "1h" or "30d"',
  read: (raw) => {
    if (raw === false) return "off";
    const every = typeof raw === "string" ? parseEvery(raw) : undefined;
    return every === undefined ? undefined : everyInWords(every);
  },
};

export const upkeepOptions = {
  "upkeep.auto": {
    type: "boolean",
    default: true,
    says: "the daemon looks after what is stored by itself, when nobody has asked for anything for a while",
    env: "HAYPILE_UPKEEP",
    untrusted: "never",
  },
  "upkeep.idle": {
    type: "duration",
    range: [100, 86_400_000],
    default: 60_000,
    says: "upkeep begins when nobody has asked for anything for so long, and stops when somebody does",
    env: "HAYPILE_UPKEEP_IDLE",
    untrusted: "never",
  },
  "upkeep.collect": {
    type: "text",
    form: everyForm,
    default: "1h",
    says: "how often memories that have expired are put away and those that were forgotten long ago are erased",
    env: "HAYPILE_UPKEEP_COLLECT",
    untrusted: "never",
  },
  "upkeep.checkpoint": {
    type: "text",
    form: everyForm,
    default: "1h",
    says: "how often the logs of databases are moved into them (checkpoint)",
    env: "HAYPILE_UPKEEP_CHECKPOINT",
    untrusted: "never",
  },
  "upkeep.tidy": {
    type: "text",
    form: everyForm,
    default: "1d",
    says: "how often indexes that are open are tidied up: parts of word indexes merged, free pages given back",
    env: "HAYPILE_UPKEEP_TIDY",
    untrusted: "never",
  },
  "upkeep.snapshot": {
    type: "text",
    form: everyForm,
    default: "1h",
    says: "how often the daemon looks whether memories that have changed are due for the snapshot of the day; snapshots.keep says how many stay",
    env: "HAYPILE_UPKEEP_SNAPSHOT",
    untrusted: "never",
  },
  "upkeep.verify": {
    type: "text",
    form: everyForm,
    default: "30d",
    says: "how often memories, indexes and the newest snapshot are read whole and compared with what was written",
    env: "HAYPILE_UPKEEP_VERIFY",
    untrusted: "never",
  },
} as const satisfies Record<string, OptionRow>;
