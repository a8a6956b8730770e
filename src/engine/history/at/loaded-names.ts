/* Names of definitions of the files that were read at a commit, and how they are found. */
import { foldName } from "../../../base/text/names.ts";
import type { SymbolRow } from "../../../ports/symbols.ts";

interface KnownName {
  nameId: number;
  name: string;
  folded: string;
  rows: SymbolRow[];
}

/** Where the parts of a name meet. */
const seam =
  /[^\p{L}\p{N}]+|(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})|(?<=\p{L})(?=\p{N})|(?<=\p{N})(?=\p{L})/gu;
/** Words of a question that a name must have. */
const mostWords = 8;

export class LoadedNames {
  readonly #byName = new Map<string, KnownName>();
  readonly #byId: KnownName[] = [];
  readonly #byFolded = new Map<string, KnownName[]>();

  get count(): number {
    return this.#byId.length;
  }

  add(rows: readonly SymbolRow[]): void {
    for (const row of rows) {
      const known = this.#byName.get(row.name);
      if (known !== undefined) {
        known.rows.push(row);
        continue;
      }
      const folded = foldName(row.name);
      const made = { nameId: this.#byId.length, name: row.name, folded, rows: [row] };
      this.#byId.push(made);
      this.#byName.set(row.name, made);
      const same = this.#byFolded.get(folded);
      if (same === undefined) this.#byFolded.set(folded, [made]);
      else same.push(made);
    }
  }

  named(name: string): KnownName[] {
    const known = this.#byName.get(name);
    return known === undefined ? [] : [known];
  }

  folded(folded: string): readonly KnownName[] {
    return this.#byFolded.get(folded) ?? [];
  }

  rowsOf(nameId: number): readonly SymbolRow[] {
    return this.#byId[nameId]?.rows ?? [];
  }

  /** By their spelling without case and signs. */
  where(fits: (name: KnownName) => boolean): KnownName[] {
    return this.#byId.filter(fits).sort((a, b) => (a.folded < b.folded ? -1 : 1));
  }

  /** Names that have all words of a question. */
  withWords(asked: string): KnownName[] {
    const words = wordsOf(asked).filter((word) => word.length > 1);
    if (words.length === 0) return [];
    const wanted = words.slice(0, mostWords);
    return this.where(({ name }) => {
      const own = new Set(wordsOf(name));
      return wanted.every((word) => own.has(word));
    });
  }
}

function wordsOf(text: string): string[] {
  return text
    .split(seam)
    .filter((word) => word !== "")
    .map((word) => word.normalize("NFKC").toLowerCase());
}
