/* What each kind of upkeep does. Each says in words what came of it, and throws what keeps it from being done. */
import { existsSync } from "node:fs";
import type { Environment } from "../../config/environment/env.ts";
import { memoriesPath } from "../../config/places/paths.ts";
import type { UpkeepTask } from "../../ports/answers/daemon/upkeep.ts";
import type { Memories } from "../../ports/memories.ts";
import { keepsFile, mayHaveMemories } from "../store/store-for.ts";

/** Ends soon after its signal. */
export type TaskWork = (signal: AbortSignal) => Promise<string>;

/** Who has the indexes and the memories. */
export interface UpkeepOwner {
  memories: Memories;
  tidyIndexes(signal: AbortSignal): Promise<number>;
  snapshotOfToday(): Promise<boolean>;
}

export function tasksOf(
  haypile: UpkeepOwner,
  environment: Environment,
): Record<UpkeepTask, TaskWork> {
  const hasMemories = (): boolean => mayHaveMemories(environment);
  const hasFile = (): boolean =>
    existsSync(memoriesPath(environment.dataFolder)) && keepsFile(environment);
  return {
    collect: async () => {
      if (!hasMemories()) return "no memories yet";
      const { removed, erased } = await haypile.memories.collect();
      return `${removed.length} put away, ${erased} erased`;
    },
    checkpoint: async (signal) => {
      const { moveLogs } = await import("./files.ts");
      const { done, pages, findings } = await moveLogs(environment, signal);
      failOn(findings);
      return `${pages} pages of ${counted(done, "log")} moved`;
    },
    tidy: async (signal) =>
      `${counted(await haypile.tidyIndexes(signal), "index", "indexes")} tidied`,
    snapshot: async () => ((await haypile.snapshotOfToday()) ? "made" : "none was due"),
    verify: async (signal) => {
      const { verifyFiles } = await import("./files.ts");
      const { done, findings } = await verifyFiles(environment, signal);
      if (findings.length === 0 && !signal.aborted && hasFile()) {
        findings.push(...(await verifyNewest(haypile)));
      }
      failOn(findings);
      return `${counted(done, "database")} sound`;
    },
  };
}

/** The snapshot that would be restored. */
async function verifyNewest({ memories }: UpkeepOwner): Promise<string[]> {
  const { snapshots } = await memories.snapshots();
  const newest = snapshots.find(({ reason }) => reason === "daily" || reason === "asked");
  if (newest === undefined) return [];
  const { isSound, findings } = await memories.verifySnapshot(newest.id);
  return isSound ? [] : [`snapshot ${newest.id}: ${findings.join("; ")}`];
}

function failOn(findings: readonly string[]): void {
  if (findings.length > 0) throw new Error(findings.join(" "));
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
