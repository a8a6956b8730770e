/*
 * Reads a file of an index for a client. A file is shown when its path passes the gate, it is in the index, and is,
 * at the moment it is read, a regular file that lies inside the indexed folder with no link on its way.
 */
import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { decodeText, splitLines } from "../../base/files/decode-text.ts";
import { type FileRefusal, readBounded } from "../../base/files/read-file.ts";
import { passGate } from "../../base/paths/path-gate.ts";
import { ToolFailure } from "../answer/tool-failure.ts";
import { oneLine } from "../answer/visible-text.ts";
import type { CodeEngine } from "../backend/code-engine.ts";

/** Larger files are not read, bytes. */
const mostBytes = 16 * 1024 * 1024;

export interface IndexedText {
  /** Relative to the indexed folder, with "/". */
  path: string;
  lines: string[];
}

/** @throws ToolFailure and HaypileError that say what is wrong with the path and what to do */
export async function readIndexed(engine: CodeEngine, path: string): Promise<IndexedText> {
  const own = passGate(engine.root, path);
  const shown = oneLine(own || path);
  if (own === "")
    throw new ToolFailure("Expected a file but got the project's folder. outline lists its files.");
  assertIndexed(engine, own, shown);
  const root = await realpath(engine.root).catch(() => engine.root);
  const decoded = decodeText(await bytesOf(join(root, ...own.split("/")), root, shown));
  if (decoded === undefined) throw new ToolFailure(`${shown} is binary, not text.`);
  return { path: own, lines: splitLines(decoded.text) };
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
