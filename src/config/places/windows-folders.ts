/* Haypile's folders on Windows, where no mode says who may enter: what protects them is the user's own folder. */
import { existsSync } from "node:fs";
import { HaypileError } from "../../base/errors.ts";
import { makePrivateFolder } from "../../base/files/private-files.ts";
import { isInside } from "../../base/files/read-file.ts";
import { log } from "../../base/log.ts";
import { isOnNetwork } from "../../host/network-disk.ts";
import type { Environment } from "../environment/env.ts";
import { homeFolder } from "../environment/home-folder.ts";

/** What the addon can do where the system keeps lists of who may do what, in place of modes. */
export interface AccessLists {
  /** Undefined: the disk has no such lists. */
  accessOf(path: string): { isOurs: boolean; isOpenToOthers: boolean } | undefined;
  /** A folder, and what is and will be in it. False: that could not be done. */
  closeToOthers(path: string): boolean;
}

type IsHaypiles = (folder: string, home: string | undefined) => boolean;

/** Folders that were looked at, once a process. */
const looked = new Set<string>();

/**
 * Looks at the folders that lie outside of the user's own, which Windows has closed to others.
 * @throws HaypileError HAYPILE_PERMISSION
 */
export function secureByLists(
  { dataFolder, cacheFolder, configFolder, variables }: Environment,
  lists: (() => AccessLists | undefined) | undefined,
  isHaypiles: IsHaypiles,
): void {
  const home = homeFolder(variables);
  const all = [
    [dataFolder, "data folder"],
    [cacheFolder, "cache folder"],
    [configFolder, "configuration folder"],
  ] as const;
  for (const [folder, what] of all) {
    if (looked.has(folder) || (home !== undefined && isInside(home, folder))) continue;
    closeElsewhere(folder, what, isHaypiles(folder, home), lists?.());
    looked.add(folder);
  }
  if (looked.has(networkMark)) return;
  looked.add(networkMark);
  if (isOnNetwork(dataFolder) === true) {
    log(
      "warn",
      `the data folder ${dataFolder} is on a disk of another machine. Two machines that use it at once can damage what is stored: set HAYPILE_DATA_DIR to a folder of this machine.`,
    );
  }
}

const networkMark = "network";

/** Made now where it is not there: what is put into it later is closed from its first moment. */
function closeElsewhere(
  folder: string,
  what: string,
  isHaypiles: boolean,
  lists: AccessLists | undefined,
): void {
  const isOwn = isHaypiles || !existsSync(folder);
  if (isOwn && what !== "configuration folder") makePrivateFolder(folder);
  const access = lists?.accessOf(folder);
  if (access?.isOurs === false) {
    throw new HaypileError(
      "HAYPILE_PERMISSION",
      `The ${what} ${folder} belongs to another user, who could read and swap what Haypile keeps there. Name another: a folder that does not exist yet is made for you.`,
      { data: { path: folder } },
    );
  }
  if (access?.isOpenToOthers === false || !existsSync(folder)) return;
  if (access !== undefined && isOwn && lists?.closeToOthers(folder) === true) {
    log("info", `the ${what} ${folder} is closed to other users of this machine now.`);
    return;
  }
  log(
    "warn",
    `the ${what} ${folder} may be open to other users of this machine: it is outside of your own folder, and ${access === undefined ? "who may enter it cannot be told" : "it was not closed"}. Take their rights away, or leave the variable that names it out.`,
  );
}
