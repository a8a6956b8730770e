/*
 * How the server answers questions about definitions: as a member of a team, under row level security, over two projects with
 * some thousand files. No table is read as a whole; what is looked up in lists is looked up by its index, which no plan that a
 * member sees tells: the server's own counts of scans do.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hash32 } from "../../../src/base/text/names.ts";
import type { ParsedFile } from "../../../src/ports/syntax.ts";
import { madeProject, Project } from "../../../src/storage/postgres/index/project.ts";
import { PgExactUses } from "../../../src/storage/postgres/index/symbols/exact-uses.ts";
import { PgSymbolWriter } from "../../../src/storage/postgres/index/symbols/symbol-writer.ts";
import { PgSymbols } from "../../../src/storage/postgres/index/symbols/symbols.ts";
import type { PgLink, PgValue } from "../../../src/storage/postgres/link/link.ts";
import { whyNoPostgres } from "../../helpers/postgres.ts";
import { codeOf } from "../../helpers/store-files.ts";
import { type TeamStore, teamStore } from "../../helpers/team/team-store.ts";

const files = 4_000;
/** Files with definitions; all others are there to be passed over. */
const parsed = 600;
const perFile = 12;
const facts = { get: () => undefined, set: () => undefined };

interface Asked {
  text: string;
  values: readonly PgValue[];
}

describe.skipIf(whyNoPostgres !== undefined)("questions about definitions in PostgreSQL", () => {
  let store: TeamStore;
  let member: PgLink;
  let project: Project;
  const asked = new Map<string, Asked>();

  beforeAll(async () => {
    store = await teamStore();
    for (const name of ["ours", "theirs"])
      fill(new Project(store.link, name, madeProject(store.link, name)));
    await store.database.ask("ANALYZE");
    const role = await store.person("reader");
    store.team.grant(role, [{ scope: "project", name: "ours", can: "read" }]);
    member = store.linkAs(role);
    project = new Project(noting(member, asked), "ours", madeProject(store.link, "ours"));
  });
  afterAll(() => store?.close());

  it("are answered by indexes, a member's too", async () => {
    const before = await scans(store);
    ask(project);
    member.lists("SELECT pg_stat_force_next_flush()");
    await expect
      .poll(async () => gains(before, await scans(store)).lists)
      .toEqual(["code_exact", "code_name_words", "code_refs"]);
    expect(gains(before, await scans(store)).whole).toEqual([]);
  });

  it("have plans that begin with the project", () => {
    expect(asked.size).toBeGreaterThan(16);
    const used = new Set<string>();
    for (const { text, values } of asked.values()) {
      const [row] = member.lists(`EXPLAIN (FORMAT JSON) ${text}`, values);
      for (const node of nodesOf(row?.[0])) {
        expect(`${node["Node Type"]} ${node["Relation Name"] ?? ""}`, text).not.toMatch(
          /^Seq Scan code_(?!projects)/,
        );
        if (typeof node["Index Name"] === "string") used.add(indexOf(node["Index Name"]));
        if (
          /^Index/.test(String(node["Node Type"])) &&
          /^code_/.test(String(node["Relation Name"]))
        ) {
          expect(String(node["Index Cond"]), text).toContain("project = ");
        }
      }
    }
    expect([...used].sort()).toEqual([
      "code_exact_pkey",
      "code_files_pkey",
      "code_files_project_path_key",
      "code_imports_pkey",
      "code_imports_project_alias_hash_file_id_ordinal_idx",
      "code_imports_project_name_hash_file_id_ordinal_idx",
      "code_names_pkey",
      "code_names_project_folded_id_idx",
      "code_names_project_hash_id_idx",
      "code_refs_pkey",
      "code_symbols_pkey",
      "code_symbols_project_name_id_file_id_ordinal_idx",
    ]);
  });

  it("find the innermost definition of a line in the index alone", () => {
    const [at] = [...asked.values()].filter(({ text }) => text.includes("one.start_line <="));
    const [row] = member.lists(`EXPLAIN (FORMAT JSON) ${at?.text}`, at?.values);
    const kinds = nodesOf(row?.[0])
      .filter((node) => /^code_symbols/.test(String(node["Relation Name"])))
      .map((node) => node["Node Type"]);
    expect(kinds).toContain("Index Only Scan");
  });

  it("say nothing of a project that was not granted", () => {
    const other = new Project(member, "theirs", madeProject(store.link, "theirs"));
    const symbols = new PgSymbols(other);
    expect(symbols.findNames("partThing500", 9)).toEqual([]);
    expect(symbols.findNames("thing500", 9)).toEqual([]);
    expect(codeOf(() => symbols.referencesTo("partThing500", 9))).toBe("HAYPILE_NOT_INDEXED");
    const uses = `SELECT path FROM code_refs_with($1, ARRAY['partThing500'], ARRAY[$2::int4], ARRAY[9], '')`;
    const hash = hash32("partThing500") | 0;
    expect(member.lists(uses, [other.id, hash])).toEqual([]);
    expect(member.lists(uses, [project.id, hash])).toHaveLength(3);
    expect(symbols.pathsBelow("", 9)).toEqual([]);
    expect(codeOf(() => symbols.definitionsIn("f/1.ts"))).toBe("HAYPILE_NOT_INDEXED");
    expect(new PgExactUses(other, facts).usesOf([5], 9)).toEqual([]);
    expect(new PgSymbols(project).referencesTo("partThing500", 9)).toHaveLength(3);
  });
});

function fill(project: Project): void {
  const { link, id } = project;
  const writer = new PgSymbolWriter(link, id);
  const syntax = (file: number): ParsedFile =>
    ({
      definitions: Array.from({ length: perFile }, (_, at) => ({
        ...{ name: `partThing${file * perFile + at}`, kind: "function", container: "" },
        ...{ signature: `function of ${file}`, doc: "says what it is", visibility: "public" },
        ...{ startLine: at * 10 + 1, headLine: at * 10 + 1, endLine: at * 10 + 9 },
        bodyHash: "0".repeat(16),
      })),
      references: Array.from({ length: 2 * perFile }, (_, at) => ({
        ...{ name: `partThing${(file * 7 + at * 31) % (parsed * perFile)}`, kind: "call" },
        ...{ line: at * 5 + 1, within: at % perFile, on: "" },
      })),
      imports: [
        {
          module: `./${file + 1}.ts`,
          name: `partThing${file}`,
          alias: `other${file}`,
          line: 1,
          isExport: file % 2 === 0,
        },
      ],
      hasErrors: false,
    }) as ParsedFile;
  project.write(() => {
    link.send(
      `INSERT INTO code_files(project, id, path, size_bytes, mtime_ms, read_ms, content_hash, language, size, words)
       SELECT $1, n, 'f/' || n || '.ts', 1, 1, 1, '00', 'typescript', 1, '' FROM generate_series(1, $2::int4) AS n`,
      [id, files],
    );
    const all = Array.from({ length: parsed }, (_, at) => at + 1);
    writer.replace(all.map((file) => ({ fileId: file, syntax: syntax(file), isNew: true })));
  });
  const exact = new PgExactUses(project, facts);
  exact.put(
    Array.from({ length: parsed }, (_, at) => ({
      ...{ path: `f/${at + 1}.ts`, contentHash: "00", isWhole: true },
      definitions: [{ symbol: at, name: "one", line: 1 }],
      uses: [{ symbol: at + 1, nameHash: 1, lines: [{ line: 3, how: "call" as const }] }],
      inherits: [{ symbol: at, from: at + 2 }],
    })),
  );
}

/** Every question but how much there is, which counts a project's rows. */
function ask(project: Project): void {
  const symbols = new PgSymbols(project);
  expect(symbols.findNames("partThing500", 9)).toHaveLength(1);
  expect(symbols.findNames("partThing", 9)).toHaveLength(9);
  expect(symbols.findNames("thing500", 9)).toMatchObject([{ name: "partThing500", match: "part" }]);
  expect(symbols.findNames("partTing500", 3).map(({ match }) => match)).toContain("typo");
  expect(symbols.namesFolded(["partthing500", "none"], 9)).toHaveLength(1);
  const [name] = symbols.namesWritten(["partThing500"]);
  expect(symbols.definitionsOf([name?.nameId ?? 0], 9)).toHaveLength(1);
  symbols.eachDefinitionOf([name?.nameId ?? 0], () => undefined);
  const [row] = symbols.definitionsNamed("partThing600", 9);
  expect(symbols.definitionsIn(row?.path ?? "")).toHaveLength(perFile);
  expect(symbols.definitionsAt([{ path: "f/9.ts", line: 15 }])).toMatchObject([{ startLine: 11 }]);
  expect(symbols.referencesTo("partThing500", 9)).toHaveLength(3);
  expect(symbols.referencesTo("partThing500", 9, ["f/1.ts", "f/2.ts"])).toBeDefined();
  expect(symbols.referencesWithin(row?.id ?? 0)).toHaveLength(2);
  expect(symbols.importsOf(["f/7.ts"])).toHaveLength(1);
  expect(symbols.importsNamed(["partThing80", "*"], 9)).toHaveLength(1);
  expect(symbols.exportsAs("other80", 9)).toHaveLength(1);
  expect(symbols.factsNamed("partThing500", ["f/1.ts"])).toEqual([]);
  expect(symbols.contentsOf(["f/3.ts", "f/4.ts"])).toHaveLength(2);
  expect(symbols.pathsBelow("f", 20)).toHaveLength(20);
  const exact = new PgExactUses(project, facts);
  expect(exact.symbolsOf("f/4.ts", "one", 1, 9)).toEqual([3]);
  expect(exact.usesOf([5], 9)).toHaveLength(1);
  expect(exact.definitionsOf([5])).toHaveLength(1);
  expect(exact.heirsOf([5])).toHaveLength(1);
  expect(exact.covered(["f/1.ts"]).size).toBe(1);
  expect(exact.usedIn("f/1.ts", 1, 9)).toHaveLength(1);
}

/** The link, with each statement noted once that members may explain: what a function does is its owner's. */
function noting(link: PgLink, asked: Map<string, Asked>): PgLink {
  return new Proxy(link, {
    get(target, key) {
      const value = Reflect.get(target, key);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        const [text, values] = args as [string, readonly PgValue[]];
        if (key === "lists" && /^(SELECT|WITH|\()/.test(text)) asked.set(text, { text, values });
        return Reflect.apply(value, target, args);
      };
    },
  });
}

type Scans = Map<string, { whole: number; byIndex: number }>;

/** By table, without the number of its partition; of lists only by the indexes over them. */
async function scans({ database }: TeamStore): Promise<Scans> {
  const rows = await database.ask<{ name: string; whole: string; lists: string }>(
    `SELECT t.relname AS name, t.seq_scan AS whole, coalesce((SELECT sum(i.idx_scan) FROM pg_stat_user_indexes i
       JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam
       WHERE i.relid = t.relid AND m.amname = 'gin'), 0) AS lists
     FROM pg_stat_user_tables t WHERE t.relname ~ '^code_(names|name_words|symbols|refs|imports|exact|files)'`,
  );
  return new Map(
    rows.map(({ name, whole, lists }) => [name, { whole: Number(whole), byIndex: Number(lists) }]),
  );
}

function gains(before: Scans, after: Scans): { whole: string[]; lists: string[] } {
  const more = (of: "whole" | "byIndex"): string[] =>
    [...after]
      .filter(([name, one]) => one[of] > (before.get(name)?.[of] ?? 0))
      .map(([name]) => indexOf(name));
  return { whole: more("whole").sort(), lists: [...new Set(more("byIndex"))].sort() };
}

/** A table or an index of one, without the number of its partition. */
function indexOf(name: string): string {
  return name.replace(/^(code_[a-z_]+?)_\d+(?=_|$)/, "$1");
}

type Node = Record<string, unknown>;

function nodesOf(plan: unknown): Node[] {
  const [top] = plan as [{ Plan: Node }];
  const all: Node[] = [];
  const add = (node: Node): void => {
    all.push(node);
    for (const inner of (node.Plans as Node[] | undefined) ?? []) add(inner);
  };
  add(top.Plan);
  return all;
}
