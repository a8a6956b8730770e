/*
 * One tree, indexed into a file and into a team's store: every question to its code is answered the same by both, in the same
 * order.
 */
import { appendFileSync, cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Engine, HaypileError, open } from "../../../src/index.ts";
import { reachRelations } from "../../../src/ports/answers/graph.ts";
import { commitAll, gitIn } from "../../helpers/git-history.ts";
import { repository } from "../../helpers/model.ts";
import { type TestDatabase, testDatabase, whyNoPostgres } from "../../helpers/postgres.ts";
import { writeTree } from "../../helpers/temp-tree.ts";

/** Other languages than ours: classes with heirs, uses by import, a module of Go. */
const others = {
  "zoo/animals.py":
    "class Animal:\n    def speak(self):\n        return self.sound()\n\n    def sound(self):\n        return ''\n\n\nclass Dog(Animal):\n    def sound(self):\n        return 'wuff'\n",
  "zoo/farm.py":
    "from zoo.animals import Dog as Hound\n\n\ndef morning():\n    return Hound().speak()\n\n\ndef nobody_calls_this():\n    return morning()\n",
  "go.mod": "module example.com/zoo\n\ngo 1.22\n",
  "keeper/keeper.go":
    "package keeper\n\ntype Feeder interface{ Feed() int }\n\ntype Keeper struct{ Name string }\n\nfunc (k *Keeper) Feed() int { return Portion(k.Name) }\n\nfunc Portion(name string) int { return len(name) }\n",
  "größe.ts": "/** Wie groß es ist. */\nexport const größe = (n: number): number => n * 2;\n",
} as const;

describe.skipIf(whyNoPostgres !== undefined)("an index in a team's store", () => {
  const scratch = mkdtempSync(join(tmpdir(), "haypile-agrees-"));
  const tree = join(scratch, "tree");
  let database: TestDatabase;
  let inFile: Engine;
  let onServer: Engine;

  beforeAll(async () => {
    for (const part of ["symbols", "storage/shared/symbols", "base/text"]) {
      cpSync(join(repository, "src", part), join(tree, "src", part), { recursive: true });
    }
    writeTree(tree, others);
    gitIn(tree)("init", "-q", "-b", "main");
    commitAll(tree, "2026-01-10T12:00:00Z");
    appendFileSync(join(tree, "zoo/animals.py"), "\n\nclass Cat(Animal):\n    pass\n");
    commitAll(tree, "2026-02-10T12:00:00Z");
    database = await testDatabase();
    inFile = await open({ folder: tree, database: join(scratch, "index.db"), model: "static" });
    process.env.HAYPILE_INDEX_STORE = database.url;
    try {
      onServer = await open({ folder: tree, model: "static" });
    } finally {
      delete process.env.HAYPILE_INDEX_STORE;
    }
    for (const engine of [inFile, onServer]) await engine.index();
  });
  afterAll(async () => {
    await inFile?.close();
    await onServer?.close();
    await database?.close();
    rmSync(scratch, { recursive: true, force: true });
  });

  it("has the same in it", async () => {
    const [a, b] = [await inFile.indexReport(), await onServer.indexReport()];
    expect(b.symbols).toEqual(a.symbols);
    expect(b.symbols.definitions).toBeGreaterThan(500);
    expect(onServer.status().index.files).toBe(inFile.status().index.files);
  });

  const names = [
    ...["Lookup", "Target", "referencesOf", "walk", "named", "brings", "decodeReferences"],
    ...["foldName", "hash32", "Turns", "DamagedList", "findNames", "Animal", "Dog", "sound"],
    ...["speak", "Feeder", "Keeper.Feed", "Portion", "größe"],
  ];

  /** What both say to one question; "refused": both refuse it by the same code. */
  async function same(ask: (engine: Engine) => unknown, isRefused?: "refused"): Promise<unknown> {
    const [a, b] = [await answer(inFile, ask), await answer(onServer, ask)];
    expect(alike(b, a), String(ask)).toEqual(a);
    expect(typeof a === "object" && a !== null && "code" in a, JSON.stringify(a)).toBe(
      isRefused !== undefined,
    );
    return a;
  }

  it("finds the same definitions by any spelling of their names", async () => {
    const spelt = [
      "foldname",
      "fold_name",
      "foldNam",
      "foldNaem",
      "fold",
      "grosse",
      "GRÖSSE",
      "Kep",
      "nothing here",
    ];
    for (const name of [...names, ...spelt]) {
      await same((engine) => engine.findSymbol(name));
      await same((engine) =>
        engine.findSymbol(name, { path: "src/symbols", kinds: ["function", "class"], k: 5 }),
      );
    }
  });

  it("says the same of who uses a definition, and what it uses", async () => {
    for (const name of names) {
      await same((engine) => engine.references(name));
      await same((engine) => engine.callers(name));
      await same((engine) => engine.callees(name));
      await same((engine) => engine.implementations(name));
    }
  });

  it("goes the same ways over the graph", async () => {
    for (const name of names) {
      for (const relation of reachRelations) {
        await same((engine) => engine.reach(name, relation, { depth: 3, limit: 200 }));
      }
    }
  });

  it("draws the same map, outline, and what nobody uses", async () => {
    const map = await same((engine) => engine.map());
    expect(JSON.stringify(map).length).toBeGreaterThan(1_000);
    await same((engine) => engine.map({ maxTokens: 600, focus: "foldName" }));
    for (const path of ["", "src/symbols", "zoo/animals.py", "größe.ts"]) {
      await same((engine) => engine.outline(path));
    }
    await same((engine) => engine.outline("none.ts"), "refused");
    await same((engine) => engine.unused());
    await same((engine) => engine.partlyParsed());
    await same((engine) => engine.leftOut());
  });

  it("tells the same of changes and of the past", async () => {
    await same((engine) => engine.impact({ names: ["foldName", "Animal"], depth: 4 }));
    await same((engine) => engine.impact({ since: "HEAD~1" }));
    await same((engine) => engine.history("Animal"));
    await same((engine) => engine.history("zoo/animals.py"));
    await same((engine) => engine.diff("HEAD~1", "HEAD"));
    await same((engine) => engine.findSymbol("Cat", { at: "HEAD~1" }));
    await same((engine) => engine.callers("speak", { at: "HEAD~1" }));
    await same((engine) => engine.search("a dog barks", { at: "HEAD~1" }));
  });

  it("finds the same places in the same order", async () => {
    const queries = [
      ...["which definitions a use may mean", "foldName", "varint list of references", "größe"],
      ...[
        "where is a word split into its parts",
        "Lookup.named",
        "class Animal sound",
        "feed the keeper",
      ],
    ];
    for (const query of queries) {
      const found = await same((engine) => engine.search(query, { k: 20, cache: false }));
      expect(JSON.stringify(found).length, query).toBeGreaterThan(200);
      await same((engine) => engine.search(query, { k: 5, filter: { languages: ["python"] } }));
    }
  });

  it("is the same again after files changed, moved and went", async () => {
    writeTree(tree, {
      "zoo/animals.py": others["zoo/animals.py"].replace("'wuff'", "self.speak()"),
      "zoo/barn.py": others["zoo/farm.py"],
    });
    rmSync(join(tree, "zoo/farm.py"));
    for (const engine of [inFile, onServer]) await engine.index();
    const [a, b] = [await inFile.indexReport(), await onServer.indexReport()];
    expect(b.symbols).toEqual(a.symbols);
    for (const name of ["Dog", "sound", "speak", "morning", "nobody_calls_this"]) {
      await same((engine) => engine.callers(name));
      await same((engine) => engine.references(name));
    }
    await same((engine) => engine.impact());
    await same((engine) => engine.map());
    await same((engine) => engine.search("a dog barks", { k: 20, cache: false }));
  });
});

async function answer(engine: Engine, ask: (engine: Engine) => unknown): Promise<unknown> {
  try {
    return withoutTimes(JSON.parse(JSON.stringify((await ask(engine)) ?? null)));
  } catch (error) {
    if (!HaypileError.isInstance(error)) throw error;
    return { code: error.code };
  }
}

/** Without what differs from run to run. */
function withoutTimes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutTimes);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !/(Ms|Bytes)$/.test(key))
      .map(([key, own]) => [key, withoutTimes(own)]),
  );
}

/** With numbers of `to` in place of those that differ in the last digits of a float. */
function alike(value: unknown, to: unknown): unknown {
  if (typeof value === "number" && typeof to === "number") {
    return Math.abs(value - to) < 1e-5 + 1e-4 * Math.abs(to) ? to : value;
  }
  if (Array.isArray(value)) return value.map((one, at) => alike(one, (to as unknown[])?.[at]));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, own]) => [
      key,
      alike(own, (to as Record<string, unknown> | null)?.[key]),
    ]),
  );
}
