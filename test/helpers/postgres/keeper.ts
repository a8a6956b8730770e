/*
 * Stands beside a server of tests: when its owner has gone, or its folder, the server ends and the folder goes.
 *
 *   node keeper.ts FOLDER OWNER-PID
 */
import { existsSync } from "node:fs";
import { endServerIn, postmasterIn } from "./end-server.ts";

const [folder = "", owner = ""] = process.argv.slice(2);

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Kept, for a folder that is removed under it. */
let postmaster: number | undefined;

const timer = setInterval(() => {
  postmaster = postmasterIn(folder) ?? postmaster;
  if (existsSync(folder) && isAlive(Number(owner))) return;
  clearInterval(timer);
  endServerIn(folder, postmaster);
}, 500);
