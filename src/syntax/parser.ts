/* Chooses how a file is parsed: by its lines, by a light grammar, or by a heavy one. */
import { existsSync } from "node:fs";
import type { ParseOutcome, SyntaxParser } from "../ports/syntax.ts";
import { hasGrammar, syntaxOf } from "./languages/index.ts";
import { linesDefine } from "./lines/index.ts";
import { closedError, ParseLane } from "./parse-lane.ts";
import { hasParts, mergeParts, partsOf } from "./parts.ts";

export interface ParserOptions {
  /** Folder with the grammars, a file each. */
  grammars: string;
  /**
   * Work one file may take, in steps of tree-sitter, a hundred operations each. Default 100,000: five times what an
   * ordinary file of 1 MB takes, some ten seconds of a CPU.
   */
  mostSteps?: number | undefined;
  /** CPU time one file may take beside that, milliseconds. Default 60,000. */
  mostCpuMs?: number | undefined;
  /** Longer texts are not parsed, characters. Default 1,000,000. */
  maxChars?: number | undefined;
  /**
   * One process for all grammars, for where memory is scarce: slower, and started anew when it has so many bytes for
   * itself. Default: two processes, as large as they get.
   */
  oneProcessBytes?: number | undefined;
  /** Runs the parse of a file when there is memory for it. Default: at once. */
  inRoom?:
    | ((
        file: { language: string; text: string },
        run: () => Promise<ParseOutcome>,
      ) => Promise<ParseOutcome>)
    | undefined;
}

export class TreeSitterParser implements SyntaxParser {
  readonly #grammars: string;
  readonly #maxChars: number;
  readonly #light: ParseLane;
  readonly #heavy: ParseLane;
  readonly #inRoom: NonNullable<ParserOptions["inRoom"]>;
  #closed = false;

  constructor(options: ParserOptions) {
    const { grammars, maxChars = 1_000_000, oneProcessBytes } = options;
    const { mostSteps = 100_000, mostCpuMs = 60_000 } = options;
    const lane = { grammars, mostSteps, mostCpuMs };
    this.#inRoom = options.inRoom ?? ((_file, run) => run());
    this.#grammars = grammars;
    this.#maxChars = maxChars;
    this.#heavy = new ParseLane({ ...lane, baselineOnly: true, oneProcessBytes });
    this.#light =
      oneProcessBytes === undefined ? new ParseLane({ ...lane, baselineOnly: false }) : this.#heavy;
  }

  knows(language: string): boolean {
    return linesDefine(language) !== undefined || hasGrammar(language) || hasParts.has(language);
  }

  /** Ids of the processes that run now. */
  get pids(): number[] {
    const pids = [this.#light.pid, this.#heavy.pid].filter((pid) => pid !== undefined);
    return [...new Set(pids)];
  }

  async parse(file: { path: string; language: string; text: string }): Promise<ParseOutcome> {
    const parts = partsOf(file);
    if (parts === undefined) return await this.#parseWhole(file);
    const outcomes = await Promise.all(parts.map((part) => this.#parseWhole(part)));
    return mergeParts(file, parts, outcomes);
  }

  async #parseWhole(file: { path: string; language: string; text: string }): Promise<ParseOutcome> {
    const byLines = linesDefine(file.language);
    if (byLines !== undefined) return { parsed: byLines(file.text) };
    const syntax = syntaxOf(file.language, file.path, file.text);
    if (syntax === undefined) return { failed: "no-grammar" };
    if (this.#closed) throw closedError();
    if (file.text.length > this.#maxChars) return { failed: "too-large" };
    // Node without its compilers (--jitless) has no WebAssembly, of which grammars are made.
    const canRun = "WebAssembly" in globalThis;
    if (!canRun || !existsSync(this.#grammars)) return { failed: "grammar-failed" };
    const lane = syntax.isHeavy === true ? this.#heavy : this.#light;
    return await this.#inRoom(file, () => lane.parse(file));
  }

  async rest(): Promise<void> {
    await Promise.all([this.#light.rest(), this.#heavy.rest()]);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([this.#light.end(), this.#heavy.end()]);
  }
}
