import {
  type ExactFile,
  type ExactLine,
  type ExactPlace,
  type ExactTable,
  type ExactUse,
  exactHows,
  type ScipNote,
  type ScipStatus,
} from "../../src/ports/answers/exact-uses.ts";
import type { Opened } from "./map-store.ts";

interface Kept extends ExactFile {
  run: number;
}

/** Exact uses as they were put, looked through at every question. */
export class MapExact implements ExactTable {
  readonly #data: Opened;
  #kept: Kept[] = [];
  #note: ScipNote | undefined;
  #run = 0;

  constructor(data: Opened) {
    this.#data = data;
  }

  begin(note: ScipNote): void {
    this.#data();
    this.#run += 1;
    this.#note = note;
  }

  put(files: readonly ExactFile[]): void {
    for (const file of files) {
      if (this.#data().files.get(file.path)?.contentHash !== file.contentHash) continue;
      this.#kept = this.#kept.filter((one) => one.path !== file.path || one.run === this.#run);
      this.#kept.push({ ...file, run: this.#run });
    }
  }

  end(note: ScipNote): void {
    this.#kept = this.#kept.filter(({ run }) => run === this.#run);
    this.#note = note;
  }

  clear(): void {
    this.#kept = [];
    this.#note = undefined;
  }

  status(): ScipStatus | undefined {
    const valid = new Set(this.#valid().map(({ path }) => path)).size;
    return this.#note && { ...this.#note, valid };
  }

  symbolsOf(path: string, name: string, startLine: number, endLine: number): number[] {
    const own = this.#valid()
      .filter((file) => file.path === path)
      .flatMap(({ definitions }) => definitions)
      .filter((one) => one.name === name && one.line >= startLine && one.line <= endLine);
    const first = Math.min(...own.map(({ line }) => line));
    return unique(own.filter(({ line }) => line === first).map(({ symbol }) => symbol));
  }

  usesOf(symbols: readonly number[], limit: number): (ExactPlace & ExactLine)[] {
    const found = new Map<string, ExactPlace & ExactLine>();
    for (const { path, uses } of this.#valid()) {
      for (const { lines } of uses.filter(({ symbol }) => symbols.includes(symbol))) {
        for (const one of lines) {
          const key = `${path} ${one.line}`;
          const before = found.get(key)?.how;
          const how = exactHows.find((how) => how === one.how || how === before) ?? one.how;
          found.set(key, { path, line: one.line, how });
        }
      }
    }
    return [...found.values()]
      .sort((a, b) => (a.path === b.path ? a.line - b.line : a.path < b.path ? -1 : 1))
      .slice(0, limit);
  }

  definitionsOf(symbols: readonly number[]): (ExactPlace & { symbol: number; name: string })[] {
    return this.#valid().flatMap(({ path, definitions }) =>
      definitions.filter(({ symbol }) => symbols.includes(symbol)).map((one) => ({ path, ...one })),
    );
  }

  heirsOf(symbols: readonly number[]): (ExactPlace & { name: string })[] {
    return this.#valid().flatMap(({ path, definitions, inherits }) => {
      const heirs = inherits.filter(({ from }) => symbols.includes(from));
      return definitions
        .filter((one) => heirs.some(({ symbol }) => symbol === one.symbol))
        .map(({ name, line }) => ({ path, name, line }));
    });
  }

  covered(paths: readonly string[]): Map<string, boolean> {
    const found = new Map<string, boolean>();
    for (const { path, isWhole } of this.#valid()) {
      if (!paths.includes(path)) continue;
      found.set(path, isWhole && this.#note?.isDone === true && found.get(path) !== false);
    }
    return found;
  }

  usedIn(path: string, startLine: number, endLine: number): ExactUse[] {
    return this.#valid()
      .filter((file) => file.path === path)
      .flatMap(({ uses }) => uses)
      .flatMap(({ symbol, nameHash, lines }) =>
        lines.map((line) => ({ symbol, nameHash, ...line })),
      )
      .filter(({ line }) => line >= startLine && line <= endLine);
  }

  #valid(): Kept[] {
    const { files } = this.#data();
    return this.#kept.filter(
      ({ path, contentHash }) => files.get(path)?.contentHash === contentHash,
    );
  }
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
