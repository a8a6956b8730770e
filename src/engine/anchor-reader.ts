/* Reads what memories are anchored to: a file, or a definition in it as the parser sees it. */
import { stat } from "node:fs/promises";
import { readBounded } from "../base/read-file.ts";
import { languageOf } from "../indexing/language.ts";
import type { AnchoredText, AnchorReader } from "../ports/anchor-reader.ts";
import type { SyntaxParser } from "../ports/syntax.ts";
import { lastCommitOf } from "./git.ts";

/** Larger files are no code that somebody wrote. */
const mostBytes = 4 * 1_024 * 1_024;
/** A commit is named beside the answer: it is not waited for longer. */
const mostGitMs = 5_000;
/** Texts by file and definition that are known while the file's time and size stay the same. */
const mostKept = 64;

export class CodeAnchorReader implements AnchorReader {
  readonly #parser: SyntaxParser;
  readonly #kept = new Map<string, { stamp: string; found: AnchoredText | undefined }>();

  constructor(parser: SyntaxParser) {
    this.#parser = parser;
  }

  async read({
    path,
    symbol,
  }: {
    path: string;
    symbol?: string;
  }): Promise<AnchoredText | undefined> {
    const stats = await stat(path).catch(() => undefined);
    if (stats?.isFile() !== true || stats.size > mostBytes) return undefined;
    const key = `${path}\0${symbol ?? ""}`;
    const stamp = `${stats.mtimeMs} ${stats.size}`;
    const known = this.#kept.get(key);
    if (known?.stamp === stamp) return known.found;
    const text = await readBounded(path, { mostBytes, links: "refuse" }).then(
      (bytes) => bytes.toString("utf8"),
      () => undefined,
    );
    if (text === undefined) return undefined;
    const part = symbol === undefined ? text : await this.#definition(path, text, symbol);
    const found = part === undefined ? undefined : { text: part, modified: stats.mtimeMs };
    this.#kept.delete(key);
    this.#kept.set(key, { stamp, found });
    if (this.#kept.size > mostKept) this.#kept.delete(this.#kept.keys().next().value as string);
    return found;
  }

  async lastCommit(path: string): Promise<{ commit: string; at: number } | undefined> {
    return await lastCommitOf(path, { limitMs: mostGitMs });
  }

  /** "name" or "Container.name"; several of one name count together. */
  async #definition(path: string, text: string, symbol: string): Promise<string | undefined> {
    const outcome = await this.#parser.parse({ path, language: languageOf(path), text });
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
