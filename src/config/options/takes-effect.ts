/* When a change of an option reaches a daemon that is running. */
import { type OptionName, optionNames } from "./options.ts";

/**
 * "now": at once. "next call": an index is opened anew for the next question; one in use then for a later one, where the
 * option is not of calls. "restart": when the daemon is started
 * again.
 */
export type TakesEffect = "now" | "next call" | "restart";

const atOnce: ReadonlySet<OptionName> = new Set<OptionName>([
  "memory.max",
  "memory.warning",
  "memory.critical",
  "memory.target",
  "memory.check-interval",
  "memory.cleanup",
  "model.idle",
  "model.pool",
  "index.open",
  "log.level",
]);

/** What is read when an index is opened, and where memories are looked for at each call. */
const ofIndex: ReadonlySet<OptionName> = new Set<OptionName>(
  optionNames.filter((name) =>
    /^(?:search|index|cache|storage|store)\.|^memories\.stores?$/.test(name),
  ),
);

/** What a call does that does not say otherwise: nothing of the index hangs on it. */
export function isOfCalls(name: OptionName): boolean {
  return /^(?:search\.|index\.(?:max-file-size|min-lines|fill-in)$)/.test(name);
}

export function takesEffect(name: OptionName): TakesEffect {
  if (atOnce.has(name) || name.startsWith("alerts.")) return "now";
  // They decide defaults of others, too.
  if (name === "storage.profile" || name === "storage.disk") return "restart";
  return ofIndex.has(name) ? "next call" : "restart";
}
