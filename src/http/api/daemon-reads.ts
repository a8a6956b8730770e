/* What the daemon says of itself and changes nothing. All else of it needs the token. */
import type { DaemonMethod } from "../../wire/words.ts";

export const daemonReads: ReadonlySet<DaemonMethod> = new Set<DaemonMethod>([
  "health",
  "metrics",
  "clients",
]);
