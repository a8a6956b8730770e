/*
 * Project files that the user has trusted: path and hash of each, in the user's data folder. A file
 * that is changed by anybody else (a pull, a checkout) is untrusted again.
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { inTurn } from "../../base/files/in-turn.ts";
import { readBoundedSync } from "../../base/files/read-file.ts";
import { writeAtomically } from "./write-file.ts";

type Trusted = Record<string, string>;

/** Room for some ten thousand files. */
const mostBytes = 4_000_000;

export function trustFile(dataFolder: string): string {
  return join(dataFolder, "trusted-files.json");
}

/** Did the user trust exactly this text at this path? A list that cannot be read trusts nothing. */
export function isTrusted(dataFolder: string, path: string, text: string): boolean {
  const list = readList(dataFolder);
  return Object.hasOwn(list, path) && list[path] === hashOf(text);
}

/** @throws HaypileError HAYPILE_PERMISSION, HAYPILE_DISK_FULL, HAYPILE_IO */
export function trust(dataFolder: string, path: string, text: string): void {
  inTurn(dataFolder, () => save(dataFolder, { ...readList(dataFolder), [path]: hashOf(text) }));
}

/** True when it was trusted before. @throws as trust() */
export function distrust(dataFolder: string, path: string): boolean {
  return inTurn(dataFolder, () => {
    const list = readList(dataFolder);
    if (!Object.hasOwn(list, path)) return false;
    save(dataFolder, Object.fromEntries(Object.entries(list).filter(([one]) => one !== path)));
    return true;
  });
}

function save(dataFolder: string, list: Trusted): void {
  writeAtomically(trustFile(dataFolder), `${JSON.stringify(list, undefined, 2)}\n`);
}

function readList(dataFolder: string): Trusted {
  try {
    const path = trustFile(dataFolder);
    const list: unknown = JSON.parse(
      readBoundedSync(path, { mostBytes, links: "follow" }).toString("utf8"),
    );
    return typeof list === "object" && list !== null && !Array.isArray(list)
      ? (list as Trusted)
      : {};
  } catch {
    return {};
  }
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
