import type {
  ExactFile,
  ExactLine,
  ExactPlace,
  ExactTable,
  ExactUse,
  ScipNote,
  ScipStatus,
} from "../../../../ports/answers/exact-uses.ts";
import {
  decodeExact,
  type ExactList,
  encodeExact,
  mergeExact,
  mergeLines,
} from "../../../shared/exact/exact-list.ts";
import { DamagedNumbers } from "../../../shared/exact/numbers.ts";
import type { KeptFacts } from "../../../shared/index-meta.ts";
import { corruptError } from "../../../sqlite/file/errors.ts";
import type { PgValue } from "../../link/link.ts";
import type { Project } from "../project.ts";
import { askedPath } from "./rows.ts";

const noteKey = "scip";
/** Symbols of one question, as over SQLite: answers come in the same order. */
const mostAsked = 400;

type Letter = "d" | "u" | "h";

const exactSql = {
  nextRun: "SELECT coalesce(max(run), 0) + 1 FROM code_exact WHERE project = $1",
  files: `SELECT f.path, f.id, x.data, x.is_whole FROM unnest($2::text[], $3::text[]) AS a(path, hash)
    JOIN code_files AS f ON f.project = $1 AND f.path = a.path AND f.content_hash = a.hash
    LEFT JOIN code_exact AS x ON x.project = $1 AND x.file_id = f.id AND x.run = $4 AND x.content_hash = a.hash`,
  put: `INSERT INTO code_exact(project, file_id, content_hash, run, is_whole, data, keys)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    ON CONFLICT (project, file_id) DO UPDATE SET content_hash = excluded.content_hash, run = excluded.run,
      is_whole = excluded.is_whole, data = excluded.data, keys = excluded.keys`,
  removeOthers: "DELETE FROM code_exact WHERE project = $1 AND run <> $2",
  with: "SELECT path, data FROM code_exact_with($1, $2)",
  one: `SELECT data FROM code_exact WHERE project = $1 AND (file_id, content_hash) =
    (SELECT id, content_hash FROM code_files WHERE project = $1 AND path = $2)`,
  covered: `SELECT f.path, x.is_whole FROM unnest($2::text[]) AS a(path)
    JOIN code_files AS f ON f.project = $1 AND f.path = a.path
    JOIN code_exact AS x ON x.project = $1 AND x.file_id = f.id AND x.content_hash = f.content_hash`,
  valid: `SELECT count(*) FROM code_exact AS x JOIN code_files AS f
    ON f.project = $1 AND f.id = x.file_id AND f.content_hash = x.content_hash WHERE x.project = $1`,
} as const;

/** Keeps what SCIP indexes say, and looks it up. A list counts while its file has the text it was compared with. */
export class PgExactUses implements ExactTable {
  readonly #project: Project;
  readonly #facts: KeptFacts;
  #run = 0;

  constructor(project: Project, facts: KeptFacts) {
    this.#project = project;
    this.#facts = facts;
  }

  begin(note: ScipNote): void {
    this.#project.write(() => {
      this.#run = this.#lists("nextRun", [])[0]?.[0] as number;
      this.#facts.set(noteKey, JSON.stringify(note));
    });
  }

  put(files: readonly ExactFile[]): void {
    // A file that comes twice in one call is added to what came before.
    for (const some of eachOnce(files)) this.#project.write(() => this.#putAll(some));
  }

  end(note: ScipNote): void {
    this.#project.write(() => {
      this.#send("removeOthers", [this.#run]);
      this.#facts.set(noteKey, JSON.stringify(note));
    });
  }

  clear(): void {
    this.#project.write(() => {
      this.#send("removeOthers", [-1]);
      this.#facts.set(noteKey, "");
    });
  }

  status(): ScipStatus | undefined {
    const note = this.#note();
    return note && { ...note, valid: this.#lists("valid", [])[0]?.[0] as number };
  }

  symbolsOf(path: string, name: string, startLine: number, endLine: number): number[] {
    const own = (this.#listOf(path)?.definitions ?? []).filter(
      (one) => one.name === name && one.line >= startLine && one.line <= endLine,
    );
    const first = own[0]?.line;
    return [...new Set(own.filter(({ line }) => line === first).map(({ symbol }) => symbol))];
  }

  usesOf(symbols: readonly number[], limit: number): (ExactPlace & ExactLine)[] {
    const wanted = new Set(symbols);
    const found: (ExactPlace & ExactLine)[] = [];
    for (const { path, list } of this.#with("u", symbols)) {
      const own = list.uses.filter(({ symbol }) => wanted.has(symbol));
      for (const line of own.map(({ lines }) => lines).reduce(mergeLines, [])) {
        if (found.length >= limit) return found;
        found.push({ path, ...line });
      }
    }
    return found;
  }

  definitionsOf(symbols: readonly number[]): (ExactPlace & { symbol: number; name: string })[] {
    const wanted = new Set(symbols);
    const found: (ExactPlace & { symbol: number; name: string })[] = [];
    for (const { path, list } of this.#with("d", symbols)) {
      for (const { symbol, name, line } of list.definitions) {
        if (wanted.has(symbol)) found.push({ path, symbol, name, line });
      }
    }
    return found;
  }

  heirsOf(symbols: readonly number[]): (ExactPlace & { name: string })[] {
    const wanted = new Set(symbols);
    const found: (ExactPlace & { name: string })[] = [];
    for (const { path, list } of this.#with("h", symbols)) {
      const heirs = new Set(
        list.inherits.filter(({ from }) => wanted.has(from)).map(({ symbol }) => symbol),
      );
      for (const { symbol, name, line } of list.definitions) {
        if (heirs.has(symbol)) found.push({ path, name, line });
      }
    }
    return found;
  }

  covered(paths: readonly string[]): Map<string, boolean> {
    const isDone = this.#note()?.isDone === true;
    const rows = this.#lists("covered", [paths.map(askedPath)]) as [string, boolean][];
    return new Map(rows.map(([path, isWhole]) => [path, isDone && isWhole]));
  }

  usedIn(path: string, startLine: number, endLine: number): ExactUse[] {
    return (this.#listOf(path)?.uses ?? []).flatMap(({ symbol, nameHash, lines }) =>
      lines
        .filter(({ line }) => line >= startLine && line <= endLine)
        .map((line) => ({ symbol, nameHash, ...line })),
    );
  }

  #putAll(files: readonly ExactFile[]): void {
    const paths = files.map(({ path }) => askedPath(path));
    const hashes = files.map(({ contentHash }) => contentHash);
    const rows = this.#lists("files", [paths, hashes, this.#run]) as EarlierList[];
    const found = new Map(rows.map((row) => [row[0], row]));
    for (const { path, contentHash, isWhole, ...said } of files) {
      const earlier = found.get(path);
      // It was read again since it was compared.
      if (earlier === undefined) continue;
      const [, id, data, wasWhole] = earlier;
      const list = data === null ? said : mergeExact(this.#decode(data), said);
      const whole = isWhole && wasWhole !== false;
      const keys = this.#keysOf(list);
      this.#send("put", [id, contentHash, this.#run, whole, encodeExact(list), keys]);
    }
  }

  *#with(letter: Letter, symbols: readonly number[]): Generator<{ path: string; list: ExactList }> {
    for (let at = 0; at < symbols.length; at += mostAsked) {
      const asked = symbols
        .slice(at, at + mostAsked)
        .map((symbol) => keyOf(this.#project.id, letter, symbol));
      for (const [path, data] of this.#lists("with", [asked]) as [string, Uint8Array][]) {
        yield { path, list: this.#decode(data) };
      }
    }
  }

  #listOf(path: string): ExactList | undefined {
    const [row] = this.#lists("one", [askedPath(path)]) as [Uint8Array][];
    return row && this.#decode(row[0]);
  }

  #keysOf({ definitions, uses, inherits }: ExactList): string[] {
    const keys = new Set<string>();
    const { id } = this.#project;
    for (const { symbol } of definitions) keys.add(keyOf(id, "d", symbol));
    for (const { symbol } of uses) keys.add(keyOf(id, "u", symbol));
    for (const { from } of inherits) keys.add(keyOf(id, "h", from));
    return [...keys];
  }

  #note(): ScipNote | undefined {
    const text = this.#facts.get(noteKey) ?? "";
    if (text === "") return undefined;
    try {
      return JSON.parse(text) as ScipNote;
    } catch (error) {
      throw corruptError(this.#project.path, "the note of its SCIP index cannot be read", error);
    }
  }

  /** @throws HaypileError HAYPILE_DB_CORRUPT */
  #decode(data: Uint8Array): ExactList {
    try {
      return decodeExact(data);
    } catch (error) {
      if (!(error instanceof DamagedNumbers)) throw error;
      throw corruptError(this.#project.path, `a list of exact uses: ${error.message}`, error);
    }
  }

  #lists(sql: keyof typeof exactSql, values: readonly PgValue[]): unknown[][] {
    const { link, id } = this.#project;
    return link.lists(exactSql[sql], [id, ...values], { name: `code-exact-${sql}` });
  }

  #send(sql: keyof typeof exactSql, values: readonly PgValue[]): void {
    const { link, id } = this.#project;
    link.send(exactSql[sql], [id, ...values], { name: `code-exact-${sql}` });
  }
}

type EarlierList = [path: string, id: number, data: Uint8Array | null, isWhole: boolean | null];

function keyOf(project: number, letter: Letter, symbol: number): string {
  return `${project.toString(36)}/${letter}${symbol.toString(36)}`;
}

/** In their order, in as few parts as have no file twice. */
function eachOnce(files: readonly ExactFile[]): ExactFile[][] {
  const parts: ExactFile[][] = [];
  const counts = new Map<string, number>();
  for (const file of files) {
    const at = counts.get(file.path) ?? 0;
    counts.set(file.path, at + 1);
    const part = parts[at] ?? [];
    parts[at] = part;
    part.push(file);
  }
  return parts;
}
