/*
 * Reads a file of an index for a client. A file is shown when its path passes the gate, it is in the index, and is,
 * at the moment it is read, a regular file that lies inside the indexed folder with no link on its way.
 */
import { join } from "node:path";
import { type FileRefusal, readBounded } from "../../base/files/read-file.ts";
import { linesOfFile } from "../../base/files/text-of-file.ts";
import { passGate } from "../../base/paths/path-gate.ts";
import { realPathOf } from "../../base/paths/real-path.ts";
import { ToolFailure } from "../answer/tool-failure.ts";
import { oneLine } from "../answer/visible-text.ts";
import type { FoundIndex } from "./project.ts";

/** Larger files are not read, bytes. */
const mostBytes = 16 * 1024 * 1024;

export interface IndexedText {
  /** Relative to the indexed folder, with "/". */
  path: string;
  lines: string[];
}

/** @throws ToolFailure and HaypileError that say what is wrong with the path and what to do */
export async function readIndexed(index: FoundIndex, path: string): Promise<IndexedText> {
  const own = passGate(index.root, path);
  const shown = oneLine(own || path);
  if (own === "")
    throw new ToolFailure("Expected a file but got the project's folder. outline lists its files.");
  await assertIndexed(index, own, shown);
  const root = await realPathOf(index.root).catch(() => index.root);
  const lines = linesOfFile(own, await bytesOf(join(root, ...own.split("/")), root, shown));
  if (lines === undefined) throw new ToolFailure(`${shown} is binary, not text.`);
  return { path: own, lines };
}

async function bytesOf(full: string, root: string, shown: string): Promise<Buffer> {
  try {
    return await readBounded(full, { mostBytes, links: "refuse", inside: root });
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException | FileRefusal;
    throw new ToolFailure(
      failures[code]?.(shown) ?? `${shown} cannot be opened (${code || "unknown"}).`,
    );
  }
}

const failures: Readonly<Record<string, (shown: string) => string>> = {
  ENOENT: (shown) =>
    `${shown} is in the index but not on the disk any more. Call index_path to bring the index up to date.`,
  ELOOP: (shown) => `${shown} is a link now, and links are not followed.`,
  EOUTSIDE: (shown) =>
    `${shown} leads out of the project through a link, and links are not followed.`,
  EFTYPE: (shown) => `${shown} is not a regular file.`,
  EFBIG: (shown) => `${shown} is too large: files above ${mostBytes} bytes are not read.`,
};

async function assertIndexed(
  { root, code }: FoundIndex,
  path: string,
  shown: string,
): Promise<void> {
  let files: { path: string }[] = [];
  try {
    files = (await code.outline(path, { maxFiles: 1, depth: 0 })).files;
  } catch {
    // Nothing at this path.
  }
  if (files[0]?.path === path) return;
  if (files.length > 0) throw new ToolFailure(`${shown} is a folder. outline lists its files.`);
  const told = await code.why("path", path).catch(() => undefined);
  const why =
    told?.isIndexed === false
      ? oneLine(told.verdict, mostReasonChars)
      : `${shown} is not in the index of ${oneLine(root)}.`;
  throw new ToolFailure(
    `${why} find_code or outline show paths that are; index_path brings the index up to date.`,
  );
}

/** Characters of what leaves a file out. */
const mostReasonChars = 400;
