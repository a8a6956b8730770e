/* Names asked through search, in every way people write them, and what must not stand before code. */
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { asideOf } from "../../src/base/paths/asides.ts";
import { type Engine, open } from "../../src/index.ts";
import { writeTree } from "../helpers/temp-tree.ts";

// On a machine where other work runs, processes take their time.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const long = "recalculateOutstandingBalancesForEveryCustomerOfTheWholeRegionAtOnce";

/** Callers say a name more often than its definition does. */
const callers = Object.fromEntries(
  Array.from({ length: 12 }, (_, at) => [
    `src/pages/page${at}.ts`,
    `import { getUserByIdFromCache } from "../users.ts";\n/** Get a user by id from the cache: the user of page ${at}. */\nexport function page${at}(id: string) {\n  // get user by id from cache, get user by id from cache\n  return getUserByIdFromCache(id) ?? getUserByIdFromCache("${at}");\n}\n`,
  ]),
);

const topics =
  "queue session router cookie header upload stream timer logger parser mailer socket bucket folder ticket widget".split(
    " ",
  );
const sources = Object.fromEntries(
  topics.map((topic) => [
    `src/${topic}.ts`,
    `/** Keeps one ${topic} for each client, and closes it when the client is gone. */\nexport class ${topic[0]?.toUpperCase()}${topic.slice(1)}Pool {\n  open(client: string): string {\n    return \`\${client}-${topic}\`;\n  }\n}\n`,
  ]),
);

const permission =
  "Permission is hereby granted, free of charge, to any person obtaining a copy of this work, to use, copy and change it, provided that this notice stays in all copies.\n\n";

describe("a search", () => {
  let root: string;
  let engine: Engine;
  beforeAll(async () => {
    root = realpathSync(mkdtempSync(join(tmpdir(), "haypile-names-")));
    writeTree(root, {
      ...callers,
      ...sources,
      "src/users.ts":
        "const cache = new Map<string, object>();\nexport function getUserByIdFromCache(id: string): object | undefined {\n  return cache.get(id);\n}\n",
      "src/region.ts": `export function ${long}(region: string): number {\n  return region.length;\n}\n`,
      "src/shapes.ts":
        "export class Circle {\n  grow(by: number): number {\n    return by;\n  }\n}\n",
      "src/trees.ts":
        "export class Tree {\n  grow(by: number): number {\n    return by + 1;\n  }\n}\n",
      "src/fresh.ts":
        "/** Replies 304 Not Modified where the entity tag of the request is still that of the resource. */\nexport function notModified(tag: string, sent: string): number {\n  return tag === sent ? 304 : 200;\n}\n",
      LICENSE: permission.repeat(6),
      NOTICE: "This product has parts of other works. Their copies have these notices.\n",
      "CHANGELOG.md":
        "# Changelog\n\n## 2.0.0\n- Answers are good for a client that has a copy still.\n- Clients are closed.\n",
      "package-lock.json": '{ "name": "copy", "packages": { "client": { "version": "3.0.4" } } }\n',
    });
    engine = await open({ folder: root, database: `${root}.db` });
    await engine.index();
  });
  afterAll(async () => {
    await engine.reset();
    rmSync(root, { recursive: true, force: true });
  });
  const first = async (query: string): Promise<string | undefined> =>
    (await engine.search(query)).hits[0]?.path;

  it.each([
    "getUserByIdFromCache",
    "get user by id from cache",
    "get_user_by_id_from_cache",
    "get-user-by-id-from-cache",
    "GETUSERBYIDFROMCACHE",
    "getUserByIdFrmCache",
    "get user by id frm cache",
  ])("finds where a name is defined by %j", async (query) => {
    expect(await first(query)).toBe("src/users.ts");
  });

  it("finds names above 48 letters, as they are, by words and with a slip in either half", async () => {
    for (const query of [
      long,
      long.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`),
      long.replace("Every", "Evry"),
      long.replace("calculate", "calclate"),
      long.replace("Region", "Regon"),
    ])
      expect(await first(query), query).toBe("src/region.ts");
  });

  it("takes what stands before a dot for what holds the name", async () => {
    expect(await first("Circle.grow")).toBe("src/shapes.ts");
    expect(await first("Tree::grow")).toBe("src/trees.ts");
    expect(await first("trees.Tree.grow()")).toBe("src/trees.ts");
  });

  it("looks up the names that stand in a longer question, and says so", async () => {
    const query = "where does a page take its user from, is it getUserByIdFromCache or the router";
    const { hits } = await engine.search(query);
    const at = hits.findIndex(({ path }) => path === "src/users.ts");
    expect(at).toBeGreaterThanOrEqual(0);
    expect(hits[at]?.parts.name).toBeGreaterThan(0);
    const { chunks } = await engine.why(query, "src/users.ts");
    expect(chunks[0]?.parts?.name).toBeCloseTo(hits[at]?.parts.name as number, 6);
  });

  it("gives a description no bonus for words that are a name by chance", async () => {
    const { hits } = await engine.search("what happens to a session when the client is gone");
    expect(hits[0]?.path).toBe("src/session.ts");
    expect(hits.every(({ parts }) => parts.name === undefined)).toBe(true);
  });

  it("has no licence, changelog or lock file before the code, nor one of twenty hits", async () => {
    const questions = [
      "answer 304 when the client's copy is still good",
      "close what a client has when it is gone",
      "one stream for each client",
      "a copy of the cookie of a client",
    ];
    let shown = 0;
    let asides = 0;
    for (const query of questions) {
      const { hits } = await engine.search(query);
      const code = hits.filter(({ path }) => asideOf(path) === undefined);
      expect(code.length, query).toBeGreaterThan(0);
      expect(hits.slice(0, code.length), query).toEqual(code);
      // A licence is like nothing else here, and stood first for that.
      expect(hits.filter(({ path }) => asideOf(path) === "licence")).toEqual([]);
      shown += hits.length;
      asides += hits.length - code.length;
    }
    expect(asides / shown).toBeLessThanOrEqual(0.05);
    const { chunks, verdict } = await engine.why(questions[0] as string, "LICENSE");
    expect(verdict).toContain("left out");
    expect((await engine.search("under which licence is a copy granted")).hits[0]?.path).toBe(
      "LICENSE",
    );
    // Where nothing else answers it is shown.
    const granted = await engine.search("granted free of charge to any person");
    expect(granted.hits.map(({ path }) => path)).toContain("LICENSE");
    expect(chunks[0]?.parts?.path).toBe(-0.5);
    expect(chunks[0]?.parts?.crowding ?? 0).toBeGreaterThanOrEqual(-0.04);
  });
});
