/*
 * Paths that are asked about at a commit. They are compared with a tree of git, not with the disk: what is a link or
 * gone by now may have been a file. So they are judged by their letters alone, and files that keep secrets are refused
 * as they are now (base/paths/path-gate.ts).
 */
import { isAbsolute, relative, resolve } from "node:path";
import { HaypileError } from "../../../base/errors.ts";
import { isInside } from "../../../base/files/read-file.ts";
import { toSlashes } from "../../../base/paths/flavour.ts";
import { expandBraces } from "../../../base/paths/path-filter.ts";
import { realPathSync } from "../../../base/paths/real-path.ts";
import { isSecretPath } from "../../../base/paths/secret-paths.ts";

const mostCharacters = 4_096;

/**
 * Relative to the folder, with "/"; "" is the folder itself.
 * @param said relative to it, or absolute
 * @throws HaypileError HAYPILE_PATH_REFUSED
 */
export function pathAt(root: string, said: string): string {
  if (said.includes("\0") || said.length > mostCharacters) {
    throw refused("text", said, "Expected a path, but got a text that is none.");
  }
  const named = resolve(root, said);
  const from = isAbsolute(said) && !isInside(root, named) ? realOf(root) : root;
  if (!isInside(from, named)) {
    throw refused("outside", said, `${JSON.stringify(said.slice(0, 200))} is outside of ${root}.`);
  }
  const own = toSlashes(relative(from, named));
  if (!isSecretPath(own)) return own;
  throw refused(
    "secret",
    said,
    `${JSON.stringify(own.slice(0, 200))} looks like a file that keeps secrets, and such files are never shown.`,
  );
}

/** The same for what narrows a question down: a folder, a file, or a pattern. @throws as pathAt() */
export function patternAt(root: string, said: string): string {
  const choices = expandBraces(said);
  if (choices.length > 1) for (const one of choices) patternAt(root, one);
  const sign = said.search(/[*?{]/u);
  if (sign < 0) return pathAt(root, said);
  if (said.split(/[\\/]/u).includes("..")) {
    throw refused("outside", said, `${JSON.stringify(said.slice(0, 200))} leads out of ${root}.`);
  }
  const slash = said.lastIndexOf("/", sign);
  if (slash < 0) return said;
  const own = pathAt(root, said.slice(0, slash + 1));
  return `${own === "" ? "" : `${own}/`}${said.slice(slash + 1)}`;
}

function refused(reason: string, path: string, message: string): HaypileError {
  return new HaypileError("HAYPILE_PATH_REFUSED", message, {
    data: { reason, path: path.slice(0, mostCharacters) },
  });
}

function realOf(root: string): string {
  try {
    return realPathSync(root);
  } catch {
    return root;
  }
}
