/* Versions of files out of blobs, taken apart once each as long as they are held. */
import { splitLines } from "../../../base/files/decode-text.ts";
import { mostBytesOf, textOfFile } from "../../../base/files/text-of-file.ts";
import { languageOf } from "../../../indexing/read/language.ts";
import { type ParsedFile, parseFailures, type SyntaxParser } from "../../../ports/syntax.ts";
import type { BlobCache } from "../../../storage/sqlite/blobs/blob-cache.ts";
import { decodeHead, encodeParse } from "../../../storage/sqlite/blobs/parse-code.ts";
import type { Blobs } from "../../git/objects.ts";
import { GitRefusal } from "../../git/process.ts";
import type { GitRoom } from "../../git/room.ts";
import { blobId } from "../at/read-blobs.ts";
import type { Version } from "./bodies.ts";
import type { Blob } from "./file-log.ts";

/** Larger files are not taken apart. */
export const mostFileBytes = 1024 * 1024;
/** Versions that are held at once. */
const mostHeld = 64;
/** Parses that are not kept yet. */
const mostUnkept = 64;

export class Versions {
  readonly #blobs: Blobs;
  readonly #parser: SyntaxParser;
  readonly #cache: BlobCache;
  readonly #keyOf: (id: string) => string;
  readonly #held = new Map<string, Promise<Version>>();
  #made: Parameters<BlobCache["putParses"]>[0][number][] = [];

  /** @param cache in which parses are kept by the ids of blobs */
  constructor(
    git: Pick<GitRoom, "standsFor">,
    blobs: Blobs,
    parser: SyntaxParser,
    cache: BlobCache,
  ) {
    this.#keyOf = (id) => git.standsFor(id);
    this.#blobs = blobs;
    this.#parser = parser;
    this.#cache = cache;
  }

  /** Keeps what was parsed. */
  keep(): void {
    if (this.#made.length > 0) this.#cache.putParses(this.#made);
    this.#made = [];
  }

  /**
   * @param isWhole definitions are not asked for
   * @throws GitRefusal where the blob is missing
   */
  async of(path: string, blob: Blob, isWhole = false): Promise<Version> {
    const { kind, id } = blob;
    if (kind !== "file") {
      const lack = kind === "none" ? undefined : `it is a ${kind} there`;
      return {
        path,
        id: id === "" ? undefined : id,
        kind,
        lines: [],
        definitions: undefined,
        language: "",
        lack,
      };
    }
    const key = `${id} ${isWhole} ${path}`;
    const known = this.#held.get(key);
    if (known !== undefined) return await known;
    const made = this.#read(path, id, isWhole);
    this.#held.set(key, made);
    made.catch(() => this.#held.delete(key));
    for (const oldest of this.#held.keys()) {
      if (this.#held.size <= mostHeld) break;
      this.#held.delete(oldest);
    }
    return await made;
  }

  /** Begins with what will be asked for. */
  foresee(path: string, blob: Blob, isWhole: boolean): void {
    this.of(path, blob, isWhole).catch(() => undefined);
  }

  async #read(path: string, id: string, isWhole: boolean): Promise<Version> {
    const bytes = await this.#blobs.read(id, mostBytesOf(path, mostFileBytes));
    if (bytes === "missing") throw new GitRefusal(`missing blob ${id} of ${JSON.stringify(path)}`);
    if (bytes === "too-large") return lacking(path, id, `it has more than ${mostFileBytes} bytes`);
    if (isWhole) return await versionOfBytes(this.#parser, path, id, bytes, isWhole);
    // It is kept for every repository that has it: only what the id says is.
    const known = this.#keyOf(id);
    return await this.#parsed(path, id, bytes, known, blobId(bytes, id.length) === known);
  }

  /** What stands on the disk: its bytes may be those of a blob that was parsed before. */
  async ofDisk(path: string, bytes: Uint8Array): Promise<Version> {
    return await this.#parsed(path, undefined, bytes, blobId(bytes, 40), true);
  }

  async #parsed(
    path: string,
    id: string | undefined,
    bytes: Uint8Array,
    known: string,
    isSound: boolean,
  ): Promise<Version> {
    const key = { id: known, name: path.slice(path.lastIndexOf("/") + 1) };
    const [kept] = this.#cache.parses([key]);
    if (kept !== undefined && !("failed" in kept)) {
      const version = await versionOfBytes(this.#parser, path, id, bytes, true);
      if (version.lack !== undefined) return version;
      return { ...version, definitions: decodeHead(kept.head).definitions };
    }
    return await versionOfBytes(this.#parser, path, id, bytes, false, (parsed) => {
      if (isSound) this.#made.push({ ...key, parse: encodeParse(parsed) });
      if (this.#made.length >= mostUnkept) this.keep();
    });
  }
}

export async function versionOfBytes(
  parser: SyntaxParser,
  path: string,
  id: string | undefined,
  bytes: Uint8Array,
  isWhole: boolean,
  onParsed?: (parsed: ParsedFile) => void,
): Promise<Version> {
  const decoded = textOfFile(path, bytes);
  if (decoded === undefined) return lacking(path, id, "it is no text");
  return await versionOfText(parser, path, id, decoded.text, isWhole, onParsed);
}

/** @param id of its blob; undefined: it is what stands on the disk */
export async function versionOfText(
  parser: SyntaxParser,
  path: string,
  id: string | undefined,
  text: string,
  isWhole: boolean,
  onParsed?: (parsed: ParsedFile) => void,
): Promise<Version> {
  const language = languageOf(path, text);
  const lines = splitLines(text);
  const version = { path, id, kind: "file", lines, language, definitions: undefined } as const;
  if (isWhole) return version;
  if (!parser.knows(language)) return { ...version, lack: parseFailures["no-grammar"] };
  const outcome = await parser.parse({ path, language, text: lines.join("\n") });
  if ("parsed" in outcome) onParsed?.(outcome.parsed);
  return "parsed" in outcome
    ? { ...version, definitions: outcome.parsed.definitions }
    : { ...version, lack: parseFailures[outcome.failed] };
}

export function lacking(path: string, id: string | undefined, lack: string): Version {
  return { path, id, kind: "file", lines: [], definitions: undefined, language: "", lack };
}
