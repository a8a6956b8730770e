/*
 * A slip in the name of an option was no option at all: open({ fodler }) opened the current folder. Every call that is
 * exported refuses names it does not know, and values of the wrong type, before it does anything.
 */
import { Duplex } from "node:stream";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { checkOptions, type OptionShape } from "../../../src/base/check-options.ts";
import { loadEmbedder } from "../../../src/embedder.ts";
import {
  connect,
  type Engine,
  HaypileError,
  type Home,
  open,
  openHome,
} from "../../../src/index.ts";
import {
  createHttpListener,
  createServerFactory,
  IndexJobs,
  type OpenedBackend,
  openBackend,
  serveConnection,
} from "../../../src/mcp.ts";
import { writeTree } from "../../helpers/temp-tree.ts";

// On a machine where other work runs, processes take their time.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

type Call = (options: never) => unknown;

let engine: Engine;
let home: Home;
let backend: OpenedBackend;
let embedder: Awaited<ReturnType<typeof loadEmbedder>>;
let folder: string;

beforeAll(async () => {
  const { mkdtempSync, realpathSync } = await import("node:fs");
  const { tmpdir } = await import("node:os");
  const { join } = await import("node:path");
  folder = realpathSync(mkdtempSync(join(tmpdir(), "haypile-options-")));
  writeTree(folder, { "a.ts": "export function one() {}\n" });
  engine = await open({ folder, database: join(folder, ".index.db") });
  await engine.index({ fillIn: "off" });
  home = await openHome({ memoriesDatabase: join(folder, ".memories.db") });
  backend = await openBackend({ memoriesDatabase: join(folder, ".memories.db") });
  embedder = await loadEmbedder({ model: "static" });
});

afterAll(async () => {
  await engine.close();
  await home.close();
  await backend.close();
  await embedder.close();
  (await import("node:fs")).rmSync(folder, { recursive: true, force: true });
});

/** Every exported call that takes options, with one name it knows. */
const calls: Readonly<Record<string, [call: Call, known: string]>> = {
  "open()": [(options) => open(options), "folder"],
  "openHome()": [(options) => openHome(options), "maxMemoryBytes"],
  "connect()": [(options) => connect(options), "timeoutMs"],
  "loadEmbedder()": [(options) => loadEmbedder(options), "modelFolder"],
  "openBackend()": [(options) => openBackend(options), "memoriesDatabase"],
  "createServerFactory()": [(options) => createServerFactory(backend, options), "readOnly"],
  "createHttpListener()": [(options) => createHttpListener(backend, options), "allowedHosts"],
  "IndexJobs()": [(options) => new IndexJobs(options), "schedule"],
  "embed()": [(options) => embedder.embed(["a"], options), "onProgress"],
  "index()": [(options) => engine.index(options), "maxFileBytes"],
  "watch()": [(options) => engine.watch(options), "polling"],
  "search()": [(options) => engine.search("one", options), "snippetLines"],
  "why()": [(options) => engine.why("one", "a.ts", options), "deadlineMs"],
  "findSymbol()": [(options) => engine.findSymbol("one", options), "kinds"],
  "outline()": [(options) => engine.outline("", options), "maxFiles"],
  "references()": [(options) => engine.references("one", options), "path"],
  "callers()": [(options) => engine.callers("one", options), "path"],
  "callees()": [(options) => engine.callees("one", options), "path"],
  "implementations()": [(options) => engine.implementations("one", options), "path"],
  "reach()": [(options) => engine.reach("one", "callers", options), "depth"],
  "impact()": [(options) => engine.impact(options), "since"],
  "unused()": [(options) => engine.unused(options), "sure"],
  "map()": [(options) => engine.map(options), "maxTokens"],
  "reset()": [(options) => engine.reset(options), "cache"],
  "compaction.prepare()": [(options) => engine.compaction.prepare(options), "targetBytes"],
  "engine()": [(options) => home.engine(folder, options), "nearest"],
  "remember()": [(options) => home.memories.remember("a", options), "importance"],
  "recall()": [(options) => home.memories.recall("a", options), "neighbours"],
  "get()": [(options) => home.memories.get("a", options), "asOf"],
  "list()": [(options) => home.memories.list(options), "cursor"],
  "forget()": [(options) => home.memories.forget("a", options), "hard"],
  "forgetWhere()": [(options) => home.memories.forgetWhere(options), "namespace"],
  "update()": [(options) => home.memories.update("a", options), "pinned"],
  "import()": [(options) => home.memories.import([], options), "format"],
};

async function refusal(call: () => unknown): Promise<HaypileError> {
  try {
    await call();
  } catch (error) {
    expect(HaypileError.isInstance(error), String(error)).toBe(true);
    return error as HaypileError;
  }
  throw new Error("it was not refused");
}

describe.each(Object.entries(calls))("%s", (name, [call, known]) => {
  it("refuses a slip in an option's name and names the option", async () => {
    const swapped = known.replace(/(.)(.)(.)$/, "$2$1$3");
    const slip = swapped === known ? `${known}s` : swapped;
    const error = await refusal(() => call({ [slip]: "x" } as never));
    expect(error.code).toBe("HAYPILE_USAGE");
    expect(error.message).toContain(`no option ${slip} of ${name}`);
    expect(error.message).toContain(`Did you mean ${known}?`);
    expect(error.data).toMatchObject({ option: slip, likely: known });
  });

  it("refuses what is no record, and values of another type", async () => {
    for (const wrong of ["src", 5, null, ["a"], true]) {
      const error = await refusal(() => call(wrong as never));
      expect(error.code).toBe("HAYPILE_USAGE");
      expect(error.message).toContain(`Expected a record of options for ${name}`);
    }
    const error = await refusal(() => call({ [known]: Symbol("x") } as never));
    expect(error.code).toBe("HAYPILE_USAGE");
    expect(error.message).toContain(
      known === "maxMemoryBytes" ? "memory.max" : known === "modelFolder" ? "model.folder" : known,
    );
  });
});

describe("records inside", () => {
  it("are looked at, too", async () => {
    const search = (filter: object) => refusal(() => engine.search("one", { filter }));
    expect((await search({ language: ["ts"] })).message).toContain("Did you mean languages?");
    expect((await search({ paths: "src" })).message).toContain(
      "Expected a list of texts for paths",
    );
    const tags = { tags: { al: ["x"] } } as never;
    expect((await refusal(() => home.memories.list(tags))).message).toContain("Did you mean all?");
    const many = [{ text: "a" }, { text: "b", tag: ["x"] }] as never;
    expect((await refusal(() => home.memories.rememberMany(many))).message).toContain(
      "Did you mean tags?",
    );
    const exported = async () => {
      for await (const _ of home.memories.export({ kinds: "fact" } as never)) break;
    };
    expect((await refusal(exported)).message).toContain("Did you mean kind?");
    const timeouts = { timeouts: { headerMs: 5 } } as never;
    expect((await refusal(() => createHttpListener(backend, timeouts))).message).toContain(
      "Did you mean headersMs?",
    );
  });

  it("are no trap: names of Object are unknown names", async () => {
    for (const name of ["constructor", "toString", "__proto__"]) {
      const options = JSON.parse(`{"${name}": 1}`) as never;
      expect((await refusal(() => engine.search("one", options))).message).toContain(name);
    }
    const shape: OptionShape = { one: "text" };
    expect(() => checkOptions("f()", { one: undefined }, shape)).not.toThrow();
    const loop: Record<string, unknown> = {};
    loop.one = loop;
    expect(() => checkOptions("f()", loop, shape)).toThrow(/Expected a text for one/);
  });

  it("of arguments that must be texts, too", async () => {
    const five = 5 as never;
    expect((await refusal(() => engine.search(five))).code).toBe("HAYPILE_USAGE");
    expect((await refusal(() => engine.findSymbol(five))).message).toContain("a text for name");
    expect((await refusal(() => engine.outline(five))).message).toContain("a text for path");
    expect((await refusal(() => engine.why("one", five))).message).toContain("a text for path");
    expect((await refusal(() => home.engine(five))).message).toContain("a text for folder");
    expect((await refusal(() => embedder.embed("abc" as never))).message).toContain(
      "a list of texts",
    );
    expect((await refusal(() => embedder.embed(["a", five]))).message).toContain("item 1");
    expect((await refusal(() => embedder.countTokens("abc" as never))).code).toBe("HAYPILE_USAGE");
    expect(
      (await refusal(() => embedder.embed(["a"], { kind: "qurey" as never }))).message,
    ).toContain('"query" or "passage"');
  });

  it("of a connection are looked at before it is served", async () => {
    const stream = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
    await expect(serveConnection(stream, {}, backend, { readonly: true } as never)).rejects.toThrow(
      /Did you mean readOnly\?/,
    );
  });
});
