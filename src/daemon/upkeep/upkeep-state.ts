/* When each kind of upkeep was done last, kept beside the data: a daemon that ends and starts again goes on counting from there. */
import { join } from "node:path";
import { removeFile, replaceFile } from "../../base/files/patient.ts";
import { writePrivate } from "../../base/files/private-files.ts";
import { readBoundedSync } from "../../base/files/read-file.ts";
import { type UpkeepTask, upkeepTasks } from "../../ports/answers/daemon/upkeep.ts";

/** Milliseconds since 1970. */
export interface TaskState {
  /** From when on it is counted: when it was done last, or when it was heard of first. */
  since: number;
  lastAt?: number | undefined;
  tookMs?: number | undefined;
  result?: string | undefined;
  error?: string | undefined;
}

export type UpkeepState = Record<UpkeepTask, TaskState>;

const mostChars = 500;
const rules = { mostBytes: 64 * 1_024, links: "refuse" } as const;

export function upkeepFile(dataFolder: string): string {
  return join(dataFolder, "upkeep.json");
}

/** What is no state of ours counts as none. @param now what was written of later times is taken for now */
export function readState(path: string, now: number): UpkeepState {
  const said = parsed(path);
  const all = upkeepTasks.map((task) => [task, taskState(said[task], now)]);
  return Object.fromEntries(all) as UpkeepState;
}

/** @throws the error of the file system */
export function writeState(path: string, state: UpkeepState): void {
  const draft = `${path}.${process.pid}`;
  try {
    writePrivate(draft, `${JSON.stringify(state, undefined, 2)}\n`);
    replaceFile(draft, path);
  } catch (error) {
    removeFile(draft);
    throw error;
  }
}

function parsed(path: string): Record<string, unknown> {
  try {
    const said: unknown = JSON.parse(readBoundedSync(path, rules).toString("utf8"));
    return typeof said === "object" && said !== null ? (said as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function taskState(raw: unknown, now: number): TaskState {
  const said = (typeof raw === "object" && raw !== null ? raw : {}) as Record<string, unknown>;
  const time = (value: unknown): number | undefined =>
    typeof value === "number" && value > 0 ? Math.min(value, now) : undefined;
  const text = (value: unknown): string | undefined =>
    typeof value === "string" ? value.slice(0, mostChars) : undefined;
  return {
    since: time(said.since) ?? now,
    lastAt: time(said.lastAt),
    tookMs: typeof said.tookMs === "number" ? said.tookMs : undefined,
    result: text(said.result),
    error: text(said.error),
  };
}
