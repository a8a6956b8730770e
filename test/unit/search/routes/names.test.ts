/* What of a query is a name, by an index in maps. */
import { describe, expect, it } from "vitest";
import type { FileWithChunks } from "../../../../src/ports/store.ts";
import { parseQuery } from "../../../../src/search/question/query.ts";
import { isWholeName, nameBonus, surelyNamed } from "../../../../src/search/ranking/name-bonus.ts";
import { type NamedChunk, namedChunks } from "../../../../src/search/routes/names.ts";
import { MapStore } from "../../../helpers/map-store.ts";

function defining(path: string, ...names: [name: string, kind?: string][]): FileWithChunks {
  const plain = { signature: "", doc: "", visibility: "public", bodyHash: "0".repeat(16) } as const;
  return {
    path,
    stamp: { sizeBytes: 1, mtimeMs: 1, readMs: 9000 },
    contentHash: "00",
    language: "typescript",
    chunks: names.map(([name], at) => ({
      text: `${path} ${name}`,
      startLine: at * 10 + 1,
      endLine: at * 10 + 9,
      tokens: 5,
    })),
    syntax: {
      definitions: names.map(([name, kind = "function"], at) => ({
        ...{ ...plain, name, kind: kind as "function", container: "" },
        ...{ startLine: at * 10 + 1, headLine: at * 10 + 1, endLine: at * 10 + 9 },
      })),
      references: [],
      imports: [],
      hasErrors: false,
    },
  };
}

function setUp(): MapStore {
  const store = new MapStore();
  store.files.put([
    defining("a.ts", ["getUserById"], ["list_of"], ["manhattan_distance"], ["openFile"]),
    defining("b.ts", ["getUserById", "declaration"], ["QuerySet", "class"]),
    ...Array.from({ length: 9 }, (_, at) => defining(`many${at}.ts`, ["setUpAll"])),
  ]);
  return store;
}

function named(text: string): NamedChunk[] {
  return namedChunks(setUp(), parseQuery({ query: text }), undefined);
}

const names = (text: string): string[] => [
  ...new Set(named(text).map(({ symbol }) => symbol.name)),
];

describe("namedChunks", () => {
  it.each([
    ["getUserById", "exact"],
    ["GETUSERBYID", "case"],
    ["get user by id", "words"],
    ["get-user-by-id", "words"],
    ["get user by d", "typo"],
    ["getUsrById", "typo"],
  ])("takes %j for a whole name, by %s", (text, match) => {
    const [first] = named(text);
    expect(first).toMatchObject({ match, cover: 1, place: 0, symbol: { path: "a.ts" } });
    expect(surelyNamed(named(text)).has(first?.chunkId ?? -1)).toBe(true);
  });

  it("finds what is written as in code within a question", () => {
    expect(names("where is getUserById called")).toEqual(["getUserById"]);
    expect(names("how does b.QuerySet.clone() filter QuerySet, please")).toContain("QuerySet");
    expect(named("where is getUserById called")[0]?.isWritten).toBe(true);
  });

  it("finds plain words that are half of a question, and no others", () => {
    expect(names("compute manhattan distance quickly")).toEqual(["manhattan_distance"]);
    // CoSQA lost .013 of MRR to pairs like these.
    expect(names("join a list of strings with a separator in python")).toEqual([]);
    expect(names("check whether a user may open file handles of other people")).toEqual([]);
  });

  it("says nothing of where for a name that many files define", () => {
    expect(names("when is setUpAll called")).toEqual([]);
    expect(named("setUpAll")).toHaveLength(9);
  });

  it("keeps to the chunks that a filter allows", () => {
    const store = setUp();
    const all = namedChunks(store, parseQuery({ query: "getUserById" }), undefined);
    expect(all).toHaveLength(2);
    const allowed = Uint32Array.of(all[1]?.chunkId ?? 0);
    expect(namedChunks(store, parseQuery({ query: "getUserById" }), allowed)).toHaveLength(1);
  });
});

describe("nameBonus", () => {
  const best = (text: string): number => {
    const query = parseQuery({ query: text });
    return Math.max(0, ...named(text).map((one) => nameBonus(one, query)));
  };

  it("is the more, the surer the name is meant", () => {
    expect(best("getUserById")).toBeGreaterThan(best("get user by id"));
    expect(best("get user by id")).toBeGreaterThan(best("where is getUserById called"));
    expect(best("where is getUserById called")).toBeGreaterThan(
      best("compute manhattan distance quickly"),
    );
    expect(best("compute manhattan distance quickly")).toBeGreaterThan(0);
    // A slip in a short name makes another word of it.
    expect(best("opnFile")).toBeLessThan(best("getUsrById"));
  });

  it("puts a declaration behind the definition", () => {
    const query = parseQuery({ query: "getUserById" });
    const [definition, declaration] = named("getUserById");
    expect(declaration?.isBehind).toBe(true);
    expect(nameBonus(declaration as NamedChunk, query)).toBeLessThan(
      nameBonus(definition as NamedChunk, query) - 0.2,
    );
  });

  it("makes a look-up of a query only where all of it is a name", () => {
    expect(isWholeName(named("get user by id"))).toBe(true);
    expect(isWholeName(named("where is getUserById called"))).toBe(false);
    expect(isWholeName(named("getUsrById"))).toBe(false);
  });
});
