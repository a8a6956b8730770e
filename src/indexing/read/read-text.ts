import { closeSync } from "node:fs";
import { headBytes, isBinary } from "../../base/files/decode-text.ts";
import { type FileRefusal, openRegular, readSome } from "../../base/files/read-file.ts";
import { hashBytes, textOfFile } from "../../base/files/text-of-file.ts";
import type { SkipReason } from "../../ports/answers/index-run.ts";
import type { FileStamp } from "../../ports/store.ts";

/** A file's text with what is needed to know it again. */
export interface ReadText {
  text: string;
  /** First 128 bits of the SHA-256 of the bytes, hex. */
  contentHash: string;
  stamp: FileStamp;
  /** True when bytes had to be replaced to make the text valid. */
  brokenEncoding: boolean;
}

/** Smaller files are read in one go. */
const headFromBytes = 65_536;

/**
 * Reads a file once, bounded, and decodes it. The stamp is taken before the bytes: a file that is
 * written meanwhile has another stamp at the next run and is read again. Pipes and devices that
 * took the file's place since the walk are neither waited for nor read, and neither is a file that a
 * link leads to by now, wherever on the way that link is.
 *
 * @param maxBytes a file that is, or grows, larger is skipped
 * @param root the indexed folder, links resolved, in which the file must really lie
 * @returns the text, or why there is none. Never throws for what the disk does.
 */
export async function readText(
  absolutePath: string,
  maxBytes: number,
  root?: string,
): Promise<ReadText | { skip: SkipReason }> {
  let file: number | undefined;
  try {
    const rules = { links: "refuse", mostBytes: maxBytes, inside: root } as const;
    const opened = await openRegular(absolutePath, rules);
    file = opened.file;
    const { facts } = opened;
    const { size: sizeBytes, mtimeMs, ctimeMs, ino: inode } = facts;
    const stamp = { sizeBytes, mtimeMs, readMs: Date.now(), ctimeMs, inode };
    const bytes = await readAll(file, facts.size, maxBytes);
    if (typeof bytes === "string") return { skip: bytes };
    const decoded = textOfFile(absolutePath, bytes);
    if (decoded === undefined) return { skip: "binary" };
    return { ...decoded, contentHash: hashBytes(bytes), stamp };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException | FileRefusal).code ?? "";
    return { skip: reasons[code] ?? "unreadable" };
  } finally {
    if (file !== undefined) closeQuietly(file);
  }
}

const reasons: Readonly<Record<string, SkipReason>> = {
  ENOENT: "vanished",
  ENOTDIR: "vanished",
  ELOOP: "link-to-file",
  EOUTSIDE: "link-to-outside",
  EFTYPE: "special",
  EFBIG: "too-large",
};

/** Reads to the end or to `maxBytes`; looks at the head first, so that binaries cost one read. */
async function readAll(
  file: number,
  expectedBytes: number,
  maxBytes: number,
): Promise<Uint8Array | "binary" | "too-large"> {
  // One byte more than expected, so that the end is seen without a further read.
  let buffer = Buffer.allocUnsafe(Math.min(expectedBytes, maxBytes) + 1);
  let filled = 0;
  let wanted = buffer.length < headFromBytes ? buffer.length : headBytes;
  let headSeen = false;
  for (;;) {
    const bytesRead = await readSome(file, buffer, filled, wanted - filled);
    filled += bytesRead;
    const isWhole = filled === expectedBytes && filled < wanted;
    if (bytesRead === 0 || isWhole) return buffer.subarray(0, filled);
    if (filled > maxBytes) return "too-large";
    if (!headSeen && filled >= wanted) {
      headSeen = true;
      if (isBinary(buffer.subarray(0, filled & ~1))) return "binary";
      wanted = buffer.length;
    }
    if (filled === buffer.length) {
      // The file grew while it was read: go on, up to the limit.
      const larger = Buffer.allocUnsafe(Math.min(buffer.length * 2, maxBytes + 1));
      buffer.copy(larger, 0, 0, filled);
      buffer = larger;
      wanted = buffer.length;
    }
  }
}

function closeQuietly(file: number): void {
  try {
    closeSync(file);
  } catch {
    // Nothing was written: there is nothing to lose.
  }
}
