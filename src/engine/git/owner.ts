/* Whose a repository is. One that another user put somewhere above is not asked, as git would not be. */
import { lstatSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { Repository } from "../../base/files/repository.ts";
import { realPathSync } from "../../base/paths/real-path.ts";
import type { Environment } from "../../config/environment/env.ts";

/**
 * True when all of it is this user's, or the user told git that it is safe.
 * @param safeFolders what safe.directory says in the user's and the system's files; asked only when needed
 */
export async function isTrustedOwner(
  repository: Repository,
  environment: Environment,
  safeFolders: () => Promise<readonly string[]>,
): Promise<boolean> {
  const user = process.geteuid?.();
  if (user === undefined) return true;
  const { folder, gitFolder, commonFolder } = repository;
  const owners = [folder, join(folder, ".git"), gitFolder, commonFolder].map(
    (path) => lstatSync(path, { throwIfNoEntry: false })?.uid,
  );
  const sudo = Number(environment.variables.SUDO_UID || Number.NaN);
  const isOurs = (uid: number | undefined): boolean =>
    uid === user || (user === 0 && uid !== undefined && uid === sudo);
  return owners.every(isOurs) || isSaidSafe(folder, await safeFolders());
}

/** As git reads safe.directory: "*" is all, an empty value takes back what came before it. */
export function isSaidSafe(folder: string, said: readonly string[]): boolean {
  let isSafe = false;
  for (const one of said) {
    if (one === "") isSafe = false;
    else if (one === "*") isSafe = true;
    else if (one.endsWith("/*")) isSafe ||= `${real(folder)}/`.startsWith(one.slice(0, -1));
    else isSafe ||= real(expanded(one)) === real(folder);
  }
  return isSafe;
}

function expanded(path: string): string {
  return path === "~" || path.startsWith("~/") ? join(homedir(), path.slice(1)) : path;
}

function real(path: string): string {
  try {
    return realPathSync(path);
  } catch {
    return resolve(path);
  }
}
