/* Whether this system tells of changes of files, for the projects that the daemon watches. */
import { watch } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { removeTreeLater } from "../../base/files/patient.ts";
import { writePrivate } from "../../base/files/private-files.ts";
import { readSystemText } from "../../base/files/read-file.ts";
import type { Environment } from "../../config/environment/env.ts";
import { optionsOfUser } from "../../config/user-options.ts";
import type { Check } from "../types.ts";

/** How long a change may take to be told. */
const longestMs = 2_000;

/** Never throws: what cannot be watched is looked at now and then. */
export async function checkWatching(environment: Environment): Promise<Check> {
  const name = "watching";
  try {
    const said = optionsOfUser(environment, ["watch.auto", "watch.projects"]);
    if (said["watch.auto"] !== true) return { name, state: "ok", detail: "off (watch.auto)" };
    const most = `up to ${said["watch.projects"]} projects`;
    const limit = watchesOfUser();
    const of = limit === undefined ? "" : `, ${limit} watches for this user`;
    if (await isTold()) return { name, state: "ok", detail: `${most}, by the system${of}` };
    const detail = `the system tells of no changes in ${tmpdir()}; projects are looked at now and then${of}`;
    return { name, state: "note", detail };
  } catch (error) {
    return { name, state: "note", detail: `projects are looked at now and then: ${String(error)}` };
  }
}

async function isTold(): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), "haypile-doctor-"));
  const told = Promise.withResolvers<boolean>();
  const watcher = watch(folder, { persistent: false }, () => told.resolve(true));
  watcher.on("error", () => told.resolve(false));
  try {
    writePrivate(join(folder, "change"), "one");
    return await Promise.race([told.promise, wait(longestMs, false)]);
  } finally {
    watcher.close();
    await removeTreeLater(folder);
  }
}

/** Undefined on other systems than Linux. */
function watchesOfUser(): string | undefined {
  try {
    return readSystemText("/proc/sys/fs/inotify/max_user_watches").trim();
  } catch {
    return undefined;
  }
}
