/* The secret that HTTP clients show: made once for a user, kept in a file that only the user can read. */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { existsSync, linkSync } from "node:fs";
import { join } from "node:path";
import { fileError, HaypileError } from "../../base/errors.ts";
import { removeFile, replaceFile } from "../../base/files/patient.ts";
import { closeToOthers, makePrivateFolder, writePrivate } from "../../base/files/private-files.ts";
import { readBoundedSync } from "../../base/files/read-file.ts";

const randomBytesOfToken = 32;
const mostTokenBytes = 4_096;

/** Where the token of a user lies. */
export function tokenPath(dataFolder: string): string {
  return join(dataFolder, "http-token");
}

/**
 * The user's token, made at the first call. Processes that make it at once agree on one.
 * @throws HaypileError HAYPILE_PERMISSION and others of files; HAYPILE_CONFIG_INVALID for a file that holds none
 */
export function readOrMakeToken(dataFolder: string): string {
  const path = tokenPath(dataFolder);
  try {
    makePrivateFolder(dataFolder);
    return readToken(path) ?? makeToken(path);
  } catch (error) {
    throw fileError(error, `read or make the token ${path}`);
  }
}

/** True when both are equal; takes as long wherever they differ. */
export function isSameToken(given: string, expected: string): boolean {
  const hash = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(given), hash(expected));
}

function readToken(path: string): string | undefined {
  let text: string;
  try {
    text = readBoundedSync(path, { mostBytes: mostTokenBytes, links: "follow" })
      .toString("utf8")
      .trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  // A copy or a loose umask may have opened it to others.
  closeToOthers(path);
  if (/^[\w-]{43}$/u.test(text)) return text;
  throw new HaypileError(
    "HAYPILE_CONFIG_INVALID",
    `Expected a token of 43 characters in ${path}, but the file holds something else. Delete it, and a new one is made.`,
    { data: { path } },
  );
}

/** Written under another name first: a token is there whole or not at all, and the first one stays. */
function makeToken(path: string): string {
  const draft = `${path}.${process.pid}.${randomBytes(4).toString("hex")}`;
  writePrivate(draft, `${randomBytes(randomBytesOfToken).toString("base64url")}\n`, "wx");
  try {
    linkSync(draft, path);
  } catch (error) {
    const isThere = (error as NodeJS.ErrnoException).code === "EEXIST";
    // Some disks have no second names.
    if (!isThere && !existsSync(path)) replaceFile(draft, path);
  } finally {
    removeFile(draft);
  }
  return readToken(path) as string;
}
