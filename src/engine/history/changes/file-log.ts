/*
 * The commits that touched one file, from one commit backwards, as git finds them. History is followed as "git log"
 * follows it: at a merge that has the file as one of its parents has it, only that parent. A merge that differs from
 * all of them ends the log: whoever reads it says by which parents it goes on.
 */
import { GitRefusal, type OpenGit } from "../../git/process.ts";
import type { GitRoom } from "../../git/room.ts";

/** A file in a commit, or in a parent of it. */
export interface Blob {
  kind: "file" | "link" | "submodule" | "none";
  /** "" where nothing is. */
  id: string;
}

/** A commit that touched the file. */
export interface Touch {
  commit: string;
  parents: string[];
  author: string;
  email: string;
  /** When it was written, as the author's clock said; ISO 8601. */
  date: string;
  /** When it was committed, seconds since 1970. */
  committed: number;
  subject: string;
  now: Blob;
  /** The same in each parent; of a commit without parents none. */
  before: Blob[];
}

const longestText = 500;
/** Git cuts what is longer than anybody reads, and fills up what is shorter. */
const cut = `%<(${longestText},trunc)`;
const format = `%x01%H%x02%P%x02${cut}%an%x02${cut}%ae%x02%aI%x02%ct%x02${cut}%s`;
const mostTokenBytes = 1024 * 1024;

export class FileLog {
  readonly path: string;
  readonly #git: OpenGit;
  readonly #touches: AsyncGenerator<Touch>;
  #peeked: Promise<Touch | undefined> | undefined;

  /** @param path from the top of the repository */
  constructor(git: GitRoom, commit: string, path: string) {
    this.path = path;
    const said = ["--raw", "-z", "-c", "--no-abbrev", "--no-renames", "--no-ext-diff"];
    this.#git = git.open("log", ...said, `--format=${format}`, commit, "--", path);
    this.#touches = touchesIn(tokens(this.#git.output()), path);
  }

  /** The next one, which stays the next until it is taken; undefined: there is none. @throws GitRefusal */
  peek(): Promise<Touch | undefined> {
    this.#peeked ??= this.#touches.next().then(({ value, done }) => (done ? undefined : value));
    return this.#peeked;
  }

  taken(): void {
    this.#peeked = undefined;
  }

  async close(): Promise<void> {
    this.#peeked?.catch(() => undefined);
    await this.#git.close();
  }
}

/** What stands between NULs, as it comes. */
async function* tokens(output: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let held: Buffer[] = [];
  let bytes = 0;
  for await (const data of output) {
    let from = 0;
    for (let end = data.indexOf(0); end >= 0; end = data.indexOf(0, from)) {
      held.push(data.subarray(from, end));
      yield Buffer.concat(held).toString("utf8");
      held = [];
      bytes = 0;
      from = end + 1;
    }
    bytes += data.length - from;
    if (bytes > mostTokenBytes) throw new GitRefusal("git's answer has no end");
    if (from < data.length) held.push(data.subarray(from));
  }
}

/** A touch is given as soon as its file has come: the next one may be far away. */
async function* touchesIn(all: AsyncGenerator<string>, path: string): AsyncGenerator<Touch> {
  let head: Omit<Touch, "now" | "before"> | undefined;
  for await (const token of all) {
    if (token.startsWith("\u0001")) {
      head = headOf(token.slice(1));
      continue;
    }
    const raw = token.startsWith("\n") ? token.slice(1) : token;
    if (!raw.startsWith(":")) continue;
    const own = await all.next();
    // What is below it belongs to a folder that stood there.
    if (own.value !== path || head === undefined) continue;
    const { now, before } = blobsOf(raw, head.parents.length);
    const whole: Touch = { ...head, now, before };
    head = undefined;
    yield whole;
  }
}

function headOf(text: string): Omit<Touch, "now" | "before"> {
  const [
    commit = "",
    parents = "",
    author = "",
    email = "",
    date = "",
    committed = "",
    ...subject
  ] = text.split("\u0002");
  return {
    commit,
    parents: parents === "" ? [] : parents.split(" "),
    author: author.trimEnd().slice(0, longestText),
    email: email.trimEnd().slice(0, longestText),
    date,
    committed: Number(committed),
    subject: subject.join(" ").trimEnd().slice(0, longestText),
  };
}

/** Out of ":100644 100644 old new M", with a colon, a mode and an id more for each further parent. */
function blobsOf(raw: string, parents: number): Pick<Touch, "now" | "before"> {
  const sides = Math.max(1, raw.length - raw.replace(/^:+/u, "").length);
  const parts = raw.slice(sides).split(" ");
  const blobs = Array.from({ length: sides + 1 }, (_, at) =>
    blobOf(parts[at] ?? "", parts[sides + 1 + at] ?? ""),
  );
  return { now: blobs[sides] as Blob, before: parents === 0 ? [] : blobs.slice(0, sides) };
}

export function blobOf(mode: string, id: string): Blob {
  if (mode === "000000" || /^0*$/u.test(id)) return { kind: "none", id: "" };
  if (mode === "160000") return { kind: "submodule", id };
  return { kind: mode === "120000" ? "link" : "file", id };
}
