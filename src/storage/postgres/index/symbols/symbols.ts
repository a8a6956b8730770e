import type {
  FactRow,
  FileContents,
  FoldedName,
  ImportRow,
  NameCandidate,
  ReferenceRow,
  SymbolRow,
  SymbolTable,
} from "../../../../ports/symbols.ts";
import { type ReferenceKind, referenceKinds } from "../../../../ports/syntax.ts";
import { findNames } from "../../../shared/symbols/find-names.ts";
import { factKind, type ListedReference } from "../../../shared/symbols/reference-list.ts";
import { fileOfSymbol, placeOfSymbol, symbolIdOf } from "../../../shared/symbols/symbol-ids.ts";
import type { Project } from "../project.ts";
import { PgDefinitions } from "./definitions.ts";
import { Foreseen } from "./foreseen.ts";
import { PgImports } from "./imports.ts";
import { PgNames } from "./names.ts";
import { type OwnReferences, PgReferenceLists } from "./reference-lists.ts";
import { askedPath, most } from "./rows.ts";

/** Types as most languages write them. */
const typeName = /\b\p{Lu}\w+/gu;

/** What a use hangs on has names and types. */
const nameOn = /[\p{L}_$#][\w$]*/gu;

const symbolsSql = {
  paths: "SELECT path FROM code_files WHERE project = $1 ORDER BY path LIMIT $2",
  below: `SELECT path FROM code_files WHERE project = $1 AND path >= $2 AND path < $4
    AND (path = $2 OR path >= $3) ORDER BY path LIMIT $5`,
  counts: `SELECT (SELECT count(*) FROM code_symbols WHERE project = $1) AS definitions,
    (SELECT coalesce(sum(uses), 0) FROM code_names WHERE project = $1) AS "references",
    (SELECT count(*) FROM code_names WHERE project = $1 AND is_defined) AS names`,
} as const;

/**
 * Looks names, definitions and references of a project up. Each answer says what is likely asked next, so that a walk
 * over a graph goes to the server a few times a step (see Foreseen).
 */
export class PgSymbols implements Omit<SymbolTable, "exact"> {
  readonly #project: Project;
  readonly #names: PgNames;
  readonly #definitions: PgDefinitions;
  readonly #lists: PgReferenceLists;
  readonly #imports: PgImports;

  constructor(project: Project) {
    const foreseen = new Foreseen(project);
    this.#project = project;
    this.#names = new PgNames(project);
    this.#imports = new PgImports(project, foreseen);
    this.#lists = new PgReferenceLists(project, foreseen, (rows) =>
      this.#definitions.expectIds(rows.flatMap(holdersOf)),
    );
    this.#definitions = new PgDefinitions(project, foreseen, (rows) => this.#found(rows));
  }

  findNames(query: string, limit: number): NameCandidate[] {
    return findNames(this.#names, query, limit);
  }

  namesFolded(folded: readonly string[], limit: number): FoldedName[] {
    return this.#names.folded(folded, limit);
  }

  namesWritten(names: readonly string[]): { nameId: number; name: string }[] {
    return this.#names.written(names);
  }

  definitionsOf(nameIds: readonly number[], limit: number): SymbolRow[] {
    return this.#definitions.ofNames(nameIds, limit);
  }

  eachDefinitionOf(nameIds: readonly number[], take: (row: SymbolRow) => void): void {
    for (const row of this.#definitions.eachOf(nameIds)) take(row);
  }

  definitionsNamed(name: string, limit: number): SymbolRow[] {
    return this.#definitions.named(name, limit);
  }

  definitionsIn(path: string): SymbolRow[] | undefined {
    return this.#definitions.inFile(path);
  }

  definitionsAt(places: readonly { path: string; line: number }[]): (SymbolRow | undefined)[] {
    return this.#definitions.at(places);
  }

  referencesTo(name: string, limit: number, paths?: readonly string[]): ReferenceRow[] {
    const found: (Omit<ReferenceRow, "within"> & { holder: number })[] = [];
    const lists =
      limit < 1 ? [] : paths ? this.#lists.of(name, paths) : this.#lists.with(name, limit);
    for (const { path, language, fileId, references } of lists) {
      for (const { line, kind, within, on } of references) {
        if (kind === factKind || found.length >= limit) continue;
        const holder = within < 0 ? -1 : symbolIdOf(fileId, within);
        found.push({ path, language, line, kind: kindOf(kind), on, holder });
      }
      if (found.length >= limit) break;
    }
    const holders = this.#definitions.byIds(
      found.map(({ holder }) => holder).filter((holder) => holder >= 0),
    );
    const files = [...new Set(found.map(({ path }) => path))];
    this.#imports.expect(files);
    this.#definitions.expectFiles(files);
    this.#lists.expect([...holders.keys()].map(fileOfSymbol));
    this.#lists.expectNames([...holders.values()].map((one) => one.name));
    this.#definitions.expectNames([
      ...[...holders.values()].map((one) => one.name),
      ...found.flatMap(({ on }) => on.match(nameOn) ?? []),
    ]);
    return found.map(({ holder, ...row }) => ({ ...row, within: holders.get(holder) }));
  }

  referencesWithin(
    symbolId: number,
  ): { name: string; kind: ReferenceKind; line: number; on: string }[] {
    const place = placeOfSymbol(symbolId);
    const all = this.#lists.ofFile(fileOfSymbol(symbolId)) ?? [];
    const own = all.filter(({ within, kind }) => within === place && kind !== factKind);
    const names = this.#names.byIds(own.map(({ nameId }) => nameId));
    const found = own.map((one) => ({
      name: names.get(one.nameId) ?? "",
      kind: kindOf(one.kind),
      line: one.line,
      on: one.on,
    }));
    this.#definitions.expectNames([
      ...names.values(),
      ...own.flatMap(({ on }) => on.match(nameOn) ?? []),
    ]);
    return found.sort(byLineAndName);
  }

  importsOf(paths: readonly string[]): ImportRow[] {
    return this.#imports.of(paths);
  }

  importsNamed(names: readonly string[], limit: number): ImportRow[] {
    return this.#imports.named(names, limit);
  }

  factsNamed(name: string, paths: readonly string[]): FactRow[] {
    const facts = this.#lists.of(name, paths).flatMap(({ path, language, fileId, references }) =>
      references
        .filter(({ kind }) => kind === factKind)
        .map(({ on, within }) => ({
          ...{ path, language, is: on },
          holder: within < 0 ? -1 : symbolIdOf(fileId, within),
        })),
    );
    const holders = this.#definitions.byIds(
      facts.map(({ holder }) => holder).filter((holder) => holder >= 0),
    );
    return facts.map(({ holder, ...fact }) => ({ ...fact, within: holders.get(holder) }));
  }

  exportsAs(alias: string, limit: number): ImportRow[] {
    return this.#imports.exportedAs(alias, limit);
  }

  contentsOf(paths: readonly string[]): FileContents[] {
    if (paths.length === 0) return [];
    const lists = new Map(this.#lists.ofPaths(paths).map((one) => [one.path, one]));
    const ids = [...lists.values()].flatMap(({ references }) =>
      references.map((one) => one.nameId),
    );
    const names = this.#names.byIds(ids);
    const definitions = this.#definitions.inFiles([...lists.keys()]);
    const imports = Map.groupBy(this.#imports.of(paths), ({ path }) => path);
    return paths.flatMap((path) => {
      const list = lists.get(path);
      if (list === undefined) return [];
      return [
        {
          ...{ path, language: list.language, definitions: definitions.get(path) ?? [] },
          references: ownReferences(list.fileId, list.references, names),
          imports: imports.get(path) ?? [],
        },
      ];
    });
  }

  pathsBelow(folder: string, limit: number): string[] {
    const { link, id } = this.#project;
    const own = askedPath(folder);
    const rows =
      folder === ""
        ? link.lists(symbolsSql.paths, [id, most(limit)], { name: "code-paths" })
        : link.lists(symbolsSql.below, [id, own, `${own}/`, `${own}0`, most(limit)], {
            name: "code-paths-below",
          });
    return (rows as [string][]).map(([path]) => path);
  }

  counts(): { definitions: number; references: number; names: number } {
    const { link, id } = this.#project;
    const [row] = link.rows<ReturnType<PgSymbols["counts"]>>(symbolsSql.counts, [id]);
    return row ?? { definitions: 0, references: 0, names: 0 };
  }

  /** Where definitions of a name may be meant, it is looked at what their files import, hold and are based on. */
  #found(rows: readonly SymbolRow[]): void {
    const paths = rows.map(({ path }) => path);
    this.#definitions.expectFiles(paths);
    this.#imports.expect(paths);
    this.#imports.expectNames(rows.map(({ name }) => name));
    this.#lists.expect(rows.map(({ id }) => fileOfSymbol(id)));
    this.#definitions.expectNames(
      rows.flatMap(({ container, signature }) => [
        ...container.split("."),
        ...(signature.match(typeName) ?? []),
      ]),
    );
  }
}

/** Definitions around the uses of a file. */
function holdersOf({ fileId, references }: OwnReferences): number[] {
  return references
    .filter(({ within }) => within >= 0)
    .map(({ within }) => symbolIdOf(fileId, within));
}

function ownReferences(
  fileId: number,
  references: readonly ListedReference[],
  names: ReadonlyMap<number, string>,
): FileContents["references"] {
  return references
    .filter(({ kind }) => kind !== factKind)
    .map(({ nameId, kind, line, within, on }) => ({
      ...{ name: names.get(nameId) ?? "", kind: kindOf(kind), line, on },
      within: within < 0 ? 0 : symbolIdOf(fileId, within),
    }))
    .sort(byLineAndName);
}

function byLineAndName(
  a: { line: number; name: string },
  b: { line: number; name: string },
): number {
  return a.line - b.line || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
}

function kindOf(kind: number): ReferenceKind {
  return referenceKinds[kind] ?? "call";
}
