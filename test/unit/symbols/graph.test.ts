/* Questions over many definitions, on a real store with files parsed by the real grammars. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ReachOptions, ReachRelation } from "../../../src/ports/answers/graph.ts";
import { findSymbol } from "../../../src/symbols/find-symbol.ts";
import { repositoryMap } from "../../../src/symbols/graph/map.ts";
import { reachOf } from "../../../src/symbols/graph/reach.ts";
import { unusedIn } from "../../../src/symbols/unused/unused.ts";
import { type ParsedStore, parsedStore } from "../../helpers/parsed-store.ts";

const files = {
  "app/store.py": `
class Base:
    def save(self):
        return write_row(self)


class Cached(Base):
    pass


class Deep(Cached):
    pass


def write_row(row):
    return encode(row)


def encode(row):
    return str(row)


def _never_called(row):
    return encode(row)


def only_named_in_a_text(row):
    return row


def _named_in_settings():
    return 1


def visit_if(node):
    return node
`,
  "app/service.py": `
from app.store import write_row, visit_if


def handle(request):
    return write_row(request)


def ping():
    return pong()


def pong():
    return ping()
`,
  "app/routes.py": `
from app.service import handle
from app.web import route


@route("/save")
def save_route(request):
    return handle(request)
`,
  "app/web.py": "def route(path):\n    return lambda view: view\n",
  "tests/test_service.py": `
from app.service import handle


def test_handle():
    assert handle(1)
`,
  "README.md": "# The app\n\nCall `only_named_in_a_text` from your own code.\n",
  "settings.json": '{ "hook": "_named_in_settings" }\n',
};

let parsed: ParsedStore;

beforeAll(async () => {
  parsed = await parsedStore(files);
});

afterAll(() => parsed.close());

async function reach(name: string, relation: ReachRelation, options: ReachOptions = {}) {
  const { symbols } = parsed.store;
  const [symbol] = findSymbol(symbols, name, {});
  if (symbol === undefined) throw new Error(`no ${name}`);
  return await reachOf(symbols, symbol, 0, relation, options);
}

const shown = ({ steps }: Awaited<ReturnType<typeof reach>>): string[] =>
  steps.map(({ depth, name, path, from }) => `${depth} ${name || path} <${from}`);

describe("reach", () => {
  it("follows callers step by step, each with the one before", async () => {
    const found = await reach("encode", "callers", { depth: 4 });
    expect(shown(found)).toEqual([
      "1 write_row <-1",
      "1 _never_called <-1",
      "2 save <0",
      "2 handle <0",
      "3 save_route <3",
      "3 test_handle <3",
    ]);
    expect(found).toMatchObject({ leftOut: 0, isCut: false, relation: "callers" });
    expect(found.steps[4]).toMatchObject({ confidence: "import", sure: "import" });
  });

  it("ends where depth and limit end, and says what is left out", async () => {
    expect(shown(await reach("encode", "callers", { depth: 1 }))).toHaveLength(2);
    const cut = await reach("encode", "callers", { depth: 4, limit: 3 });
    expect(cut.steps).toHaveLength(3);
    expect(cut.leftOut).toBe(3);
    await expect(reach("encode", "callers", { depth: 0 })).rejects.toThrow(/from 1 to 20/u);
    await expect(reach("encode", "callers", { limit: 9999 })).rejects.toThrow(/from 1 to 5000/u);
  });

  it("goes around a circle once", async () => {
    expect(shown(await reach("ping", "callers", { depth: 20 }))).toEqual(["1 pong <-1"]);
    expect(shown(await reach("ping", "callees", { depth: 20 }))).toEqual(["1 pong <-1"]);
  });

  it("follows what is called, up to what the index does not have", async () => {
    expect(shown(await reach("handle", "callees", { depth: 5 }))).toEqual([
      "1 write_row <-1",
      "2 encode <0",
      "3 str <1",
    ]);
  });

  it("goes up and down a hierarchy", async () => {
    expect(shown(await reach("Base", "subtypes"))).toEqual(["1 Cached <-1", "2 Deep <0"]);
    expect(shown(await reach("Deep", "supertypes"))).toEqual(["1 Cached <-1", "2 Base <0"]);
  });

  it("stops at its signal", async () => {
    const signal = AbortSignal.abort();
    await expect(reach("encode", "users", { signal })).rejects.toMatchObject({
      code: "HAYPILE_ABORTED",
    });
  });
});

describe("unused", () => {
  it("says what nothing uses, and how sure that is", async () => {
    const { unused } = await unusedIn(parsed.store, { sure: "low" });
    const said = new Map(
      unused.map(({ definition, sure, doubts }) => [definition.name, { sure, doubts }]),
    );
    expect(said.get("_never_called")).toEqual({ sure: "high", doubts: [] });
    expect(said.get("_named_in_settings")).toEqual({ sure: "low", doubts: ["named-in-text"] });
    expect(said.get("only_named_in_a_text")?.doubts).toContain("named-in-text");
    // Imported, called, extended or called in a circle by others: used.
    for (const name of ["visit_if", "write_row", "encode", "Base", "Cached"]) {
      expect(said.has(name), name).toBe(false);
    }
  });

  it("shows what is surest first, and leaves out what is less sure than was asked", async () => {
    const { unused, definitions } = await unusedIn(parsed.store, { sure: "high" });
    expect(unused.map(({ definition }) => definition.name)).toEqual(["_never_called"]);
    expect(definitions).toBeGreaterThan(10);
    const limited = await unusedIn(parsed.store, { sure: "low", limit: 1 });
    expect(limited.unused).toHaveLength(1);
    expect(limited.unusedLeftOut).toBeGreaterThan(0);
  });

  it("knows where things begin", async () => {
    const { entryPoints } = await unusedIn(parsed.store, { tests: true });
    const why = entryPoints.map(({ definition, why: reason }) => `${reason} ${definition.name}`);
    expect(why).toContain("registered save_route");
    expect(why).toContain("test test_handle");
    expect(why).toContain("exported only_named_in_a_text");
    const without = await unusedIn(parsed.store);
    expect(without.entryPoints.map((one) => one.why)).not.toContain("test");
  });
});

describe("map", () => {
  it("keeps to its budget, the most used first, and is the same each time", async () => {
    const { symbols } = parsed.store;
    const map = await repositoryMap(symbols, { maxTokens: 100 });
    expect(map.tokens).toBeLessThanOrEqual(100);
    expect(map.text).toMatch(/^app\/store\.py\n(?: {2}.*\n)* {2}def write_row\(row\)/mu);
    expect(map.text).not.toMatch(/_never_called|test_handle/u);
    expect(map.filesLeftOut).toBeGreaterThan(0);
    expect(await repositoryMap(symbols, { maxTokens: 100 })).toEqual(map);
    const whole = await repositoryMap(symbols, { maxTokens: 2000 });
    expect(whole.files.length).toBeGreaterThan(map.files.length);
    const ranks = whole.files.map(({ rank }) => rank);
    expect(ranks).toEqual([...ranks].sort((a, b) => b - a));
  });

  it("is drawn around paths and names", async () => {
    const { symbols } = parsed.store;
    const around = await repositoryMap(symbols, { maxTokens: 100, focus: ["tests", "nothing_so"] });
    expect(around.text).toContain("test_handle");
    expect(around.unmet).toEqual(["nothing_so"]);
    const named = await repositoryMap(symbols, { maxTokens: 100, focus: "ping" });
    expect(named.files.map(({ path }) => path)).toContain("app/service.py");
    const inside = await repositoryMap(symbols, { path: "app/web.py" });
    expect(inside.files.map(({ path }) => path)).toEqual(["app/web.py"]);
    await expect(repositoryMap(symbols, { maxTokens: 7 })).rejects.toThrow(/from 100 to 100000/u);
  });
});
