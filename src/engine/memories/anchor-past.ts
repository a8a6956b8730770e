/*
 * What git says of code that memories are anchored to: its text in a commit, and which commits changed that text since a
 * memory was said to be true. A commit that changed the file and left the definition as it was is not among them. All
 * anchors of a repository are looked at in one room; how much is read of each is bounded, and so is the time.
 */
import { dirname, join } from "node:path";
import { inTime } from "../../base/deadline.ts";
import { readBoundedSync } from "../../base/files/read-file.ts";
import { type Repository, repositoryOf } from "../../base/files/repository.ts";
import { log } from "../../base/log.ts";
import { isSecretPath } from "../../base/paths/secret-paths.ts";
import type {
  AnchorCommit,
  AnchorPast,
  PastLimits,
  PastQuestion,
} from "../../ports/anchor-reader.ts";
import { inRepository, pathIn } from "../git/git.ts";
import { Blobs } from "../git/objects.ts";
import { findRef } from "../git/refs.ts";
import { GitRefusal, type GitRoom } from "../git/room.ts";
import { changesIn, type FileCommit, logOf } from "./file-commits.ts";

/** Larger versions of a file are not read. */
const mostBytes = 4 * 1_024 * 1_024;
/** Of one file so many commits are looked at, and so many of its versions are read. */
const mostCommits = 200;
const mostVersions = 64;
/** Commits that are named. */
const mostNamed = 5;
const mostKept = 64;
const longestKept = 64_000;
/** What was not done in time goes on for so long, so that who asks again has it. */
const longestMs = 5_000;

/** The text of a definition (of all of it without a name) in a file's bytes; undefined: it is not in them. */
export type TextIn = (
  path: string,
  bytes: Buffer,
  symbol: string | undefined,
) => Promise<string | undefined>;

export type Past = AnchorPast | { why: string };

/** @param hashOf as memories make it of an anchor's text */
export class AnchorHistories {
  readonly #textIn: TextIn;
  readonly #hashOf: (text: string) => string;
  readonly #kept = new Map<string, AnchorPast>();
  /** What goes on after its answer was given; one at a time. */
  #behind: { work: Promise<void>; stop: AbortController } | undefined;

  constructor(textIn: TextIn, hashOf: (text: string) => string) {
    this.#textIn = textIn;
    this.#hashOf = hashOf;
  }

  async past(questions: readonly PastQuestion[], limits: PastLimits): Promise<Past[]> {
    const began = performance.now();
    const answers: (Past | undefined)[] = questions.map(() => undefined);
    // It may be about the same.
    if (this.#behind !== undefined) await inTime(this.#behind.work, limits.end);
    for (const { repository, places } of byRepository(questions)) {
      const answer = (why: string): void => {
        for (const at of places) answers[at] ??= { why };
      };
      if (repository === undefined) {
        answer("there is no git repository here");
        continue;
      }
      const head = findRef(repository, "HEAD")?.id;
      if (head === undefined) {
        answer("nothing is committed yet");
        continue;
      }
      const keyOf = (at: number): string =>
        keyFor(repository, head, questions[at] as PastQuestion, limits.asOf);
      for (const at of places) answers[at] = this.#kept.get(keyOf(at));
      const left = places.filter((at) => answers[at] === undefined);
      if (left.length === 0) continue;
      const look = (signal: AbortSignal): Promise<void> => {
        const limitMs = Math.max(longestMs, Math.ceil(limits.end - performance.now()));
        return inRepository(repository.folder, { signal, limitMs }, async (git) => {
          const tip = limits.asOf === undefined ? head : await commitBy(git, head, limits.asOf);
          const blobs = new Blobs(git);
          try {
            const room = { git, blobs, tip, shallow: shallowIn(repository), signal };
            for (const at of left) {
              const found = await this.#look(room, questions[at] as PastQuestion, limits);
              answers[at] = found;
              if (!("why" in found)) this.#keep(keyOf(at), found);
            }
          } finally {
            await blobs.close();
          }
        });
      };
      try {
        if (limits.end > performance.now()) await this.#inTime(look, limits);
      } catch (error) {
        limits.signal?.throwIfAborted();
        if (error instanceof GitRefusal && !error.wasEnded) answer(error.message);
        else log("debug", `commits of an anchor could not be read: ${String(error)}`);
      }
    }
    const tookMs = Math.max(0, Math.round(limits.end - began));
    return answers.map((one) => one ?? { why: `git was not asked to its end in ${tookMs} ms` });
  }

  /** Ends what goes on. */
  close(): void {
    this.#behind?.stop.abort();
  }

  async #inTime(
    look: (signal: AbortSignal) => Promise<void>,
    { end, signal }: PastLimits,
  ): Promise<void> {
    const stop = new AbortController();
    const onAbort = (): void => stop.abort();
    signal?.addEventListener("abort", onAbort, { once: true });
    const work = look(stop.signal);
    const first = await inTime(work, end).finally(() => {
      signal?.removeEventListener("abort", onAbort);
    });
    if (first !== "late") return;
    if (this.#behind !== undefined) return stop.abort();
    const timer = setTimeout(onAbort, longestMs);
    timer.unref();
    const ended = work
      .catch(() => undefined)
      .finally(() => {
        clearTimeout(timer);
        this.#behind = undefined;
      });
    this.#behind = { work: ended, stop };
  }

  async #look(room: Room, question: PastQuestion, { asOf }: PastLimits): Promise<Past> {
    const { git, blobs, tip, signal } = room;
    const { anchor, commit, verified } = question;
    const { path, symbol } = anchor;
    // Its name is asked again: the file that was looked at when it was admitted may be gone.
    if (isSecretPath(path)) return { why: "files that keep secrets are not looked at" };
    const own = pathIn(git.repository, path);
    if (tip === undefined) return { why: "the history here begins after then" };
    const texts = new Versions(blobs, (bytes) => this.#textIn(path, bytes, symbol), this.#hashOf);
    const now = await texts.read(`${tip}:${own}`, true);
    if (now.problem === "too-large") return { why: "the file is too large in it" };
    const none = { commits: [], more: 0, since: undefined, movedTo: undefined, limit: undefined };
    if (asOf !== undefined && verified > asOf) return { text: now.text, ...none };
    const start = commit && (await git.commit(commit).catch(noCommit));
    const range = start ? [`^${start}`] : [`--since=${Math.floor(verified / 1_000)}`];
    const all = await logOf(git, tip, range, own, mostCommits + 1);
    const changed: FileCommit[] = [];
    let limit =
      all.length > mostCommits
        ? `only the newest ${mostCommits} commits were looked at`
        : undefined;
    for (const one of all.slice(0, mostCommits)) {
      signal.throwIfAborted();
      if (room.shallow.has(one.id)) {
        limit = "the clone is shallow, older commits are not here";
        continue;
      }
      if (texts.count >= mostVersions) {
        limit = `only the newest ${mostVersions} versions of the file were looked at`;
        break;
      }
      const after = await texts.read(one.now);
      const before = await Promise.all(one.before.map((id) => texts.read(id)));
      if ([after, ...before].some(({ problem }) => problem !== undefined)) {
        limit = "some versions of the file are not here, or too large";
        continue;
      }
      if (before.every(({ hash }) => hash !== after.hash)) changed.push(one);
    }
    if (start === undefined && question.hash !== undefined) {
      // What was seen before it was committed begins with the commit that brought it.
      const hashes = await Promise.all(changed.map(async ({ now: id }) => await texts.read(id)));
      const brought = hashes.findLastIndex(({ hash }) => hash === question.hash);
      if (brought >= 0) changed.splice(brought);
    }
    const isWhole = limit === undefined && !(commit !== undefined && start === undefined);
    if (limit === undefined && !isWhole) {
      limit = `commit ${commit} of then is not here any more; those since its time were looked at`;
    }
    return {
      text: now.text,
      commits: changed.slice(0, mostNamed).map(named),
      more: Math.max(0, changed.length - mostNamed),
      since: isWhole ? changed.at(-1)?.at : undefined,
      movedTo: now.text === undefined ? await movedTo(git, changed[0], own) : undefined,
      limit,
    };
  }

  #keep(key: string, found: AnchorPast): void {
    if ((found.text?.length ?? 0) > longestKept) return;
    this.#kept.set(key, found);
    if (this.#kept.size > mostKept) this.#kept.delete(this.#kept.keys().next().value as string);
  }
}

interface Room {
  git: GitRoom;
  blobs: Blobs;
  /** The commit that is looked at; undefined: there was none by then. */
  tip: string | undefined;
  /** Commits whose parents are not here. */
  shallow: ReadonlySet<string>;
  signal: AbortSignal;
}

interface Version {
  /** Of the text; undefined: it is not in this version. */
  hash: string | undefined;
  text: string | undefined;
  problem: "missing" | "too-large" | undefined;
}

/** Versions of one file by their blobs, each read and parsed once. */
class Versions {
  readonly #blobs: Blobs;
  readonly #textIn: (bytes: Buffer) => Promise<string | undefined>;
  readonly #hashOf: (text: string) => string;
  readonly #known = new Map<string, Promise<Version>>();

  constructor(
    blobs: Blobs,
    textIn: (bytes: Buffer) => Promise<string | undefined>,
    hashOf: (text: string) => string,
  ) {
    this.#blobs = blobs;
    this.#textIn = textIn;
    this.#hashOf = hashOf;
  }

  /** How many were read. */
  get count(): number {
    return this.#known.size;
  }

  /**
   * @param id of a blob, or "COMMIT:path"; undefined: the file is not in it
   * @param mayLack it is no problem when it is missing
   */
  read(id: string | undefined, mayLack = false): Promise<Version> {
    const key = id ?? "";
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const version = this.#read(id, mayLack);
    this.#known.set(key, version);
    return version;
  }

  async #read(id: string | undefined, mayLack: boolean): Promise<Version> {
    const none = { hash: undefined, text: undefined, problem: undefined };
    if (id === undefined) return none;
    const bytes = await this.#blobs.read(id, mostBytes);
    if (bytes === "missing" && mayLack) return none;
    if (typeof bytes === "string") return { ...none, problem: bytes };
    const text = await this.#textIn(bytes);
    return { hash: text === undefined ? undefined : this.#hashOf(text), text, problem: undefined };
  }
}

/** The questions by where they lie, in the order of the first of each. */
function byRepository(
  questions: readonly PastQuestion[],
): { repository: Repository | undefined; places: number[] }[] {
  const groups = new Map<string, { repository: Repository | undefined; places: number[] }>();
  const known = new Map<string, Repository | undefined>();
  for (const [at, { anchor }] of questions.entries()) {
    const folder = dirname(anchor.path);
    if (!known.has(folder)) known.set(folder, repositoryOf(folder));
    const repository = known.get(folder);
    const key = repository?.folder ?? "";
    const group = groups.get(key) ?? { repository, places: [] };
    group.places.push(at);
    groups.set(key, group);
  }
  return [...groups.values()];
}

function keyFor(
  { commonFolder, folder }: Repository,
  head: string,
  { anchor, commit, verified, hash }: PastQuestion,
  asOf: number | undefined,
): string {
  const { path, symbol } = anchor;
  return JSON.stringify([commonFolder, folder, head, path, symbol, commit, verified, hash, asOf]);
}

/** The last commit by a time, along first parents; undefined: there was none. */
async function commitBy(git: GitRoom, head: string, ms: number): Promise<string | undefined> {
  const until = `--before=${Math.floor(ms / 1_000)}`;
  const found = await git.run("rev-list", "-1", "--first-parent", until, head, "--");
  return found.toString("latin1").trim() || undefined;
}

/** @throws GitRefusal where git was ended */
function noCommit(error: unknown): undefined {
  if (error instanceof GitRefusal && !error.wasEnded) return undefined;
  throw error;
}

function shallowIn({ commonFolder }: Repository): ReadonlySet<string> {
  try {
    const rules = { mostBytes: 4_000_000, links: "refuse" } as const;
    const text = readBoundedSync(join(commonFolder, "shallow"), rules).toString("latin1");
    return new Set(text.split("\n").filter((line) => line !== ""));
  } catch {
    return new Set();
  }
}

/** Where a file went with the commit that took it away, as git finds renames. */
async function movedTo(
  git: GitRoom,
  gone: FileCommit | undefined,
  own: string,
): Promise<string | undefined> {
  if (gone === undefined || gone.now !== undefined || gone.before.length !== 1) return undefined;
  const renames = ["diff-tree", "-r", "-M", "-l400", "--diff-filter=R", "--raw", "-z"];
  const said = await git.run(...renames, "--no-commit-id", gone.id, "--").catch(noCommit);
  const to = changesIn(said ?? Buffer.alloc(0)).find(({ path }) => path === own)?.to;
  return to === undefined ? undefined : join(git.repository.folder, ...to.split("/"));
}

function named({ short, at, author, subject }: FileCommit): AnchorCommit {
  return { commit: short, at, author, subject };
}
