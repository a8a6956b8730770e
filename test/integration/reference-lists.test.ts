/* Definitions and references in a real database: counts, changes, damage, and an index of schema 4. */
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import type { FileWithChunks } from "../../src/ports/store.ts";
import type { ParsedFile, ReferenceKind } from "../../src/ports/syntax.ts";
import { applicationId, migrations, schemaVersion } from "../../src/storage/sqlite/file/schema.ts";
import { openSqliteStore } from "../../src/storage/sqlite/store.ts";
import { findFaults, makeFolder, openRaw } from "../helpers/sqlite-files.ts";
import { codeOf, file, prose, unit } from "../helpers/store-files.ts";

const made = makeFolder();
let count = 0;
const newPath = (): string => join(made.folder, `${count++}.db`);
const closing: { close(): void }[] = [];

afterEach(() => {
  for (const one of closing.splice(0)) one.close();
});
afterAll(made.remove);

function opened(path: string): ReturnType<typeof openSqliteStore> {
  const store = openSqliteStore({ path });
  closing.push(store);
  return store;
}

function parsed(
  definitions: readonly string[],
  uses: readonly { name: string; line: number; within?: number; kind?: ReferenceKind }[],
): ParsedFile {
  return {
    definitions: definitions.map((name, i) => ({
      name,
      kind: "function",
      container: "",
      signature: `def ${name}()`,
      doc: "",
      startLine: i * 10 + 1,
      headLine: i * 10 + 1,
      endLine: i * 10 + 9,
      visibility: "public",
      bodyHash: "0123456789abcdef",
    })),
    references: uses.map(({ name, line, within = -1, kind = "call" }) => ({
      name,
      kind,
      line,
      within,
    })),
    imports: [{ module: "lib", name: "", alias: "", line: 1 }],
    hasErrors: false,
  };
}

function withSyntax(path: string, syntax: ParsedFile): FileWithChunks {
  return { ...file(path, [`${path} ${prose}`]), syntax };
}

describe("references", () => {
  it("are found, counted and forgotten with their files, as a model in plain arrays says", () => {
    const path = newPath();
    const store = opened(path);
    let state = 5;
    const draw = (below: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    const model = new Map<string, ParsedFile>();
    for (let step = 0; step < 60; step += 1) {
      const name = `dir/file${draw(12)}.py`;
      if (draw(4) === 0) {
        store.files.remove([name]);
        model.delete(name);
      } else {
        const definitions = Array.from({ length: draw(4) }, (_, i) => `define_${draw(6)}_${i}`);
        const uses = Array.from({ length: draw(25) }, (_, i) => ({
          name: draw(3) === 0 ? `define_${draw(6)}_0` : `other${draw(9)}`,
          line: i + 1,
          within: draw(definitions.length + 1) - 1,
          kind: (["call", "type", "inherit"] as const)[draw(3)] ?? "call",
          on: draw(2) === 0 ? `holder${draw(3)}` : "",
        }));
        const syntax = parsed(definitions, uses);
        store.files.put([withSyntax(name, syntax)]);
        model.set(name, syntax);
      }
    }
    const files = [...model].sort(([a], [b]) => (a < b ? -1 : 1));
    const names = new Set(files.flatMap(([, one]) => one.references.map((use) => use.name)));
    expect(names.size).toBeGreaterThan(8);
    const { symbols } = store;
    for (const name of names) {
      const expected = files.flatMap(([where, { references, definitions }]) =>
        references
          .filter((use) => use.name === name)
          .map((use) => ({
            path: where,
            line: use.line,
            kind: use.kind,
            on: use.on ?? "",
            language: "text",
            within: definitions[use.within]?.name,
          })),
      );
      const found = symbols.referencesTo(name, 10_000);
      expect(found.map((use) => ({ ...use, within: use.within?.name }))).toEqual(expected);
      for (const one of symbols.definitionsNamed(name, 100)) {
        expect(one.uses).toBe(expected.length);
      }
    }
    const total = files.reduce((sum, [, one]) => sum + one.references.length, 0);
    expect(symbols.counts().references).toBe(total);
    for (const [where, { definitions, references }] of files) {
      const rows = symbols.definitionsIn(where) ?? [];
      expect(rows.map(({ name }) => name)).toEqual(definitions.map(({ name }) => name));
      rows.forEach((row, place) => {
        expect(symbols.referencesWithin(row.id)).toEqual(
          references
            .filter(({ within }) => within === place)
            .map(({ name, kind, line, on = "" }) => ({ name, kind, line, on })),
        );
      });
    }
    expect(findFaults(path)).toEqual([]);
  });

  it("stops at the number asked for", () => {
    const store = opened(newPath());
    const uses = Array.from({ length: 20 }, (_, i) => ({ name: "used", line: i + 1 }));
    for (const name of ["a.py", "b.py"]) store.files.put([withSyntax(name, parsed(["one"], uses))]);
    const lines = (limit: number): number => store.symbols.referencesTo("used", limit).length;
    expect([lines(0), lines(1), lines(25), lines(100)]).toEqual([0, 1, 25, 40]);
  });

  it("counts nothing of a write that failed", () => {
    const path = newPath();
    const store = opened(path);
    store.files.put([withSyntax("a.py", parsed(["one"], [{ name: "one", line: 3 }]))]);
    const broken = { ...withSyntax("c.py", parsed(["one"], [])), contentHash: null as never };
    const write = (): void =>
      store.files.put([withSyntax("b.py", parsed(["new"], [{ name: "one", line: 1 }])), broken]);
    expect(codeOf(write)).not.toBe("no error");
    store.files.put([withSyntax("d.py", parsed(["new"], [{ name: "one", line: 9 }]))]);
    const { symbols } = store;
    expect(symbols.definitionsNamed("one", 9).map(({ uses }) => uses)).toEqual([2]);
    expect(symbols.referencesTo("one", 9).map(({ path: where }) => where)).toEqual([
      "a.py",
      "d.py",
    ]);
    expect(symbols.findNames("nw", 9)).toEqual([]);
    expect(symbols.findNames("new", 9)).toMatchObject([{ name: "new", match: "exact" }]);
    expect(findFaults(path)).toEqual([]);
  });
});

describe("a damaged list of references", () => {
  it("is told as damage, and goes when its file is read again", () => {
    const path = newPath();
    const store = openSqliteStore({ path });
    const syntax = parsed(
      ["one", "two"],
      Array.from({ length: 40 }, (_, i) => ({ name: "used", line: i * 7 + 1, within: 0 })),
    );
    store.files.put([withSyntax("a.py", syntax)]);
    store.close();
    const raw = openRaw(path);
    raw.exec("UPDATE ref_lists SET data = substr(data, 1, length(data) - 3)");
    raw.close();
    const again = opened(path);
    const uses = (): unknown => again.symbols.referencesTo("used", 99);
    const inside = (): unknown =>
      again.symbols.referencesWithin(again.symbols.definitionsNamed("one", 1)[0]?.id ?? 0);
    expect(codeOf(uses)).toBe("HAYPILE_DB_CORRUPT");
    expect(codeOf(inside)).toBe("HAYPILE_DB_CORRUPT");
    again.files.put([withSyntax("a.py", syntax)]);
    expect(uses()).toHaveLength(40);
    expect(inside()).toHaveLength(40);
  });
});

describe("an index of schema 4", () => {
  it("keeps texts and vectors, and asks for every file again", () => {
    const path = newPath();
    const raw = openRaw(path);
    for (const step of migrations.slice(0, 4)) raw.exec(step.sql);
    raw.pragma(`application_id = ${applicationId}`);
    raw.pragma("user_version = 4");
    raw.exec(`
      INSERT INTO meta VALUES ('store.model', '{"id":"four","dimensions":4}');
      INSERT INTO files(id, path, size_bytes, mtime_ms, read_ms, content_hash, language)
        VALUES (1, 'a.py', 10, 1000, 9000, 'ab', 'python');
      INSERT INTO names(id, name, folded, is_defined) VALUES (1, 'one', 'one', 1);
      INSERT INTO symbols(file_id, name_id, kind, container, signature, doc, start_line, head_line,
        end_line, is_public, body_hash) VALUES (1, 1, 'function', '', '', '', 1, 1, 2, 1, '');
      INSERT INTO refs VALUES (1, 1, 1, 0, NULL);`);
    raw.close();
    const before = openRaw(path);
    before.exec(`
      INSERT INTO chunks(id, text_hash, tokens, text) VALUES (1, x'00', 1, 'kept text');
      INSERT INTO chunk_words(rowid, body) VALUES (1, 'kept text');
      INSERT INTO path_words(rowid, path) VALUES (1, 'a py');
      INSERT INTO file_chunks VALUES (1, 0, 1, 1, 2);
      INSERT INTO vectors VALUES (1, 0.01, x'7f000000');`);
    before.close();
    const store = opened(path);
    expect(store.facts.stats()).toMatchObject({ schemaVersion, files: 1, chunks: 1, vectors: 1 });
    const record = store.files.all().get("a.py");
    expect(record?.contentHash).toBe("");
    expect(record?.stamp.sizeBytes).toBe(-1);
    expect(store.texts.search("kept", 5)).toHaveLength(1);
    expect(store.vectors.search(unit(1, 0, 0, 0), 5)).toHaveLength(1);
    expect(store.symbols.counts()).toEqual({
      definitions: 0,
      references: 0,
      names: 0,
    });
    expect(findFaults(path)).toEqual([]);
  });
});
