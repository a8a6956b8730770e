import { hash32 } from "../../../../base/text/names.ts";
import type { FoldedName } from "../../../../ports/symbols.ts";
import type { NameQuestion, NameRow, NameSource } from "../../../shared/symbols/find-names.ts";
import type { PgValue } from "../../link/link.ts";
import { restored, stored } from "../../stored-text.ts";
import type { Project } from "../project.ts";
import { most } from "./rows.ts";

/** Folded names are compared up to here: an entry of an index has room for it. */
export const mostFolded = 400;

const namesSql = {
  folded: `SELECT n.id, n.name, n.folded FROM unnest($2::text[]) WITH ORDINALITY AS a(folded, at)
    JOIN code_names AS n ON n.project = $1 AND n.is_defined AND n.folded = a.folded
    ORDER BY a.at, n.id LIMIT $3`,
  written: `SELECT n.id, n.name FROM unnest($2::int4[], $3::text[]) AS a(hash, name)
    JOIN code_names AS n ON n.project = $1 AND n.hash = a.hash AND n.name = a.name AND n.is_defined`,
  byIds: "SELECT id, name FROM code_names WHERE project = $1 AND id = ANY($2::int4[])",
} as const;

/** Names that were asked for by their number: those never change. */
const mostKnown = 10_000;

/** Looks names up. */
export class PgNames implements NameSource {
  readonly #project: Project;
  readonly #known = new Map<number, string>();

  constructor(project: Project) {
    this.#project = project;
  }

  ask(questions: readonly NameQuestion[]): NameRow[][] {
    const { text, values } = questionsSql(this.#project.id, questions);
    const name = `code-names-${questions.map(({ by }) => by[0] ?? "").join("")}`;
    const rows = this.#project.link.lists(text, values, { name });
    const answers: NameRow[][] = questions.map(() => []);
    for (const [at, nameId, own, folded] of rows as [number, number, string, string][]) {
      answers[at]?.push({ nameId, name: restored(own), folded });
    }
    return answers;
  }

  folded(folded: readonly string[], limit: number): FoldedName[] {
    if (folded.length === 0) return [];
    const asked = folded.map((text) => stored(text.slice(0, mostFolded)));
    const rows = this.#lists("folded", [asked, most(limit)]) as [number, string, string][];
    return rows.map(([nameId, name, own]) => ({ nameId, name: restored(name), folded: own }));
  }

  written(names: readonly string[]): { nameId: number; name: string }[] {
    if (names.length === 0) return [];
    const hashes = names.map((name) => hash32(name) | 0);
    const rows = this.#lists("written", [hashes, names.map(stored)]) as [number, string][];
    return rows.map(([nameId, name]) => ({ nameId, name: restored(name) }));
  }

  /** Names by their numbers. */
  byIds(ids: Iterable<number>): ReadonlyMap<number, string> {
    const found = new Map<number, string>();
    const missing: number[] = [];
    for (const id of new Set(ids)) {
      const known = this.#known.get(id);
      if (known === undefined) missing.push(id);
      else found.set(id, known);
    }
    if (missing.length === 0) return found;
    if (this.#known.size + missing.length > mostKnown) this.#known.clear();
    for (const [id, name] of this.#lists("byIds", [missing]) as [number, string][]) {
      found.set(id, restored(name));
      // What a transaction has written it may take back.
      if (!this.#project.link.inTransaction) this.#known.set(id, restored(name));
    }
    return found;
  }

  #lists(sql: keyof typeof namesSql, values: readonly PgValue[]): unknown[][] {
    const { link, id } = this.#project;
    return link.lists(namesSql[sql], [id, ...values], { name: `code-names-${sql}` });
  }
}

/** All questions as one statement: one way to the server and back. */
function questionsSql(
  project: number,
  questions: readonly NameQuestion[],
): { text: string; values: PgValue[] } {
  const values: PgValue[] = [project];
  const put = (value: PgValue): string => `$${values.push(value)}`;
  const parts = questions.map((one, at) => {
    const names = `SELECT ${at}::int4 AS question, id, name, folded FROM code_names WHERE project = $1 AND is_defined`;
    switch (one.by) {
      case "name":
        return `(${names} AND hash = ${put(hash32(one.name) | 0)} AND name = ${put(stored(one.name))})`;
      case "folded":
        return `(SELECT ${at}::int4, n.id, n.name, n.folded
          FROM unnest(${put(one.folded.map((text) => text.slice(0, mostFolded)))}::text[]) WITH ORDINALITY AS a(folded, at)
          JOIN code_names AS n ON n.project = $1 AND n.is_defined AND n.folded = a.folded
          ORDER BY a.at, n.id LIMIT ${put(most(one.limit))})`;
      case "begin": {
        const begin = one.begin.slice(0, mostFolded);
        return `(${names} AND folded >= ${put(begin)} AND folded < ${put(`${begin}\u{10ffff}`)}
          ORDER BY folded, id LIMIT ${put(most(one.limit))})`;
      }
      default: {
        const joined = one.words
          .map((word) => lexeme(project, word))
          .join(one.by === "all words" ? " & " : " | ");
        return `(SELECT ${at}::int4, id, name, folded FROM code_names_with($1, ${put(joined)}::text::tsquery, ${put(most(one.limit))}))`;
      }
    }
  });
  return { text: parts.join(" UNION ALL "), values };
}

/** Words of a project's names, as its lists have them. */
export function projectWords(project: number, words: string): string[] {
  const own = new Set(words.split(" ").map(plain));
  own.delete("");
  return [...own].map((word) => `${keyOf(project)}${word}`);
}

/** A word of a query, as a tsquery has it; one that ends in "*" is a beginning. */
function lexeme(project: number, word: string): string {
  const isBegin = word.endsWith("*");
  const text = `${keyOf(project)}${plain(isBegin ? word.slice(0, -1) : word)}`;
  return `'${text.replace(/['\\]/g, "$&$&")}'${isBegin ? ":*" : ""}`;
}

function keyOf(project: number): string {
  return `${project.toString(36)}/`;
}

const beyondAscii = /[\u0080-\uffff]/;
const mark = /\p{M}/gu;

/** As the tokenizer of SQLite leaves it. */
function plain(word: string): string {
  return beyondAscii.test(word) ? word.normalize("NFD").replace(mark, "") : word;
}
