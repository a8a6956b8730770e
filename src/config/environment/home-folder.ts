/* The user's home folder: what the environment says when that is a place, else what the system knows. */
import { homedir, userInfo } from "node:os";
import { HaypileError } from "../../base/errors.ts";
import { flavourOf, isWhole } from "../../base/paths/flavour.ts";

/**
 * Undefined where nobody knows: a user that the system has no entry for, and no variable that names a folder. An
 * empty or relative one would put data below whatever folder a command is run in.
 */
export function homeFolder(
  env: Readonly<Record<string, string | undefined>>,
  platform: string = process.platform,
): string | undefined {
  const said = platform === "win32" ? env.USERPROFILE : env.HOME;
  const known = [() => said, homedir, () => userInfo().homedir];
  for (const look of known) {
    try {
      const folder = look();
      if (folder !== undefined && isWhole(folder, flavourOf(platform))) return folder;
    } catch {
      // The system has no entry for this user.
    }
  }
  return undefined;
}

/** @throws HaypileError HAYPILE_CONFIG_INVALID */
export function requireHome(
  env: Readonly<Record<string, string | undefined>>,
  platform: string = process.platform,
): string {
  const home = homeFolder(env, platform);
  if (home !== undefined) return home;
  const name = platform === "win32" ? "USERPROFILE" : "HOME";
  throw new HaypileError(
    "HAYPILE_CONFIG_INVALID",
    `Expected ${name} to name your home folder, but it is ${env[name] === undefined ? "not set" : `"${env[name]}"`} and the system knows none. Set ${name}, or HAYPILE_DATA_DIR to the folder for your data.`,
    { data: { name } },
  );
}
