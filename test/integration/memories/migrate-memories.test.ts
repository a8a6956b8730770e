/* The memories keep their model, and get another while they are open: in this process and in others. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { type Home, openHome } from "../../../src/index.ts";
import { repository } from "../../helpers/model.ts";
import { copyModel, readingTinyModel } from "../../helpers/model-copies.ts";

let scratch: string;
let tiny: string;
let renewed: string;
let nameless: string;
let packaged: unknown;
let file: string;
let numbered = 0;

const texts = Array.from({ length: 40 }, (_, i) => `read the file at path ${i} for the index`);

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "haypile-migrate-memories-"));
  tiny = readingTinyModel(join(scratch, "tiny"));
  renewed = copyModel(join(scratch, "renewed"), { vectors: "next" });
  nameless = copyModel(join(scratch, "nameless"), { vectors: undefined, comparable: undefined });
  const described = readFileSync(
    join(repository, "models", "all-minilm-l6-v2", "model.json"),
    "utf8",
  );
  const { name: id, dimensions, vectors } = JSON.parse(described);
  packaged = { id, dimensions, vectors };
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

beforeEach(async () => {
  numbered += 1;
  file = join(scratch, `memories-${numbered}.db`);
  await using home = await opened();
  for (const text of texts) await home.memories.remember(text);
  await home.memories.settled();
}, 60_000);

function opened(more: object = {}): Promise<Home> {
  return openHome({ memoriesDatabase: file, ...more });
}

function there() {
  const db = new Database(file, { readonly: true });
  const model = db.prepare("SELECT value FROM meta WHERE name = 'model'").pluck().get() as string;
  const lengths = db.prepare("SELECT DISTINCT length(data) FROM vectors").pluck().all();
  const count = db.prepare("SELECT count(*) FROM vectors").pluck().get();
  db.close();
  return { model, lengths, count };
}

/** As 0.1 left it. */
function nameNoFormat(): void {
  const db = new Database(file);
  db.prepare("UPDATE meta SET value = 'all-minilm-l6-v2 384' WHERE name = 'model'").run();
  db.close();
}

function sum(): unknown {
  const db = new Database(file, { readonly: true });
  const total = db.prepare("SELECT total(scale) FROM vectors").pluck().get();
  db.close();
  return total;
}

async function byMeaning(home: Home): Promise<boolean> {
  const { hits } = await home.memories.recall("a path of the index is read", { why: true });
  return hits.some(({ why }) => typeof why?.meaning === "number");
}

it("change to another model and back, and every process that has them open follows", async () => {
  await using home = await opened();
  await using other = await opened();
  expect([await byMeaning(home), await byMeaning(other)]).toEqual([true, true]);
  const seen: boolean[] = [];
  let asked: Promise<void> | undefined;
  const result = await home.memories.migrate({
    modelFolder: tiny,
    onProgress: ({ servedBy }) => {
      expect(servedBy).toBe("old-vectors");
      asked ??= byMeaning(other).then((found) => void seen.push(found));
    },
  });
  await asked;
  expect(seen).toEqual([true]);
  expect(result).toMatchObject({ state: "done", to: { id: "tiny" }, vectors: 40, embedded: 40 });
  expect(there()).toMatchObject({ lengths: [8], count: 40 });
  expect([await byMeaning(home), await byMeaning(other)]).toEqual([true, true]);
  await other.memories.remember("a file that came later");
  await other.memories.settled();
  expect(there()).toMatchObject({ lengths: [8], count: 41 });
  await using later = await opened();
  expect(await byMeaning(later)).toBe(true);
  expect(await home.memories.migrate({ model: "all-minilm-l6-v2" })).toMatchObject({
    state: "done",
    vectors: 41,
  });
  expect(there()).toMatchObject({ lengths: [384], count: 41 });
});

it("of an older format are found by words at once, and renewed in the background", async () => {
  await using home = await opened({ modelFolder: renewed });
  const first = await home.memories.recall("the file at path 7 for the index");
  expect(first.hits.length).toBeGreaterThan(0);
  const { state } = await home.memories.migrate();
  expect(["done", "current"]).toContain(state);
  expect(there()).toMatchObject({ lengths: [384], count: 40 });
  expect(JSON.parse(there().model)).toMatchObject({ vectors: "next" });
  expect(await byMeaning(home)).toBe(true);
});

it("whose file names no format have that of a model that names none", async () => {
  nameNoFormat();
  const before = sum();
  await using home = await opened({ modelFolder: nameless });
  expect(await byMeaning(home)).toBe(true);
  expect(await home.memories.migrate()).toMatchObject({ state: "current" });
  expect(sum()).toBe(before);
});

it("of 0.1 are searched by their vectors until they are renewed, and no other stands beside them", async () => {
  {
    await using home = await opened();
    // It has looked by then whether there is something to renew.
    expect(await byMeaning(home)).toBe(true);
    nameNoFormat();
    const served: unknown[] = [];
    const stop = new AbortController();
    const stopped = home.memories.migrate({
      signal: stop.signal,
      onProgress: ({ done, servedBy, note }) => {
        served.push([servedBy, note?.includes("may be compared")]);
        if (done > 0) stop.abort();
      },
    });
    await expect(stopped).rejects.toMatchObject({ code: "HAYPILE_ABORTED" });
    expect(served[0]).toEqual(["comparable-vectors", true]);
  }
  // What was stopped is not taken up by itself.
  await using home = await opened();
  await using other = await opened();
  expect([await byMeaning(home), await byMeaning(other)]).toEqual([true, true]);
  await home.memories.remember("a file that came later");
  await home.memories.settled();
  expect(there()).toMatchObject({ model: "all-minilm-l6-v2 384", count: 40 });
  expect(await home.memories.migrate()).toMatchObject({ state: "done", vectors: 41 });
  expect([await byMeaning(home), await byMeaning(other)]).toEqual([true, true]);
  expect(JSON.parse(there().model)).toEqual(packaged);
});

it("leave no new vector of what is forgotten", async () => {
  await using home = await opened();
  const stop = new AbortController();
  const onProgress = ({ done }: { done: number }): void => void (done > 0 && stop.abort());
  const stopped = home.memories.migrate({ modelFolder: tiny, signal: stop.signal, onProgress });
  await expect(stopped).rejects.toMatchObject({ code: "HAYPILE_ABORTED" });
  const db = new Database(file, { readonly: true });
  const count = db.prepare("SELECT count(*) FROM next_vectors").pluck();
  expect(count.get()).toBeGreaterThan(0);
  const { memories } = await home.memories.list({ limit: 100 });
  for (const { id } of memories) await home.memories.forget(id, { hard: true });
  expect(count.get()).toBe(0);
  db.close();
});
