/*
 * An import into several stores: each line goes to the store of its namespace, and all others see an empty line in its place, so
 * that lines keep their numbers in what is told of them. What names no namespace goes where "default" is kept.
 */
import type {
  ImportOptions,
  ImportResult,
  MemoryImport,
} from "../../../ports/answers/memory-reports.ts";
import type { Part, Parts } from "./parts.ts";

const mostListed = 1_000;

export class RoutedImport implements MemoryImport {
  readonly #parts: Parts;
  readonly #isText: boolean;
  readonly #imports: ReadonlyMap<Part, MemoryImport>;
  #rest = "";

  private constructor(parts: Parts, isText: boolean, imports: ReadonlyMap<Part, MemoryImport>) {
    this.#parts = parts;
    this.#isText = isText;
    this.#imports = imports;
  }

  static async open(parts: Parts, options: ImportOptions): Promise<MemoryImport> {
    const { namespace, asText = false } = options;
    if (namespace !== undefined) return await parts.of(namespace).memories.openImport(options);
    const imports = new Map<Part, MemoryImport>();
    for (const part of parts.all) imports.set(part, await part.memories.openImport(options));
    return new RoutedImport(parts, asText, imports);
  }

  async push(pieces: readonly string[]): Promise<void> {
    if (!this.#isText) return await this.#take(pieces, "");
    const lines = `${this.#rest}${pieces.join("")}`.split("\n");
    this.#rest = lines.pop() ?? "";
    await this.#take(lines, "\n");
  }

  async end(): Promise<ImportResult> {
    if (this.#rest !== "") await this.#take([this.#rest], "");
    const results: ImportResult[] = [];
    for (const one of this.#imports.values()) results.push(await one.end());
    const sum = (of: (result: ImportResult) => number): number =>
      results.reduce((all, result) => all + of(result), 0);
    const refused = results.flatMap((result) => result.refused).sort((a, b) => a.line - b.line);
    return {
      stored: sum(({ stored }) => stored),
      merged: sum(({ merged }) => merged),
      refused: refused.slice(0, mostListed),
      refusedCount: sum(({ refusedCount }) => refusedCount),
    };
  }

  async #take(lines: readonly string[], end: string): Promise<void> {
    if (lines.length === 0) return;
    const owners = lines.map((line) => this.#parts.of(namespaceOf(line)));
    for (const [part, importing] of this.#imports) {
      await importing.push(lines.map((line, at) => (owners[at] === part ? line : "") + end));
    }
  }
}

/** That of a line that is a whole record; undefined: it names none, or is a part of a larger text. */
export function namespaceOf(line: string): string | undefined {
  if (!/^\s*\{.*"namespace"/u.test(line)) return undefined;
  try {
    const { namespace } = JSON.parse(line) as { namespace?: unknown };
    return typeof namespace === "string" ? namespace : undefined;
  } catch {
    return undefined;
  }
}
