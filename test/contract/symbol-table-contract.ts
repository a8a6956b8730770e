import { describe, expect, it } from "vitest";
import type { SymbolTable } from "../../src/ports/symbols.ts";
import { file, parsedFile } from "../helpers/store-files.ts";
import { type StoreContractOptions, storesIn } from "./store-place.ts";

/** What any SymbolTable must do. */
export function describeSymbolTable(name: string, options: StoreContractOptions): void {
  describe(`${name} keeps the contract of SymbolTable`, () => {
    const { open, reopen } = storesIn(options);
    const filled = (): SymbolTable => {
      open().files.put([parsedFile("lib/b.ts"), parsedFile("a.ts"), file("lib.txt", ["no code"])]);
      return reopen().symbols;
    };

    it.each([
      ["JsonReader", "exact", "JsonReader"],
      ["jsonreader", "case", "JsonReader"],
      ["json_reader", "words", "JsonReader"],
      ["JsonReder", "typo", "JsonReader"],
      ["JsonRe", "prefix", "JsonReader"],
      ["reader", "part", "JsonReader"],
      ["readAll", "exact", "readAll"],
    ])("meets %s as %s of %s", (query, match, expected) => {
      const symbols = filled();
      const found = symbols.findNames(query, 9);
      expect(found).toMatchObject([{ name: expected, match }]);
      const rows = symbols.definitionsOf([found[0]?.nameId ?? 0], 9);
      expect(rows.map((row) => row.path).sort()).toEqual(["a.ts", "lib/b.ts"]);
      expect(symbols.definitionsOf([found[0]?.nameId ?? 0], 1)).toHaveLength(1);
    });

    it("gives the names that are one of some spellings", () => {
      const symbols = filled();
      const found = symbols.namesFolded(["jsonreader", "parsevalue", "readall", "read"], 9);
      expect(found.map(({ name, folded }) => [name, folded]).sort()).toEqual([
        ["JsonReader", "jsonreader"],
        ["readAll", "readall"],
      ]);
      expect(symbols.namesFolded(["jsonreader", "readall"], 1)).toHaveLength(1);
      expect(symbols.namesFolded([], 9)).toEqual([]);
    });

    it("gives names as they are written, and all their definitions one by one", () => {
      const symbols = filled();
      const found = symbols.namesWritten(["readAll", "READALL", "parseValue", "", "readAll"]);
      expect([...new Set(found.map(({ name }) => name))]).toEqual(["readAll"]);
      const rows: string[] = [];
      symbols.eachDefinitionOf([found[0]?.nameId ?? 0], ({ path, name, visibility }) =>
        rows.push(`${path} ${name} ${visibility}`),
      );
      expect(rows.sort()).toEqual(["a.ts readAll public", "lib/b.ts readAll public"]);
      symbols.eachDefinitionOf([], () => rows.push("none"));
      expect(rows).toHaveLength(2);
      const stop = (): void => {
        throw new Error("enough");
      };
      expect(() => symbols.eachDefinitionOf([found[0]?.nameId ?? 0], stop)).toThrow("enough");
      expect(symbols.findNames("readAll", 9)).toHaveLength(1);
    });

    it("finds no name that is only used, and takes any text for one", () => {
      const symbols = filled();
      expect(symbols.findNames("parseValue", 9)).toEqual([]);
      for (const query of ["", '"', "*", "a AND OR", "\0", "日本語", "x".repeat(5_000)]) {
        expect(symbols.findNames(query, 9)).toEqual([]);
      }
    });

    it("gives definitions of a file in order, and the innermost one of a line", () => {
      const symbols = filled();
      const names = symbols.definitionsIn("a.ts")?.map((row) => `${row.container} ${row.name}`);
      expect(names).toEqual([" JsonReader", "JsonReader readAll"]);
      expect(symbols.definitionsIn("lib.txt")).toEqual([]);
      expect(symbols.definitionsIn("none.ts")).toBeUndefined();
      const at = symbols.definitionsAt([
        { path: "a.ts", line: 13 },
        { path: "a.ts", line: 2 },
        { path: "a.ts", line: 99 },
        { path: "none.ts", line: 1 },
      ]);
      expect(at.map((row) => row?.name)).toEqual(["readAll", "JsonReader", undefined, undefined]);
      const [first] = symbols.definitionsNamed("JsonReader", 9);
      expect(first).toMatchObject({ kind: "class", visibility: "public", uses: 2, headLine: 2 });
    });

    it("says where a name is used and what a definition uses", () => {
      const symbols = filled();
      const uses = symbols.referencesTo("parseValue", 9);
      expect(uses.map(({ path, line, within }) => [path, line, within?.name])).toEqual([
        ["a.ts", 13, "readAll"],
        ["lib/b.ts", 13, "readAll"],
      ]);
      expect(symbols.referencesTo("JsonReader", 1)).toMatchObject([{ kind: "type", line: 20 }]);
      expect(symbols.referencesTo("JsonReader", 1)[0]?.within).toBeUndefined();
      expect(symbols.referencesTo("nobody", 9)).toEqual([]);
      const [readAll] = symbols.definitionsNamed("readAll", 1);
      expect(symbols.referencesWithin(readAll?.id ?? 0)).toEqual([
        { name: "parseValue", kind: "call", line: 13, on: "" },
      ]);
    });

    it("gives all that is known of files, in the order asked", () => {
      const symbols = filled();
      const found = symbols.contentsOf(["lib/b.ts", "none.ts", "lib.txt", "a.ts"]);
      expect(found.map(({ path, language }) => [path, language])).toEqual([
        ["lib/b.ts", "typescript"],
        ["lib.txt", "text"],
        ["a.ts", "typescript"],
      ]);
      const [first, text] = found;
      expect(first?.definitions).toEqual(symbols.definitionsIn("lib/b.ts"));
      expect(first?.imports).toEqual(symbols.importsOf(["lib/b.ts"]));
      const [, readAll] = first?.definitions ?? [];
      expect(first?.references).toEqual([
        { name: "parseValue", kind: "call", line: 13, on: "", within: readAll?.id },
        { name: "JsonReader", kind: "type", line: 20, on: "", within: 0 },
      ]);
      expect(text).toMatchObject({ definitions: [], references: [], imports: [] });
      expect(symbols.contentsOf([])).toEqual([]);
    });

    it("lists imports, paths and how much there is", () => {
      const symbols = filled();
      expect(symbols.importsOf(["lib/b.ts", "none.ts"])).toMatchObject([
        { path: "lib/b.ts", module: "./values.ts", name: "parseValue", alias: "", line: 1 },
      ]);
      expect(symbols.pathsBelow("", 9)).toEqual(["a.ts", "lib.txt", "lib/b.ts"]);
      expect(symbols.pathsBelow("lib", 9)).toEqual(["lib/b.ts"]);
      expect(symbols.pathsBelow("", 1)).toEqual(["a.ts"]);
      expect(symbols.counts()).toEqual({ definitions: 4, references: 4, names: 2 });
    });

    it("forgets what goes with a file", () => {
      const opened = open();
      opened.files.put([parsedFile("a.ts")]);
      opened.files.put([file("a.ts", ["nothing is left"])]);
      expect(opened.symbols.definitionsNamed("JsonReader", 9)).toEqual([]);
      expect(opened.symbols.referencesTo("parseValue", 9)).toEqual([]);
      expect(opened.symbols.counts()).toMatchObject({ definitions: 0, references: 0 });
    });
  });
}
