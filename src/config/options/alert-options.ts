/*
 * Rows of the options table about alerts of the daemon. Only the user's own file and environment count: the daemon serves
 * all projects, and asks none of them whom to call.
 */
import { limitsForm } from "./limits.ts";
import type { OptionRow, TextForm } from "./option-row.ts";

const mostWords = 32;
const mostChars = 4_096;

/** A program and its arguments: a list in a file, the same as JSON elsewhere. */
const commandForm: TextForm = {
  says: '"off", or a list of a program and its arguments such as ["notify-send", "Haypile"]',
  read: (raw) => {
    if (raw === "off" || raw === false) return "off";
    const words = commandWords(raw);
    return words === undefined ? undefined : JSON.stringify(words);
  },
};

/** The program of `alerts.command` and its arguments; undefined: there is none. */
export function commandWords(raw: unknown): string[] | undefined {
  const list = typeof raw === "string" ? parsed(raw) : raw;
  if (!Array.isArray(list) || list.length === 0 || list.length > mostWords) return undefined;
  const isSound = list.every(
    (word) => typeof word === "string" && word.length <= mostChars && !word.includes("\0"),
  );
  const [program] = list as string[];
  return isSound && program !== "" ? (list as string[]) : undefined;
}

const webhookForm: TextForm = {
  says: '"off", or an http address of this machine such as "http://127.0.0.1:9000/haypile", without a name and a password in it',
  read: (raw) => (raw === "off" || raw === false ? "off" : webhookUrl(raw)?.href),
};

/** An address as it may stand in `alerts.webhook`; what it leads to is looked at again at each connection. */
export function webhookUrl(raw: unknown): URL | undefined {
  if (typeof raw !== "string" || raw.length > mostChars || !URL.canParse(raw)) return undefined;
  const url = new URL(raw);
  const isPlain = url.protocol === "http:" && url.username === "" && url.password === "";
  return isPlain && mayBeHere(url.hostname) ? url : undefined;
}

/** An address in numbers has to be loopback already; a name is looked up when it is used. */
function mayBeHere(host: string): boolean {
  if (/^\d+(?:\.\d+){3}$/.test(host)) return host.startsWith("127.");
  if (host.startsWith("["))
    return host === "[::1]" || /^\[::ffff:7f[\da-f]{2}:[\da-f]{1,4}\]$/.test(host);
  return host === "localhost" || host.endsWith(".localhost") || !host.includes(".");
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const alertOptions = {
  "alerts.rss": {
    type: "text",
    form: limitsForm(["share", "bytes"]),
    default: "100%,120%",
    says: "memory of all our processes together; a share is one of memory.max",
    env: "HAYPILE_ALERTS_RSS",
    untrusted: "never",
  },
  "alerts.write-p95": {
    type: "text",
    form: limitsForm(["ms"]),
    default: "250ms,2s",
    says: "time that 95 of 100 writes of the last minute stayed below, waiting included, of the slowest kind",
    env: "HAYPILE_ALERTS_WRITE_P95",
    untrusted: "never",
  },
  "alerts.wal-size": {
    type: "text",
    form: limitsForm(["bytes"]),
    default: "256MB,1GB",
    says: "log of a database that is open, the largest of them",
    env: "HAYPILE_ALERTS_WAL_SIZE",
    untrusted: "never",
  },
  "alerts.pending": {
    type: "text",
    form: limitsForm(["count"]),
    default: "250000",
    says: "texts and memories that have no vector yet, of all that is open",
    env: "HAYPILE_ALERTS_PENDING",
    untrusted: "never",
  },
  "alerts.queue": {
    type: "text",
    form: limitsForm(["count"]),
    default: "64,512",
    says: "calls that wait for their turn",
    env: "HAYPILE_ALERTS_QUEUE",
    untrusted: "never",
  },
  "alerts.error-rate": {
    type: "text",
    form: limitsForm(["share"]),
    default: "20%,50%",
    says: "calls of the last minute that failed, of 20 or more",
    env: "HAYPILE_ALERTS_ERROR_RATE",
    untrusted: "never",
  },
  "alerts.disk-free": {
    type: "text",
    form: limitsForm(["bytes", "share"], true),
    default: "1GB,200MB",
    says: "what is free on the disk of the data folder; less is worse",
    env: "HAYPILE_ALERTS_DISK_FREE",
    untrusted: "never",
  },
  "alerts.upkeep": {
    type: "text",
    form: limitsForm(["count"]),
    default: "1",
    says: "kinds of upkeep whose last run failed",
    env: "HAYPILE_ALERTS_UPKEEP",
    untrusted: "never",
  },
  "alerts.command": {
    type: "text",
    form: commandForm,
    default: "off",
    says: "program that the daemon runs for each alert, without a shell: its facts are in HAYPILE_ALERT_… and as JSON on its stdin; no project's file counts",
    env: "HAYPILE_ALERTS_COMMAND",
    untrusted: "never",
  },
  "alerts.webhook": {
    type: "text",
    form: webhookForm,
    default: "off",
    says: "address of this machine that is told each alert as JSON by POST; no other machine is ever told, no redirect followed, and no project's file counts",
    env: "HAYPILE_ALERTS_WEBHOOK",
    untrusted: "never",
  },
} as const satisfies Record<string, OptionRow>;
