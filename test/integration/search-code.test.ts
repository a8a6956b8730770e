/* The whole search over a real folder, store and grammars; only the vectors are hashes of words. */
import { mkdirSync, mkdtempSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Embedder } from "../../src/embedder.ts";
import { indexFolder } from "../../src/indexing/indexer.ts";
import type { ScoreParts, SearchRequest } from "../../src/ports/answers/search.ts";
import { search } from "../../src/search/searcher.ts";
import { why } from "../../src/search/why.ts";
import { openSqliteStore, type SqliteStore } from "../../src/storage/sqlite/store.ts";
import { grammarsFolder } from "../../src/syntax/grammars.ts";
import { TreeSitterParser } from "../../src/syntax/parser.ts";
import { HashEmbedder } from "../helpers/hash-embedder.ts";
import { loadEmbedder } from "../helpers/model.ts";

let scratch: string;
let root: string;
let store: SqliteStore;
let parser: TreeSitterParser;
let embedder: HashEmbedder;

const retry = (name: string): string =>
  `def ${name}(attempt, base):\n    """Delay before the next try, doubled each time."""\n    delay = base * 2 ** attempt\n    jitter = delay * 0.1\n    return delay + jitter\n`;

const files: Record<string, string> = {
  "net/backoff.py": `${retry("retry_delay")}\n\nclass Backoff:\n    """Keeps the state of retries."""\n\n    def reset(self):\n        self.attempt = 0\n        self.waiting = False\n        self.started = None\n`,
  "net/copy.py": `# A copy.\n${retry("retry_delay")}`,
  "tests/test_backoff.py": `def test_retry_delay():\n    # The delay before the next try is doubled each time.\n    assert retry_delay(1, 2) > 0\n    assert retry_delay(2, 2) > retry_delay(1, 2)\n`,
  "docs/retry.md": "# Retries\n\nThe delay before the next try is doubled each time.\n",
  "web/retry.ts":
    "/** Delay before the next try. */\nexport function retryDelay(attempt: number): number {\n  return 2 ** attempt * 100;\n}\n",
  "gen/retry.py": retry("made_delay").replaceAll("delay", "pause"),
};

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

const index = (options = {}) => indexFolder({ root, store, embedder, parser, options });
const parts = () => ({ store, embedder, root });
const find = (query: string, request: Partial<SearchRequest> = {}) =>
  search(parts(), { query, fillIn: "off", ...request });
const paths = async (query: string, request: Partial<SearchRequest> = {}): Promise<string[]> =>
  (await find(query, request)).hits.map((hit) => hit.path);

function sumOf(parts: ScoreParts): number {
  const { words: _, share: __, meaning: ___, rerank: ____, crowding = 0, ...given } = parts;
  return Object.values(given).reduce((sum: number, value) => sum + (value ?? 0), -crowding);
}

beforeEach(async () => {
  scratch = mkdtempSync(join(tmpdir(), "haypile-search-code-"));
  root = join(scratch, "tree");
  mkdirSync(root);
  for (const [path, text] of Object.entries(files)) write(path, text);
  store = openSqliteStore({ path: join(scratch, "index.db") });
  parser = new TreeSitterParser({ grammars: grammarsFolder() });
  embedder = new HashEmbedder();
  await index();
});

afterEach(async () => {
  await parser.close();
  store.close();
  rmSync(scratch, { recursive: true, force: true });
});

describe("search over code", () => {
  it("puts the definition of a name first, and names it", async () => {
    const { hits, candidates } = await find("retry_delay");
    expect(hits[0]).toMatchObject({
      path: "net/backoff.py",
      symbol: { name: "retry_delay", kind: "function" },
    });
    expect(hits[0]?.parts.name).toBeGreaterThan(0.4);
    expect(hits[0]?.score).toBeGreaterThan(0.8);
    expect(candidates.symbols).toBeGreaterThan(0);
    expect((await paths("Backoff reset"))[0]).toBe("net/backoff.py");
  });

  it("shows a file once, with its other places, their names and lines as they are now", async () => {
    const parts = ["open", "read", "close"].map(
      (verb) =>
        `def ${verb}_ledger(book):\n    """${verb} the ledger of a book"""\n    page = book.page("${verb}")\n    entry = page.entry("${verb}")\n    return entry.${verb}(page, book)\n`,
    );
    write("books/ledger.py", parts.join("\n\n"));
    await index();
    const [hit] = (await find("ledger of a book", { k: 1 })).hits;
    expect(hit?.path).toBe("books/ledger.py");
    const names = [hit?.symbol?.name, ...(hit?.inFile ?? []).map(({ symbol }) => symbol?.name)];
    expect(names.toSorted()).toEqual(["close_ledger", "open_ledger", "read_ledger"]);
    for (const { score } of hit?.inFile ?? []) expect(score).toBeLessThanOrEqual(hit?.score ?? 0);

    write("books/ledger.py", `# moved\n${parts.join("\n\n")}`);
    const [moved] = (await find("ledger of a book", { k: 1 })).hits;
    const lines = (one: typeof hit): number[] => (one?.inFile ?? []).map((at) => at.startLine);
    expect(lines(moved)).toEqual(lines(hit).map((line) => line + 1));
    const all = (
      await find("ledger of a book", { k: 10, minScore: 0, filter: { paths: ["books"] } })
    ).hits;
    expect(all.map(({ path }) => path)).toEqual(Array(3).fill("books/ledger.py"));
  });

  it("keeps its pages where they are, however many are asked for", async () => {
    for (let at = 0; at < 30; at += 1) {
      write(
        `pages/p${at}.py`,
        `def turn_page_${at}(book):\n    """Turns page ${at} of a book."""\n    return book.turn(${at}, page=${at % 7})\n`,
      );
    }
    await index();
    const page = async (k: number): Promise<string[]> =>
      (await find("turn a page of the book", { k, pageSize: 3, minScore: 0 })).hits.map(
        ({ path, startLine }) => `${path}:${startLine}`,
      );
    let known: string[] = [];
    for (let k = 3; k <= 30; k += 3) {
      const shown = await page(k);
      expect(shown.slice(0, known.length)).toEqual(known);
      expect(new Set(shown).size).toBe(shown.length);
      known = shown;
    }
    expect(known.length).toBe(30);
  });

  it("tells the pieces of one long function as one place", async () => {
    const step = (at: number): string =>
      `    ledger.post("entry ${at}", amount=${at}, account="savings ${at}")  # posts entry ${at} of the ledger\n`;
    const long = `def post_all(ledger):\n    """Posts every entry of the ledger."""\n${Array.from({ length: 80 }, (_, at) => step(at)).join("")}`;
    write(
      "books/post.py",
      `def close_ledger(ledger):\n    """Closes the ledger after its entries."""\n    ledger.close()\n    return ledger.entries\n\n\n${long}`,
    );
    await index();
    const { hits } = await find("posts every entry of the ledger", { k: 1, minScore: 0 });
    const names = hits[0]?.inFile.map(({ symbol }) => symbol?.name) ?? [];
    expect(names.length).toBeGreaterThan(0);
    expect(new Set(names).size).toBe(names.length);
    const pieces = hits[0]?.inFile.find(({ symbol }) => symbol?.name === "post_all");
    expect((pieces?.endLine ?? 0) - (pieces?.startLine ?? 0)).toBeGreaterThan(20);
  });

  it("folds near copies into one hit", async () => {
    const { hits } = await find("delay before the next try, doubled", { k: 10 });
    const shown = hits.filter((hit) => hit.text.includes("def retry_delay"));
    expect(shown).toHaveLength(1);
    expect(shown[0]?.alsoAt.map(({ path }) => path)).toContain("net/copy.py");
  });

  it("takes tests down, unless asked for", async () => {
    const { hits } = await find("delay before the next try", { k: 10 });
    const priors = Object.fromEntries(hits.map((hit) => [hit.path, hit.parts.path]));
    expect(priors["tests/test_backoff.py"]).toBeLessThan(0);
    // A document beside code is taken down too, by less.
    expect(priors["docs/retry.md"]).toBeGreaterThan(priors["tests/test_backoff.py"] as number);
    const asked = await find("test of the delay before the next try", { k: 10 });
    const test = asked.hits.find((hit) => hit.path === "tests/test_backoff.py");
    expect(test?.parts.path).toBeUndefined();
  });

  it("filters and still fills the list", async () => {
    expect(await paths("delay lang:typescript")).toEqual(["web/retry.ts"]);
    expect(await paths("delay path:docs")).toEqual(["docs/retry.md"]);
    expect(await paths("delay -test -path:gen lang:python")).not.toContain("gen/retry.py");
    expect(await paths("retries kind:class")).toEqual(["net/backoff.py"]);
    expect(await paths("delay", { filter: { languages: ["markdown"] } })).toEqual([
      "docs/retry.md",
    ]);
    expect(await paths("delay lang:cobol")).toEqual([]);
    for (let i = 0; i < 300; i += 1)
      write(`many/f${i}.py`, `# delay before the next try ${i}\nx = ${i}\n`);
    write(
      "many/one.go",
      "package one\n\n// Delay before the next try.\nfunc Delay() int { return 1 }\n",
    );
    await index();
    expect(await paths("delay before the next try lang:go", { k: 1 })).toEqual(["many/one.go"]);
    expect(await paths("delay before the next try path:many", { k: 20 })).toHaveLength(20);
  });

  it("drops hits whose file is gone, and follows lines that moved", async () => {
    unlinkSync(join(root, "docs/retry.md"));
    write("net/backoff.py", `import time\n\n\n${files["net/backoff.py"]}`);
    const { hits, changedFiles } = await find("delay before the next try, doubled each time", {
      k: 10,
    });
    expect(hits.map((hit) => hit.path)).not.toContain("docs/retry.md");
    const moved = hits.find(
      (hit) => hit.path === "net/backoff.py" && hit.text.includes("retry_delay"),
    );
    expect(moved).toMatchObject({ startLine: 4, stale: false });
    expect(changedFiles).toEqual(expect.arrayContaining(["docs/retry.md", "net/backoff.py"]));
  });

  it("marks what is not in the file any more", async () => {
    write("docs/retry.md", "# Other\n\nNothing of it.\n");
    const { hits } = await find("delay before the next try is doubled path:docs");
    expect(hits).toMatchObject([{ path: "docs/retry.md", stale: true }]);
    await index();
    expect((await find("Nothing of it path:docs")).hits).toMatchObject([{ stale: false }]);
  });

  it("fits a budget of tokens and says what it cut", async () => {
    const whole = await find("delay before the next try", { k: 5 });
    expect(whole.cut).toEqual([]);
    const small = await find("delay before the next try", { k: 5, maxTokens: 80 });
    expect(small.hits.length).toBeLessThan(whole.hits.length);
    expect(small.hits.length).toBeGreaterThan(0);
    expect(small.cut[0]).toMatch(/left out to fit 80 tokens/);
    const shown = small.hits.flatMap((hit) => hit.snippet.lines).join("\n");
    expect(shown.length / 3).toBeLessThanOrEqual(80);
  });

  it("answers by words when the model is late", async () => {
    const slow = new HashEmbedder();
    slow.embed = () => new Promise(() => {});
    const result = await search({ ...parts(), embedder: slow }, { query: "delay", deadlineMs: 30 });
    expect(result.cut[0]).toMatch(/deadline/);
    expect(result.hits.length).toBeGreaterThan(0);
    expect(result.candidates.meaning).toBe(0);
  });

  it("embeds candidates on demand, and keeps their vectors", async () => {
    rmSync(join(scratch, "index.db"));
    store.close();
    store = openSqliteStore({ path: join(scratch, "index.db") });
    await index({ embed: false });
    const before = store.pending.count();
    expect(before).toBeGreaterThan(4);
    const without = await find("delay before the next try");
    expect(without.candidates.meaning).toBe(0);
    const first = await find("delay before the next try", { fillIn: "on-demand" });
    expect(first.filledIn).toBeGreaterThan(0);
    expect(first.candidates.meaning).toBeGreaterThan(0);
    expect(store.pending.count()).toBe(before - first.filledIn);
    expect((await find("delay before the next try", { fillIn: "on-demand" })).filledIn).toBe(0);
  });
});

describe("the static model", () => {
  let staticEmbedder: Embedder;

  beforeEach(async () => {
    staticEmbedder = await loadEmbedder({ model: "static" });
  });

  afterEach(() => staticEmbedder.close());

  it("answers by meaning before the model has seen anything, and steps aside when it has", async () => {
    store.close();
    rmSync(join(scratch, "index.db"));
    store = openSqliteStore({ path: join(scratch, "index.db") });
    for (let i = 0; i < 200; i += 1)
      write(`other/f${i}.py`, `def other_${i}(x):\n    return x * ${i}\n`);
    const options = { root, store, embedder, parser, staticEmbedder };
    await indexFolder({ ...options, options: { embed: false } });
    expect(store.staticVectors.pending(10)).toEqual([]);
    const ask = (request: Partial<SearchRequest> = {}) =>
      search(
        { ...parts(), staticEmbedder },
        { query: "wait longer after each failure", fillIn: "off", ...request },
      );
    const first = await ask();
    expect(first.isStatic).toBe(true);
    expect(first.hits.slice(0, 4).some((hit) => /backoff|retry/.test(hit.path))).toBe(true);
    expect(first.withoutVector).toBe(store.facts.stats().chunks);
    await indexFolder(options);
    const later = await ask();
    expect(later).toMatchObject({ isStatic: false, withoutVector: 0 });
  });

  it("chooses what is embedded on demand, with the words", async () => {
    store.close();
    rmSync(join(scratch, "index.db"));
    store = openSqliteStore({ path: join(scratch, "index.db") });
    await indexFolder({ root, store, embedder, parser, staticEmbedder, options: { embed: false } });
    const result = await search(
      { ...parts(), staticEmbedder },
      { query: "wait longer after each failure" },
    );
    expect(result.filledIn).toBeGreaterThan(0);
    expect(result.isStatic).toBe(false);
    expect(result.candidates.meaning).toBeGreaterThan(0);
  });
});

describe("why", () => {
  it("gives all that makes a score: what is given adds up, and orders the hits as they stand", async () => {
    const asked = ["delay before the next try", "retry_delay", "keeps the state", "retry delay ts"];
    for (const query of asked) {
      const { hits } = await find(query, { k: 20, minScore: 0 });
      expect(hits.length).toBeGreaterThan(2);
      const sums = hits.map(({ parts }) => sumOf(parts));
      const sorted = sums.toSorted((a, b) => b - a);
      // What has half of the words is near enough whatever its evidence: those below stand together, and in order.
      for (const [at, sum] of sums.entries()) expect(sum).toBeCloseTo(sorted[at] as number, 6);
    }
  });

  const ask = (query: string, path: string, request: Partial<SearchRequest> = {}) =>
    why(parts(), { query, fillIn: "off", ...request }, path);

  it("says where a file came, by each list", async () => {
    const result = await ask("retry_delay", "net/backoff.py");
    expect(result.verdict).toMatch(/is hit 1: number \d+ by words and number \d+ by meaning/);
    expect(result.chunks[0]).toMatchObject({ rank: 1, hasVector: true });
    expect(result.chunks[0]?.parts?.name).toBeGreaterThan(0);
    const all = (await ask("pause before trying again", "net/backoff.py")).chunks[0]?.parts;
    expect(all?.meaning).toBeTypeOf("number");
    expect(all?.neighbours).toBeTypeOf("number");
  });

  it("says that it is filtered, too low, not found, empty or not indexed", async () => {
    expect((await ask("delay lang:go", "net/backoff.py")).verdict).toMatch(
      /left out by the filters/,
    );
    expect((await ask("delay", "web/retry.ts", { k: 1 })).verdict).toMatch(
      /beyond the 1 shown|is hit 1/,
    );
    expect((await ask("delay", "no/such.py")).verdict).toMatch(/not in the index/);
    write("empty.py", "");
    await index();
    expect((await ask("delay", "empty.py")).verdict).toMatch(/is empty/);
  });
});

describe("vectors", () => {
  it("come to source before tests, and to generated code last", async () => {
    store.close();
    rmSync(join(scratch, "index.db"));
    store = openSqliteStore({ path: join(scratch, "index.db") });
    const order: string[] = [];
    const embed = embedder.embed.bind(embedder);
    embedder.embed = (texts, options) => {
      order.push(...texts);
      return embed(texts, options);
    };
    await indexFolder({ root, store, embedder, parser, options: { batchChunks: 1 } });
    const at = (part: string): number => order.findIndex((text) => text.includes(part));
    expect(at("class Backoff")).toBeLessThan(at("def test_retry_delay"));
    expect(at("export function retryDelay")).toBeLessThan(at("def test_retry_delay"));
    expect(at("def test_retry_delay")).toBeLessThan(at("def made_pause"));
    expect(at("def made_pause")).toBeGreaterThan(0);
  });
});
