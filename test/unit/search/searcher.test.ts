import { describe, expect, it } from "vitest";
import type { FileWithChunks } from "../../../src/ports/store.ts";
import { search } from "../../../src/search/searcher.ts";
import { why } from "../../../src/search/why.ts";
import { HashEmbedder } from "../../helpers/hash-embedder.ts";
import { MapStore } from "../../helpers/map-store.ts";

function file(path: string, ...texts: string[]): FileWithChunks {
  return {
    path,
    stamp: { sizeBytes: 1, mtimeMs: 1, readMs: 9000 },
    contentHash: "00",
    language: path.endsWith(".py") ? "python" : "text",
    chunks: texts.map((text, index) => ({
      text,
      startLine: index * 10 + 1,
      endLine: index * 10 + text.split("\n").length,
      tokens: 5,
    })),
  };
}

const opened = "def open_file(path):\n    return os.open(path)";
const closed = "def close_file(handle):\n    handle.close()";
const license = "Permission is granted to use this software.";

async function setUp(withVectors = true) {
  const store = new MapStore();
  const embedder = new HashEmbedder();
  store.vectors.claimModel({ id: embedder.modelId, dimensions: embedder.dimensions });
  store.files.put([
    file("a/files.py", opened, closed),
    file("b/copy.py", license, closed),
    file("a/zoo.txt", "The marmot gathers hay.\nIt dries on stones.", license),
  ]);
  if (withVectors) {
    const rows = store.pending.page(0, 100);
    const vectors = await embedder.embed(rows.map((row) => row.text));
    store.vectors.put(
      rows.map((row) => row.id),
      vectors,
    );
  }
  return { store, embedder };
}

describe("a deadline", () => {
  it("counts from when the search was asked for, whoever answers it and however late that begins", async () => {
    const { store, embedder } = await setUp();
    embedder.embed = () => new Promise(() => {});
    // The minute had passed before its turn came: nobody waits another one for the model.
    const late = { deadlineMs: 60_000, askedAt: performance.now() - 61_000 };
    const query = "open a file by its path";
    const found = await search({ store, embedder }, { query, minScore: 0, ...late });
    expect(found.cut[0]).toContain("deadline");
    expect(found.hits[0]?.path).toBe("a/files.py");
    const reasons = await why({ store, embedder }, { query, ...late }, "a/files.py");
    expect(reasons.chunks[0]).toMatchObject({ rankByWords: 1, rankByMeaning: null });
  });
});

describe("search", () => {
  it("gives the place, parts, snippet and text of the best chunk", async () => {
    const result = await search(await setUp(), {
      query: "open a file by its path",
      k: 3,
      minScore: 0,
    });
    expect(result.hits).toHaveLength(3);
    expect(result.hits[0]).toMatchObject({
      path: "a/files.py",
      startLine: 1,
      endLine: 2,
      language: "python",
      text: opened,
      snippet: { startLine: 1, lines: opened.split("\n") },
      alsoAt: [],
    });
    const [first] = result.hits;
    expect(first?.parts.words).toBeGreaterThan(0);
    expect(first?.parts.meaning).toBeGreaterThan(0);
    expect(first?.score).toBeGreaterThan(0);
    expect(first?.score).toBeLessThan(1);
    expect(result.hits.map((hit) => hit.score)).toEqual(
      result.hits.map((hit) => hit.score).toSorted((a, b) => b - a),
    );
    expect(result.timesMs.total).toBeGreaterThan(0);
  });

  it("gives one hit for a text that stands in several places, by path", async () => {
    const { hits } = await search(await setUp(), { query: "close_file", k: 10 });
    const [first] = hits;
    expect(first).toMatchObject({ path: "a/files.py", startLine: 11, text: closed });
    expect(first?.alsoAt).toEqual([{ path: "b/copy.py", startLine: 11, endLine: 12 }]);
    expect(new Set(hits.map((hit) => hit.text)).size).toBe(hits.length);
  });

  it("searches by words while there are no vectors", async () => {
    const { hits, candidates } = await search(await setUp(false), {
      query: "marmot hay",
      fillIn: "off",
    });
    expect(candidates.meaning).toBe(0);
    expect(hits.map((hit) => hit.path)).toEqual(["a/zoo.txt"]);
    expect(hits[0]?.parts).toMatchObject({ meaning: null, share: 1 });
  });

  it("searches by words without an embedder", async () => {
    const { store } = await setUp();
    const { hits } = await search({ store }, { query: "marmot" });
    expect(hits.map((hit) => hit.path)).toEqual(["a/zoo.txt"]);
  });

  it("searches by meaning when no word is found", async () => {
    const { hits, candidates } = await search(await setUp(), {
      query: "marmo gath",
      k: 1,
      minScore: 0,
    });
    expect(candidates.words).toBe(0);
    expect(hits[0]).toMatchObject({ path: "a/zoo.txt", parts: { words: null, share: 0 } });
  });

  it("gives nothing from an empty index, and loads no model for it", async () => {
    const embedder = new HashEmbedder();
    embedder.embed = () => Promise.reject(new Error("must not be called"));
    const { hits, candidates } = await search({ store: new MapStore(), embedder }, { query: "x" });
    expect(hits).toEqual([]);
    expect(candidates).toEqual({ words: 0, meaning: 0, symbols: 0 });
  });

  it("gives at most k, and fills up when a chunk has lost its place", async () => {
    const { store, embedder } = await setUp();
    const places = store.texts.places.bind(store.texts);
    expect((await search({ store, embedder }, { query: "file", k: 2 })).hits).toHaveLength(2);
    const [best] = (await search({ store, embedder }, { query: "open file", k: 1 })).hits;
    store.texts.places = (ids) => places(ids).filter((place) => place.text !== best?.text);
    const { hits } = await search({ store, embedder }, { query: "open file", k: 3, minScore: 0 });
    expect(hits).toHaveLength(3);
    expect(hits.some((hit) => hit.text === best?.text)).toBe(false);
  });

  it("gives nothing where nothing is near, says how near the best was, and shows it when asked", async () => {
    const parts = await setUp();
    const far = { query: "quarterly dividend of the penguin colony" };
    const none = await search(parts, far);
    expect(none.hits).toEqual([]);
    expect(none.nearest).toBeGreaterThan(0);
    expect(none.nearest).toBeLessThan(0.2);
    const all = await search(parts, { ...far, minScore: 0, k: 10 });
    expect(all.hits.length).toBeGreaterThan(0);
    expect(all.hits.every(({ relevance }) => relevance < 0.2)).toBe(true);
    expect(all.nearest).toBeUndefined();
    const strict = await search(parts, { query: "open a file by its path", minScore: 0.999 });
    expect(strict.hits).toEqual([]);
  });

  it("asks for a query vector, and passes the signal on", async () => {
    const { store, embedder } = await setUp();
    const embed = embedder.embed.bind(embedder);
    const kinds: (string | undefined)[] = [];
    embedder.embed = (texts, options) => {
      kinds.push(options?.kind);
      return embed(texts, options);
    };
    await search({ store, embedder }, { query: "x" });
    expect(kinds).toEqual(["query"]);
    const signal = AbortSignal.abort();
    await expect(search({ store, embedder }, { query: "x", signal })).rejects.toMatchObject({
      code: "HAYPILE_ABORTED",
    });
  });

  it("refuses another model than that of the index, with both numbers", async () => {
    const { store } = await setUp();
    const embedder = new HashEmbedder({ modelId: "wide", dimensions: 128 });
    const call = search({ store, embedder }, { query: "x" });
    await expect(call).rejects.toMatchObject({ code: "HAYPILE_DIMENSIONS_DIFFER" });
    await expect(call).rejects.toThrow(/64.*128/u);
  });

  it("refuses a bad request", async () => {
    const parts = await setUp();
    await expect(search(parts, { query: " " })).rejects.toMatchObject({ code: "HAYPILE_USAGE" });
    await expect(search(parts, { query: "x", minScore: 2 })).rejects.toThrow(/0 to 1.*minScore/u);
    await expect(search(parts, { query: "x", k: 0 })).rejects.toMatchObject({
      code: "HAYPILE_USAGE",
    });
  });
});
