/* `haypile daemon`: the process that clients start. */
import { version } from "../base/package/version.ts";
import { readEnvironment } from "../config/environment/env.ts";
import { keepOwnHeap } from "../config/environment/own-heap.ts";
import { secureOwnFolders } from "../config/places/own-folders.ts";
import { openHere } from "../haypile/here.ts";
import { windowsCalls } from "../native/system.ts";
import { startDaemonProcess } from "./process.ts";

/** Runs until the daemon has left, or ends at once when another is there. Ends the process. */
export async function runDaemon(): Promise<never> {
  const environment = readEnvironment();
  keepOwnHeap(environment);
  secureOwnFolders(environment, windowsCalls);
  const { closeJobs, daemonSettings, loadMcp, serveHttp, serveMcp } = await import("./mcp-face.ts");
  const running = await startDaemonProcess({
    environment,
    version,
    haypile: openHere({ renews: true, watch: true }),
    closing: closeJobs,
    mcp: serveMcp,
    http: serveHttp,
    preload: loadMcp,
    ...daemonSettings(environment),
  });
  if (running === undefined) process.exit(0);
  await running.ended;
  // Whatever may still be open: a daemon that has left must not stay.
  process.exit(0);
}
