/* Ends the server that works in a folder, whoever started it, and removes the folder. */
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

/** The process of the server in a folder, as it wrote it itself. */
export function postmasterIn(folder: string): number | undefined {
  try {
    const line = readFileSync(join(folder, "data", "postmaster.pid"), "utf8").split("\n")[0];
    return Number(line) || undefined;
  } catch {
    return undefined;
  }
}

/** @param postmaster where the folder may be gone */
export function endServerIn(folder: string, postmaster = postmasterIn(folder)): void {
  if (postmaster !== undefined && isServerOf(postmaster, folder)) {
    try {
      process.kill(postmaster, "SIGQUIT");
      // It writes into its folder to the end.
      for (let turn = 0; turn < 500 && postmasterIn(folder) !== undefined; turn++) {
        process.kill(postmaster, 0);
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
      }
    } catch {
      // It has ended.
    }
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}

/** Another program may have got its number since. */
function isServerOf(pid: number, folder: string): boolean {
  if (process.platform !== "linux") return true;
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(join(folder, "data"));
  } catch {
    return false;
  }
}
