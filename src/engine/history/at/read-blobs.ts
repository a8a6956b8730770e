/*
 * Files of commits, read and parsed: each content once, whatever the number of commits, paths and repositories that
 * have it. What a text says of itself (binary, generated, of long lines) is judged as an index run judges it, and the
 * text is decoded as an index run decodes it.
 */
import { hash } from "node:crypto";
import { throwIfAborted } from "../../../base/abort.ts";
import { splitLines } from "../../../base/files/decode-text.ts";
import { mostBytesOf, textOfFile } from "../../../base/files/text-of-file.ts";
import { packageVersion } from "../../../base/package/own-package.ts";
import { hash32 } from "../../../base/text/names.ts";
import { yieldToEventLoop } from "../../../base/yield.ts";
import { blobCachePath } from "../../../config/places/paths.ts";
import { judgeGenerated } from "../../../indexing/read/generated.ts";
import { languageOf } from "../../../indexing/read/language.ts";
import { defaultMaxFileBytes } from "../../../indexing/walk/ignore-defaults.ts";
import type { RevisionProgress } from "../../../ports/answers/definitions.ts";
import type { ParsedFile, ParseFailure, SyntaxParser } from "../../../ports/syntax.ts";
import {
  BlobCache,
  type BlobFacts,
  type BlobKey,
  type KeptParse,
} from "../../../storage/sqlite/blobs/blob-cache.ts";
import { encodeParse } from "../../../storage/sqlite/blobs/parse-code.ts";
import { Blobs, type TreeFile } from "../../git/objects.ts";
import { GitRefusal } from "../../git/process.ts";
import type { GitRoom } from "../../git/room.ts";
import { sieveOf } from "./name-sieve.ts";

/** Counts up when what is kept of a content is made by other rules. */
const rulesVersion = 4;

/** The cache of contents of this version of Haypile, in the folder of its caches. Close it; trim() it after much work. */
export function openBlobCache(cacheFolder: string): BlobCache {
  const rules = hash32(`${packageVersion} ${rulesVersion}`) & 0x7fffffff;
  return new BlobCache(blobCachePath(cacheFolder), rules);
}

/** Why nothing can be said of a content: a partial clone has not got it, or its bytes are not those of its id. */
export type BlobLack = "missing" | "damaged" | "too-large";

export interface BlobText {
  /** As an editor shows it, without a mark of its encoding. */
  text: string;
  /** Lines without what ends them. */
  lines: string[];
  language: string;
  brokenEncoding: boolean;
}

export interface CodeBlobsOptions {
  cache: BlobCache;
  parser: SyntaxParser;
  /** Larger files are not read; default 1 MiB. */
  maxFileBytes?: number | undefined;
  signal?: AbortSignal | undefined;
  /** Told after every few files that had to be read or parsed. */
  onProgress?: ((progress: RevisionProgress) => void) | undefined;
}

/** Contents asked of git ahead of the one in hand. */
const readAhead = 32;
/** Files handed to the parsers ahead of the one in hand. */
const parseAhead = 8;
const rowsPerWrite = 256;
const longestTurnMs = 20;
/** A pointer to a content that git does not keep. */
const lfsHead = "version https://git-lfs.github.com/spec/v1\n";
const mostPointerBytes = 1_024;

/** Failures that another try may not meet. */
const passing: ReadonlySet<ParseFailure> = new Set(["grammar-failed", "parser-died", "no-memory"]);

/** Reads files of the commits of one repository. Close it before its room goes. */
export class CodeBlobs {
  readonly #git: GitRoom;
  readonly #options: CodeBlobsOptions;
  #blobs: Blobs | undefined;
  #yieldedMs = performance.now();

  constructor(git: GitRoom, options: CodeBlobsOptions) {
    this.#git = git;
    this.#options = options;
  }

  /** By what a content is known: the id of its own bytes, where the repository puts it in the place of another. */
  keyOf({ id, path }: Pick<TreeFile, "id" | "path">): BlobKey {
    return { id: this.#git.standsFor(id), name: path.slice(path.lastIndexOf("/") + 1) };
  }

  /**
   * Language, names and whether it counts as code, for each file in the order given. Contents that nobody has read
   * before are read now, the others are looked up.
   * @throws GitRefusal; HaypileError HAYPILE_ABORTED
   */
  async facts(files: readonly TreeFile[]): Promise<(BlobFacts | BlobLack)[]> {
    const { cache } = this.#options;
    const keys = files.map((file) => this.keyOf(file));
    const found: (BlobFacts | BlobLack | undefined)[] = cache.facts(keys);
    const unknown = [...found.keys()].filter((at) => found[at] === undefined);
    // A content stands at many paths of a commit.
    const first = new Map<string, number>();
    for (const at of unknown) {
      const key = textOf(keys[at] as BlobKey);
      if (!first.has(key)) first.set(key, at);
    }
    const wanted = [...first.values()];
    let rows: (BlobKey & BlobFacts)[] = [];
    const keep = (): void => {
      if (rows.length > 0) cache.putFacts(rows);
      rows = [];
    };
    let done = 0;
    try {
      for await (const [at, bytes] of this.#read(wanted, files)) {
        const key = keys[at] as BlobKey;
        const fact = typeof bytes === "string" ? bytes : factsOf(key.name, bytes);
        found[at] = fact;
        if (typeof fact !== "string") rows.push({ ...key, ...fact });
        if (rows.length >= rowsPerWrite) keep();
        done += 1;
        this.#options.onProgress?.({ doing: "read", filesDone: done, filesTotal: wanted.length });
      }
    } finally {
      keep();
    }
    return keys.map((key, at) => {
      const one = found[at] ?? found[first.get(textOf(key)) ?? -1];
      if (one === undefined) throw new GitRefusal("git left out an answer");
      return one;
    });
  }

  /** The text of a file; "binary" when it has none. @throws GitRefusal */
  async text(
    file: Pick<TreeFile, "id" | "path">,
    mostBytes?: number,
  ): Promise<BlobText | BlobLack | "binary"> {
    const most = mostBytes ?? this.#mostBytesOf(file.path);
    const bytes = await this.#checked(file, most);
    return typeof bytes === "string" ? bytes : (decoded(file.path, bytes) ?? "binary");
  }

  /**
   * The syntax trees of files that count as code, in the order given; see parse-code.ts for what is in them. Those
   * that nobody has parsed before are parsed now.
   * @throws GitRefusal; HaypileError HAYPILE_ABORTED, HAYPILE_CLOSED
   */
  async parses(files: readonly TreeFile[]): Promise<(KeptParse | { failed: BlobLack })[]> {
    const { cache } = this.#options;
    const keys = files.map((file) => this.keyOf(file));
    const found: (KeptParse | { failed: BlobLack } | undefined)[] = cache.parses(keys);
    const first = new Map<string, number>();
    for (const at of found.keys()) {
      const key = textOf(keys[at] as BlobKey);
      if (found[at] === undefined && !first.has(key)) first.set(key, at);
    }
    const wanted = [...first.values()];
    let rows: (BlobKey & { parse: KeptParse })[] = [];
    const queue: [at: number, parsing: Promise<KeptParse | { failed: BlobLack }>][] = [];
    let done = 0;
    const takeIn = async (): Promise<void> => {
      const [at, parsing] = queue.shift() as (typeof queue)[number];
      const parse = await parsing;
      found[at] = parse;
      done += 1;
      const isKept = !("failed" in parse) || !isPassing(parse.failed);
      if (isKept) rows.push({ ...(keys[at] as BlobKey), parse });
      if (rows.length >= rowsPerWrite) cache.putParses(rows.splice(0));
      this.#options.onProgress?.({ doing: "parse", filesDone: done, filesTotal: wanted.length });
    };
    try {
      for await (const [at, bytes] of this.#read(wanted, files)) {
        const parsing = this.#parse((files[at] as TreeFile).path, bytes);
        parsing.catch(() => undefined);
        queue.push([at, parsing]);
        if (queue.length >= parseAhead) await takeIn();
      }
      while (queue.length > 0) await takeIn();
    } finally {
      if (rows.length > 0) cache.putParses(rows);
      rows = [];
      await Promise.allSettled(queue.map(([, parsing]) => parsing));
    }
    return keys.map((key, at) => {
      const one = found[at] ?? found[first.get(textOf(key)) ?? -1];
      if (one === undefined) throw new GitRefusal("git left out an answer");
      return one;
    });
  }

  async close(): Promise<void> {
    await this.#blobs?.close();
    this.#blobs = undefined;
  }

  async #parse(path: string, bytes: Buffer | BlobLack): Promise<KeptParse | { failed: BlobLack }> {
    if (typeof bytes === "string") return { failed: bytes };
    const read = decoded(path, bytes);
    const { parser } = this.#options;
    if (read === undefined || !parser.knows(read.language)) return { failed: "no-grammar" };
    const text = read.lines.join("\n");
    const outcome = await parser.parse({ path, language: read.language, text });
    return "failed" in outcome ? outcome : encodeParse(outcome.parsed satisfies ParsedFile);
  }

  /** Contents by the places of their files, some asked ahead. */
  async *#read(
    wanted: readonly number[],
    files: readonly TreeFile[],
  ): AsyncGenerator<[at: number, bytes: Buffer | BlobLack]> {
    const queue: [number, Promise<Buffer | BlobLack>][] = [];
    let next = 0;
    while (next < wanted.length || queue.length > 0) {
      throwIfAborted(this.#options.signal, "The question");
      while (next < wanted.length && queue.length < readAhead) {
        const at = wanted[next] as number;
        const file = files[at] as TreeFile;
        const reading = this.#checked(file, this.#mostBytesOf(file.path));
        reading.catch(() => undefined);
        queue.push([at, reading]);
        next += 1;
      }
      const [at, reading] = queue.shift() as (typeof queue)[number];
      yield [at, await reading];
      if (performance.now() - this.#yieldedMs > longestTurnMs) {
        await yieldToEventLoop();
        this.#yieldedMs = performance.now();
      }
    }
  }

  #mostBytesOf(path: string): number {
    return mostBytesOf(path, this.#options.maxFileBytes ?? defaultMaxFileBytes);
  }

  /** The bytes, where they are those of the id: what is kept is kept for every repository that has it. */
  async #checked({ id }: Pick<TreeFile, "id">, mostBytes: number): Promise<Buffer | BlobLack> {
    this.#blobs ??= new Blobs(this.#git);
    const bytes = await this.#blobs.read(id, mostBytes);
    if (typeof bytes === "string") return bytes;
    return blobId(bytes, id.length) === this.#git.standsFor(id) ? bytes : "damaged";
  }
}

function isPassing(why: string): boolean {
  return (
    why === "missing" ||
    why === "damaged" ||
    why === "too-large" ||
    passing.has(why as ParseFailure)
  );
}

/** What git would call these bytes. @param length of its ids */
export function blobId(bytes: Uint8Array, length: number): string {
  const whole = Buffer.concat([Buffer.from(`blob ${bytes.length}\0`), bytes]);
  return hash(length === 64 ? "sha256" : "sha1", whole, "hex");
}

function textOf({ id, name }: BlobKey): string {
  return `${id}/${name}`;
}

/** Undefined: it is binary. */
function decoded(path: string, bytes: Uint8Array): BlobText | undefined {
  const read = textOfFile(path, bytes);
  if (read === undefined) return undefined;
  const { text, brokenEncoding } = read;
  return { text, lines: splitLines(text), language: languageOf(path, text), brokenEncoding };
}

function factsOf(name: string, bytes: Uint8Array): BlobFacts {
  const none = new Uint8Array(0);
  const read = decoded(name, bytes);
  if (read === undefined) return { language: languageOf(name), skip: "binary", sieve: none };
  const { text, lines, language } = read;
  if (bytes.length <= mostPointerBytes && text.startsWith(lfsHead)) {
    return { language: "text", skip: "lfs", sieve: none };
  }
  const generated = judgeGenerated(lines, language, name);
  if (generated !== undefined) return { language, skip: generated.reason, sieve: none };
  return { language, skip: "", sieve: sieveOf(Buffer.from(text, "utf8")) };
}
