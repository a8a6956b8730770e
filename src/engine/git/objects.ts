/* What a commit holds: its files by their blobs, and the bytes of blobs, many from one git. */
import { pathIn } from "./git.ts";
import { GitRefusal, type OpenGit } from "./process.ts";
import type { GitRoom } from "./room.ts";

/** An entry of a commit's tree that is no folder. */
export interface TreeFile {
  /** Relative to the folder that was asked about, with "/". */
  path: string;
  /** Id of the blob; of a submodule that of its commit. */
  id: string;
  /** 0 for a submodule; -1: the blob is not here, as in a partial clone. */
  sizeBytes: number;
  kind: "file" | "link" | "submodule";
}

/** What a blob is too large or missing for. */
export type BlobProblem = "missing" | "too-large";

/** A header of "cat-file --batch" is an id, a word and a number. */
const mostHeaderBytes = 4_096;

/**
 * The files of a commit below a folder, by path in the order of bytes.
 * @param folder in the working tree, absolute; it need not be there now
 * @param commit id
 * @throws GitRefusal
 */
export async function treeAt(
  git: GitRoom,
  folder: string,
  commit: string,
  path = "",
): Promise<TreeFile[]> {
  const prefix = pathIn(git.repository, folder);
  const below = [prefix, path].filter((one) => one !== "").join("/");
  const only = below === "" ? [] : [below];
  const said = await git.run("ls-tree", "-r", "-l", "-z", "--full-tree", commit, "--", ...only);
  const files: TreeFile[] = [];
  for (const line of said.toString("utf8").split("\0")) {
    const [, mode = "", , id, size, full] =
      /^(\d{6}) (blob|commit) ([0-9a-f]+)\s+(\d+|-|BAD)\t(.+)$/su.exec(line) ?? [];
    if (id === undefined || full === undefined) continue;
    // The folder may have been a file.
    if (prefix !== "" && !full.startsWith(`${prefix}/`)) continue;
    files.push({
      path: prefix === "" ? full : full.slice(prefix.length + 1),
      id,
      sizeBytes: size === "-" ? 0 : size === "BAD" ? -1 : Number(size),
      kind: mode === "160000" ? "submodule" : mode === "120000" ? "link" : "file",
    });
  }
  return files;
}

/** Reads blobs by their ids, one git for all of them. Close it. */
export class Blobs implements AsyncDisposable {
  readonly #git: OpenGit;
  readonly #output: AsyncGenerator<Buffer>;
  #held: Buffer = Buffer.alloc(0);
  #last: Promise<unknown> = Promise.resolve();

  constructor(git: GitRoom) {
    this.#git = git.open("cat-file", "--batch");
    this.#output = this.#git.output();
  }

  /**
   * The bytes of a blob, of a tree or of a commit. Calls may come side by side; answers come in their order.
   * @param id whole, or as git takes it: "ID:path" has no newline in it
   * @param mostBytes of a larger one nothing is kept
   * @throws GitRefusal
   */
  async read(id: string, mostBytes: number): Promise<Buffer | BlobProblem> {
    if (/[\n\0]/u.test(id)) return "missing";
    const asked = this.#git.ask(`${id}\n`);
    // It is waited for below, after the answers before it.
    asked.catch(() => undefined);
    const answer = this.#last.then(async () => {
      await asked;
      return await this.#answer(mostBytes);
    });
    this.#last = answer.catch(() => undefined);
    return await answer;
  }

  close(): Promise<void> {
    return this.#git.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #answer(mostBytes: number): Promise<Buffer | BlobProblem> {
    let end = this.#held.indexOf(10);
    while (end < 0) {
      if (this.#held.length > mostHeaderBytes) throw new GitRefusal("git's answer has no end");
      await this.#more();
      end = this.#held.indexOf(10);
    }
    const header = this.#held.subarray(0, end).toString("utf8");
    this.#held = this.#held.subarray(end + 1);
    const size = / (?:blob|tree|commit|tag) (\d+)$/u.exec(header)?.[1];
    if (size === undefined) return "missing";
    return await this.#take(Number(size), mostBytes);
  }

  /** The next bytes and the newline behind them. */
  async #take(size: number, mostBytes: number): Promise<Buffer | "too-large"> {
    const parts: Buffer[] = [];
    let left = size + 1;
    const isKept = size <= mostBytes;
    while (left > 0) {
      if (this.#held.length === 0) await this.#more();
      const part = this.#held.subarray(0, left);
      this.#held = this.#held.subarray(part.length);
      left -= part.length;
      if (isKept) parts.push(part);
    }
    return isKept ? Buffer.concat(parts).subarray(0, size) : "too-large";
  }

  async #more(): Promise<void> {
    const { value, done } = await this.#output.next();
    if (done === true) throw new GitRefusal("git ended in the middle of its answer");
    this.#held = this.#held.length === 0 ? value : Buffer.concat([this.#held, value]);
  }
}
