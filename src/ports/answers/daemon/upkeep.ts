/* What the daemon does by itself when nobody asks for anything: which work, when, and how it went. */

export const upkeepTasks = ["collect", "checkpoint", "tidy", "snapshot", "verify"] as const;
export type UpkeepTask = (typeof upkeepTasks)[number];

export interface UpkeepTaskStats {
  task: UpkeepTask;
  /** "1h", "30d", "off". */
  every: string;
  /** When it was done or failed last; left out where it never was. */
  lastAt?: string | undefined;
  tookMs?: number | undefined;
  /** What came of it: "2 removed, 1 erased". */
  result?: string | undefined;
  /** Why the last run failed; left out where it did not. */
  error?: string | undefined;
  /** When it is due; it begins then as soon as nobody asks for anything. Left out where it is off. */
  nextAt?: string | undefined;
  /** By this daemon: came to their end, were stopped for a question, failed. */
  done: number;
  stopped: number;
  failed: number;
}

export interface UpkeepStats {
  isOn: boolean;
  /** It begins when nobody asked for so long, milliseconds. */
  idleMs: number;
  /** At work now. */
  running?: UpkeepTask | undefined;
  tasks: UpkeepTaskStats[];
}
