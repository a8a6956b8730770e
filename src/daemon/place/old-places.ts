/*
 * Daemons of version 0.1 kept lock and note where XDG_RUNTIME_DIR pointed, so there could be several on one data
 * folder. One that still runs there is told to leave, in good order, when a daemon of today takes its place.
 */
import { join } from "node:path";
import { type Endpoint, fnv1a } from "./endpoint.ts";
import { readOwner } from "./owner.ts";
import { holdsFile } from "./process-facts.ts";

/** @returns the processes that were told */
export function retireOldDaemons(
  { dataFolder }: Pick<Endpoint, "dataFolder">,
  runtimeFolder: string | undefined,
): number[] {
  if (process.platform === "win32") return [];
  const user = process.getuid?.() ?? 0;
  const folders = new Set([
    join(dataFolder, "run"),
    `/run/user/${user}/haypile`,
    `/tmp/haypile-${user}`,
    ...(runtimeFolder?.startsWith("/") === true ? [join(runtimeFolder, "haypile")] : []),
  ]);
  const told: number[] = [];
  for (const folder of folders) {
    const name = join(folder, `1-${fnv1a(dataFolder)}`);
    const owner = readOwner({ owner: `${name}.json` });
    // A note alone is not enough to end a process: it has to hold the lock beside it, where that can be seen.
    if (owner === undefined || holdsFile(owner.pid, `${name}.lock`) === false) continue;
    try {
      process.kill(owner.pid, "SIGTERM");
      told.push(owner.pid);
    } catch {
      // It went by itself.
    }
  }
  return told;
}
