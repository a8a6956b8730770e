/* The bytes of many files of a commit, out of one git. */
import { Blobs } from "../../git/objects.ts";
import type { GitRoom } from "../../git/room.ts";
import type { CodeFile } from "./code-files.ts";
import type { ReadFile } from "./versions.ts";

/** What is held of files that wait to be taken in, bytes. */
const mostBytes = 64 * 1024 * 1024;
const asked = 128;

export interface BlobsRead {
  read: ReadFile[];
  /** Files whose blobs are not in this clone. */
  lost: CodeFile[];
  /** Files for which there was no time or no room. */
  left: CodeFile[];
}

/**
 * @param end when to stop, as performance.now() tells time
 * @throws GitRefusal
 */
export async function readBlobs(
  git: GitRoom,
  files: readonly CodeFile[],
  end = Number.POSITIVE_INFINITY,
): Promise<BlobsRead> {
  const result: BlobsRead = { read: [], lost: [], left: [] };
  const blobs = new Blobs(git);
  let bytes = 0;
  try {
    for (let at = 0; at < files.length; at += asked) {
      if (performance.now() > end || bytes > mostBytes) {
        result.left = files.slice(at);
        return result;
      }
      const some = files.slice(at, at + asked);
      const found = await Promise.all(some.map(({ id, sizeBytes }) => blobs.read(id, sizeBytes)));
      for (const [n, file] of some.entries()) {
        const blob = found[n] as (typeof found)[number];
        if (typeof blob === "string") result.lost.push(file);
        else {
          bytes += blob.length;
          result.read.push({ ...file, bytes: blob });
        }
      }
    }
    return result;
  } finally {
    await blobs.close();
  }
}
