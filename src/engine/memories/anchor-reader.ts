/* Reads what memories are anchored to: a file, or a definition in it as the parser sees it. */
import { existsSync } from "node:fs";
import { lstat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileError, HaypileError } from "../../base/errors.ts";
import { readBounded } from "../../base/files/read-file.ts";
import { hasGitEntry } from "../../base/files/repository.ts";
import { textOfFile } from "../../base/files/text-of-file.ts";
import { isWhole } from "../../base/paths/flavour.ts";
import { checkedPathText, passGate } from "../../base/paths/path-gate.ts";
import { isNetworkPath } from "../../base/paths/windows-names.ts";
import { defaultDatabasePath, foldersUpward } from "../../config/places/paths.ts";
import { languageOf } from "../../indexing/read/language.ts";
import { resolveRoot, whySkipped } from "../../indexing/walk/walk.ts";
import { anchorHash } from "../../memories/anchors/anchors.ts";
import type {
  AnchoredText,
  AnchorPast,
  AnchorReader,
  PastLimits,
  PastQuestion,
} from "../../ports/anchor-reader.ts";
import { type SkipReason, skipReasons } from "../../ports/answers/index-run.ts";
import type { MemoryAnchor } from "../../ports/memories.ts";
import type { SyntaxParser } from "../../ports/syntax.ts";
import { lastCommitOf } from "../git/git.ts";
import { AnchorHistories } from "./anchor-past.ts";

/** Larger files are no code that somebody wrote. */
const mostBytes = 4 * 1_024 * 1_024;
/** A commit is named beside the answer: it is not waited for longer. */
const mostGitMs = 5_000;
/** Texts by file and definition that are known while the file's time and size stay the same. */
const mostKept = 64;

/** Left out of indexes because they repeat others, not because nobody may see them. */
const stillAnchored: ReadonlySet<SkipReason> = new Set(["generated", "translation"]);

export class CodeAnchorReader implements AnchorReader {
  readonly #parser: SyntaxParser;
  readonly #dataFolder: string | undefined;
  readonly #kept = new Map<string, { stamp: string; found: AnchoredText | undefined }>();
  readonly #histories: AnchorHistories;

  /** @param dataFolder where indexes are kept: a folder with one is a project */
  constructor(parser: SyntaxParser, dataFolder?: string) {
    this.#parser = parser;
    this.#dataFolder = dataFolder;
    this.#histories = new AnchorHistories(
      async (path, bytes, symbol) => (await this.#find(path, bytes, symbol, 0))?.text,
      anchorHash,
    );
  }

  async admit(
    { path, symbol, root: said }: MemoryAnchor,
    options: { wasAdmitted?: boolean | undefined } = {},
  ): Promise<MemoryAnchor> {
    // What may not be anchored to is not even looked for: only names are compared up to the gate.
    const full = resolve(checkedPathText(path));
    // Nothing of another machine is looked at for it, which would log in there, unless the user indexed that folder.
    if (isNetworkPath(full) && !isOfIndex(full, this.#dataFolder)) {
      throw new HaypileError(
        "HAYPILE_PATH_REFUSED",
        `A memory can be anchored to files of another machine only where they are indexed, but ${full} lies in no folder that is. Run "haypile index" there first.`,
        { data: { path, reason: "outside" } },
      );
    }
    const project = said ?? projectAbove(dirname(full), this.#dataFolder);
    const mayBeAlone = this.#dataFolder === undefined || options.wasAdmitted === true;
    const isRelative = said === undefined && !isWhole(path);
    if (isRelative || (project === undefined && !mayBeAlone)) {
      throw new HaypileError(
        "HAYPILE_PATH_REFUSED",
        `A memory can be anchored to files of a project, but ${full} lies in no folder that is indexed or a git repository. Run "haypile index" there first.`,
        { data: { path, reason: "outside" } },
      );
    }
    const folder = project ?? dirname(full);
    const own = passGate(folder, path);
    let root: string;
    try {
      root = await resolveRoot(folder);
    } catch (error) {
      throw fileError(error, `anchor a memory to ${full}`);
    }
    const real = join(root, ...own.split("/"));
    const skipped = own === "" ? "special" : await whySkipped(root, own, mostBytes);
    if (skipped === "vanished") {
      throw new HaypileError(
        "HAYPILE_PATH_MISSING",
        `Expected a file to anchor a memory to, but there is none at ${full}. Check the path.`,
        { data: { path } },
      );
    }
    if (skipped !== undefined && !stillAnchored.has(skipped)) {
      const why = skipReasons[skipped];
      throw new HaypileError(
        "HAYPILE_PATH_REFUSED",
        `A memory can be anchored to files that could be in an index of ${root}, but ${full} could not: ${why[0]?.toLowerCase()}${why.slice(1)}`,
        { data: { path, reason: skipped } },
      );
    }
    return { path: real, symbol };
  }

  async read({ path, symbol }: MemoryAnchor): Promise<AnchoredText | undefined> {
    const key = `${path}\0${symbol ?? ""}`;
    const inside = projectAbove(dirname(path), this.#dataFolder) ?? dirname(path);
    try {
      const facts = await lstat(path);
      const stamp = `${facts.dev} ${facts.ino} ${facts.ctimeMs} ${facts.mtimeMs} ${facts.size}`;
      const known = this.#kept.get(key);
      if (known?.stamp === stamp) return known.found;
      const bytes = await readBounded(path, { mostBytes, links: "refuse", inside });
      const found = await this.#find(path, bytes, symbol, facts.mtimeMs);
      this.#kept.delete(key);
      this.#kept.set(key, { stamp, found });
      if (this.#kept.size > mostKept) this.#kept.delete(this.#kept.keys().next().value as string);
      return found;
    } catch {
      return undefined;
    }
  }

  async past(
    questions: readonly PastQuestion[],
    limits: PastLimits,
  ): Promise<(AnchorPast | { why: string })[]> {
    return await this.#histories.past(questions, limits);
  }

  close(): void {
    this.#histories.close();
  }

  async lastCommit(path: string): Promise<{ commit: string; at: number } | undefined> {
    return await lastCommitOf(path, { limitMs: mostGitMs });
  }

  async #find(
    path: string,
    bytes: Buffer,
    symbol: string | undefined,
    modified: number,
  ): Promise<AnchoredText | undefined> {
    const asItIs = textOfFile(path, bytes)?.text;
    if (asItIs === undefined) return undefined;
    // The same text whichever line ends a checkout has; before, it was hashed with them.
    const decoded = asItIs.replaceAll("\r\n", "\n");
    const older = bytes.toString("utf8");
    const olderText = older === decoded ? undefined : older;
    if (symbol === undefined) return { text: decoded, modified, olderText };
    const text = await this.#definition(path, decoded, symbol);
    if (text === undefined) return undefined;
    const before = olderText && (await this.#definition(path, olderText, symbol));
    return { text, modified, olderText: before };
  }

  /** "name" or "Container.name"; several of one name count together. */
  async #definition(path: string, text: string, symbol: string): Promise<string | undefined> {
    const outcome = await this.#parser.parse({ path, language: languageOf(path, text), text });
    if ("failed" in outcome) return undefined;
    const lines = text.split("\n");
    const found = outcome.parsed.definitions.filter(
      ({ name, container }) => name === symbol || `${container}.${name}` === symbol,
    );
    if (found.length === 0) return undefined;
    return found
      .map(({ startLine, endLine }) => lines.slice(startLine - 1, endLine).join("\n"))
      .join("\n");
  }
}

/** The nearest project at or above a folder: one with an index, or a git repository. Undefined: there is none. */
export function projectAbove(folder: string, dataFolder: string | undefined): string | undefined {
  for (const at of foldersUpward(folder)) if (isProject(at, dataFolder)) return at;
  return undefined;
}

/** By the names of our own files alone. */
function isOfIndex(path: string, dataFolder: string | undefined): boolean {
  if (dataFolder === undefined) return false;
  for (const at of foldersUpward(dirname(path))) {
    if (existsSync(defaultDatabasePath(dataFolder, at))) return true;
  }
  return false;
}

function isProject(folder: string, dataFolder: string | undefined): boolean {
  return (
    hasGitEntry(folder) ||
    (dataFolder !== undefined && existsSync(defaultDatabasePath(dataFolder, folder)))
  );
}
