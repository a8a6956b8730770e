/*
 * Reads a file of an index for a client. A file is shown when it is in the index, is none that keeps secrets,
 * and is, at the moment it is read, a regular file that lies inside the indexed folder with no link on its way.
 */
import { constants } from "node:fs";
import { type FileHandle, open, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { decodeText, splitLines } from "../indexing/read-text.ts";
import type { CodeEngine } from "./code-engine.ts";
import { inProject, isInside } from "./project.ts";
import { isSecretPath } from "./secrets.ts";
import { ToolFailure } from "./tool-failure.ts";
import { oneLine } from "./visible-text.ts";

/** Larger files are not read, bytes. */
const mostBytes = 16 * 1024 * 1024;

export interface IndexedText {
  /** Relative to the indexed folder, with "/". */
  path: string;
  lines: string[];
}

/** @throws ToolFailure that says what is wrong with the path and what to do */
export async function readIndexed(engine: CodeEngine, path: string): Promise<IndexedText> {
  const own = inProject(engine, path);
  const shown = oneLine(own || path);
  if (own === "")
    throw new ToolFailure("Expected a file but got the project's folder. outline lists its files.");
  if (isSecretPath(own)) {
    throw new ToolFailure(
      `${shown} looks like a file that keeps secrets, and such files are never shown.`,
    );
  }
  assertIndexed(engine, own, shown);
  const full = join(engine.root, ...own.split("/"));
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  const file = await open(full, flags).catch((error: NodeJS.ErrnoException) => {
    throw new ToolFailure(
      error.code === "ENOENT"
        ? `${shown} is in the index but not on the disk any more. Call index_path to bring the index up to date.`
        : error.code === "ELOOP"
          ? `${shown} is a link now, and links are not followed.`
          : `${shown} cannot be opened (${error.code ?? "unknown"}).`,
    );
  });
  try {
    await assertInside(engine.root, full, file, shown);
    const facts = await file.stat();
    if (!facts.isFile()) throw new ToolFailure(`${shown} is not a regular file.`);
    if (facts.size > mostBytes) {
      throw new ToolFailure(
        `${shown} has ${facts.size} bytes; files above ${mostBytes} are not read.`,
      );
    }
    const decoded = decodeText(await readAtMost(file, mostBytes));
    if (decoded === undefined) throw new ToolFailure(`${shown} is binary, not text.`);
    return { path: own, lines: splitLines(decoded.text) };
  } finally {
    await file.close();
  }
}

function assertIndexed(engine: CodeEngine, path: string, shown: string): void {
  let files: { path: string }[] = [];
  try {
    files = engine.outline(path, { maxFiles: 1, depth: 0 }).files;
  } catch {
    // Nothing at this path.
  }
  if (files[0]?.path === path) return;
  if (files.length > 0) throw new ToolFailure(`${shown} is a folder. outline lists its files.`);
  throw new ToolFailure(
    `${shown} is not in the index of ${oneLine(engine.root)}: it is ignored, was skipped, or is newer than the last run. find_code or outline show paths that are; index_path brings the index up to date.`,
  );
}

/** The opened file must be the one that its path, with all links resolved, names inside the root. */
async function assertInside(
  root: string,
  full: string,
  file: FileHandle,
  shown: string,
): Promise<void> {
  const [realRoot, real] = await Promise.all([realpath(root), realpath(full)]).catch(() => [
    root,
    "",
  ]);
  const [opened, named] = await Promise.all([
    file.stat(),
    stat(real as string).catch(() => undefined),
  ]);
  const isSame = named !== undefined && named.ino === opened.ino && named.dev === opened.dev;
  const isPlain = join(realRoot as string, full.slice(root.length)) === real;
  if (isSame && isPlain && isInside(realRoot as string, real as string) && !real?.endsWith(sep))
    return;
  throw new ToolFailure(
    `${shown} leads out of the project through a link, and links are not followed.`,
  );
}

async function readAtMost(file: FileHandle, most: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let total = 0;
  for (;;) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(65_536), 0, 65_536, null);
    if (bytesRead === 0 || total > most) return Buffer.concat(parts).subarray(0, most);
    parts.push(buffer.subarray(0, bytesRead));
    total += bytesRead;
  }
}
