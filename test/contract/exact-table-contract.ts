import { describe, expect, it } from "vitest";
import type {
  ExactFile,
  ExactLine,
  ExactTable,
  ScipNote,
} from "../../src/ports/answers/exact-uses.ts";
import type { Store } from "../../src/ports/store.ts";
import { file } from "../helpers/store-files.ts";
import { type StoreContractOptions, storesIn } from "./store-place.ts";

const note = (isDone: boolean): ScipNote => ({
  ...{ files: ["/a/index.scip"], tools: ["test 1"], documents: 2, taken: 2, partly: 0 },
  ...{ leftOut: {}, definitions: 2, uses: 3, at: "2026-01-02T03:04:05.000Z", isDone },
});

const at = (line: number, isCall = false): ExactLine => ({ line, how: isCall ? "call" : "import" });

const shape = 2 ** 47 + 12_345;
const circle = 7;
const area = 901;

const defining: ExactFile = {
  ...{ path: "a.ts", contentHash: "00", isWhole: true },
  definitions: [
    { symbol: shape, name: "Shape", line: 3 },
    { symbol: area, name: "größe", line: 4 },
    { symbol: area + 1, name: "Shape", line: 9 },
  ],
  uses: [{ symbol: area, nameHash: 4_294_967_295, lines: [at(5), at(70_000, true)] }],
  inherits: [],
};

const using: ExactFile = {
  ...{ path: "lib/b.ts", contentHash: "00", isWhole: false },
  definitions: [{ symbol: circle, name: "Circle", line: 2 }],
  uses: [
    { symbol: shape, nameHash: 11, lines: [at(2), at(8, true)] },
    { symbol: area, nameHash: 12, lines: [at(8)] },
  ],
  inherits: [{ symbol: circle, from: shape }],
};

/** What any ExactTable must do. */
export function describeExactTable(name: string, options: StoreContractOptions): void {
  describe(`${name} keeps the contract of ExactTable`, () => {
    const { open } = storesIn(options);
    const filled = (): { store: Store; exact: ExactTable } => {
      const store = open();
      store.files.put(["a.ts", "lib/b.ts", "c.ts"].map((path) => file(path, [`text of ${path}`])));
      store.exact.begin(note(false));
      store.exact.put([defining, using]);
      store.exact.end(note(true));
      return { store, exact: store.exact };
    };

    it("knows nothing before an index was taken", () => {
      const { exact } = open();
      expect(exact.status()).toBeUndefined();
      expect(exact.symbolsOf("a.ts", "Shape", 1, 99)).toEqual([]);
      expect(exact.usesOf([shape], 9)).toEqual([]);
      expect(exact.covered(["a.ts"]).size).toBe(0);
      expect(exact.usedIn("a.ts", 1, 99)).toEqual([]);
    });

    it("gives definitions, uses and heirs of symbols", () => {
      const { exact } = filled();
      expect(exact.status()).toEqual({ ...note(true), valid: 2 });
      expect(exact.symbolsOf("a.ts", "Shape", 1, 20)).toEqual([shape]);
      expect(exact.symbolsOf("a.ts", "Shape", 4, 20)).toEqual([area + 1]);
      expect(exact.symbolsOf("a.ts", "größe", 4, 4)).toEqual([area]);
      expect(exact.symbolsOf("a.ts", "shape", 1, 20)).toEqual([]);
      expect(exact.usesOf([shape], 9)).toEqual([
        { path: "lib/b.ts", ...at(2) },
        { path: "lib/b.ts", ...at(8, true) },
      ]);
      expect(exact.usesOf([area, shape], 9)).toEqual([
        { path: "a.ts", ...at(5) },
        { path: "a.ts", ...at(70_000, true) },
        { path: "lib/b.ts", ...at(2) },
        { path: "lib/b.ts", ...at(8, true) },
      ]);
      expect(exact.usesOf([area], 1)).toEqual([{ path: "a.ts", ...at(5) }]);
      expect(exact.definitionsOf([circle, 5])).toEqual([
        { path: "lib/b.ts", symbol: circle, name: "Circle", line: 2 },
      ]);
      expect(exact.heirsOf([shape])).toEqual([{ path: "lib/b.ts", name: "Circle", line: 2 }]);
      expect(exact.usedIn("lib/b.ts", 3, 9)).toEqual([
        { symbol: shape, nameHash: 11, ...at(8, true) },
        { symbol: area, nameHash: 12, ...at(8) },
      ]);
      expect(exact.covered(["a.ts", "lib/b.ts", "c.ts"])).toEqual(
        new Map([
          ["a.ts", true],
          ["lib/b.ts", false],
        ]),
      );
    });

    it("forgets what a changed file had, and knows it again when it is changed back", () => {
      const { store, exact } = filled();
      store.files.put([file("lib/b.ts", ["another text"], "11")]);
      expect(exact.usesOf([shape], 9)).toEqual([]);
      expect(exact.heirsOf([shape])).toEqual([]);
      expect(exact.covered(["lib/b.ts"]).size).toBe(0);
      expect(exact.status()?.valid).toBe(1);
      store.files.put([file("lib/b.ts", ["text of lib/b.ts"], "00")]);
      expect(exact.usesOf([shape], 9)).toHaveLength(2);
      store.files.remove(["lib/b.ts"]);
      expect(exact.usesOf([shape], 9)).toEqual([]);
      expect(exact.status()?.valid).toBe(1);
    });

    it("takes no list of a text that the file has not", () => {
      const { exact } = filled();
      exact.put([
        { ...using, path: "c.ts", contentHash: "22" },
        { ...using, path: "none.ts" },
      ]);
      expect(exact.usesOf([shape], 9)).toHaveLength(2);
    });

    it("adds what one index says of a file twice, and drops what the one before said", () => {
      const { exact } = filled();
      exact.begin(note(false));
      expect(exact.usesOf([shape], 9)).toHaveLength(2);
      // Until it is done nothing is held to be complete.
      expect(exact.covered(["a.ts"])).toEqual(new Map([["a.ts", false]]));
      exact.put([{ ...defining, path: "c.ts" }]);
      exact.put([{ ...using, path: "c.ts", isWhole: true }]);
      exact.end(note(true));
      expect(exact.usesOf([shape], 9)).toEqual([
        { path: "c.ts", ...at(2) },
        { path: "c.ts", ...at(8, true) },
      ]);
      expect(exact.symbolsOf("c.ts", "Shape", 1, 20)).toEqual([shape]);
      expect(exact.covered(["a.ts", "c.ts"])).toEqual(new Map([["c.ts", true]]));
      exact.clear();
      expect(exact.status()).toBeUndefined();
      expect(exact.usesOf([shape], 9)).toEqual([]);
    });
  });
}
