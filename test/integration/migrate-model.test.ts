/*
 * An index keeps its model and the format of its vectors, and changes either while searches go on. The packaged model
 * is used, copies of it in other formats, and a tiny one with other dimensions; what an older version has left is
 * written into the file by hand.
 */
import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Engine, type MigrationProgress, open } from "../../src/index.ts";
import { keptVectors } from "../helpers/kept-vectors.ts";
import { repository } from "../helpers/model.ts";
import { copyModel, readingTinyModel } from "../helpers/model-copies.ts";
import { codeOf } from "../helpers/store-files.ts";

let scratch: string;
let tree: string;
let calm: string;
let database: string;
let tiny: string;
let renewed: string;
let comparable: string;
let nameless: string;
let numbered = 0;

const query = "options of a caller are checked";
const described = JSON.parse(
  readFileSync(join(repository, "models", "all-minilm-l6-v2", "model.json"), "utf8"),
);
const packaged = {
  id: described.name as string,
  dimensions: described.dimensions as number,
  vectors: described.vectors as string,
};

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), "haypile-migrate-"));
  tree = join(scratch, "tree");
  for (const name of ["errors", "deadline", "check-options", "events", "byte-count"]) {
    cpSync(join(repository, "src", "base", `${name}.ts`), join(tree, `${name}.ts`));
  }
  // Short ones, so that there are several calls of the model.
  for (let i = 0; i < 90; i += 1) {
    writeFileSync(
      join(tree, `part${i}.py`),
      `def read_part_${i}(file):\n    return file.read(${i})\n`,
    );
  }
  tiny = readingTinyModel(join(scratch, "tiny"));
  renewed = copyModel(join(scratch, "renewed"), { vectors: "next" });
  comparable = copyModel(join(scratch, "comparable"), {
    vectors: "near",
    comparable: [packaged.vectors],
  });
  nameless = copyModel(join(scratch, "nameless"), { vectors: undefined, comparable: undefined });
  calm = join(scratch, "calm.db");
  const engine = await open({ folder: tree, database: calm, embeddingCache: false });
  await engine.index();
  await engine.close();
}, 120_000);

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Every test has a copy of the same index. */
beforeEach(() => {
  numbered += 1;
  database = join(scratch, `index-${numbered}.db`);
  cpSync(calm, database);
});

function opened(more: object = {}): Promise<Engine> {
  return open({ folder: tree, database, embeddingCache: false, ...more });
}

/** The file as it lies there. */
function file<T>(work: (db: Database.Database) => T): T {
  const db = new Database(database);
  try {
    return work(db);
  } finally {
    db.close();
  }
}

function vectors(path = database): string {
  return keptVectors(path);
}

/** What the file says of its model, and what 0.1 noted beside it; undefined: nothing. */
function note(claim: object, weights?: string): void {
  file((db) => {
    const set = db.prepare("INSERT OR REPLACE INTO meta(key, value) VALUES (?, ?)");
    set.run("store.model", JSON.stringify(claim));
    db.exec("DELETE FROM meta WHERE key = 'model-weights'");
    if (weights !== undefined) set.run("model-weights", weights);
  });
}

/** As an older version left it, with vectors that point the other way: compared, they would find nothing. */
function makeOld(vectors: string): void {
  file((db) => {
    db.prepare("UPDATE meta SET value = ? WHERE key = 'store.model'").run(
      JSON.stringify({ ...packaged, vectors }),
    );
    db.function("turned", (data) => Buffer.from(Array.from(data as Buffer, (code) => -code & 255)));
    db.exec("UPDATE vectors SET data = turned(data)");
  });
}

describe("an index", () => {
  it("says its model and the format of its vectors, wherever they are noted", async () => {
    for (const claim of [packaged, { id: packaged.id, dimensions: 384 }]) {
      note(claim, packaged.vectors);
      await using engine = await opened();
      expect(engine.status().model).toEqual(packaged);
      expect((await engine.search(query)).cut).toEqual([]);
    }
  });

  it("of 0.1 is searched by its vectors until a run has made them anew, and says so", async () => {
    note({ id: packaged.id, dimensions: 384 }, "int8");
    await using engine = await opened();
    expect(engine.status().model).toEqual({ ...packaged, vectors: "int8" });
    const found = await engine.search(query);
    expect(found.isStatic).toBe(false);
    expect(found.cut[0]).toMatch(/of the older format int8.*which may be compared/);
    const { index } = engine.status();
    expect((await engine.index()).chunks.embedded).toBe(index.chunks);
    expect(engine.status().model).toEqual(packaged);
    expect((await engine.search(query)).cut).toEqual([]);
    expect(vectors()).toBe(vectors(calm));
  });

  it("that names no format at all is of none that a model.json names, and of a model that names none", async () => {
    note({ id: packaged.id, dimensions: 384 });
    {
      await using engine = await opened();
      const found = await engine.search(query);
      expect(found.isStatic).toBe(true);
      expect(found.cut[0]).toContain("of the older format of earlier versions");
    }
    await using engine = await opened({ modelFolder: nameless });
    expect(engine.status().model).toMatchObject({ id: packaged.id, vectors: undefined });
    expect((await engine.search(query)).cut).toEqual([]);
    // The next run gives it the name of what it has.
    await engine.index();
    expect(engine.status().model).toEqual({ ...packaged, vectors: "int8" });
    expect(vectors()).toBe(vectors(calm));
  });

  it("of an older format is searched at once by words and the static model, and says so", async () => {
    makeOld("older");
    await using engine = await opened();
    const found = await engine.search(query);
    expect(found.hits[0]?.path).toContain("check-options");
    expect(found.isStatic).toBe(true);
    expect(found.candidates.meaning).toBeGreaterThan(0);
    const [said] = found.cut;
    expect(said).toContain("of the older format older");
    expect(said).toContain(`makes ${packaged.vectors} here`);
    expect(said).toContain("haypile index");
    expect(engine.status().vectorsNote).toContain("found by words, names and the simpler model");
    expect((await engine.why(query, found.hits[0]?.path ?? "")).isIndexed).toBe(true);
    expect(engine.status().index.vectors).toBe(engine.status().index.chunks);
  });

  it("of an older format is made anew by an index run, and is what a fresh one is", async () => {
    makeOld("older");
    writeFileSync(join(tree, "later.ts"), "export function cameLater() { return 'a new file'; }\n");
    try {
      const seen: number[] = [];
      await using engine = await opened();
      const report = await engine.index({
        onProgress: ({ phase, chunksDone }) => phase === "embed" && seen.push(chunksDone),
      });
      const { index, model, migration, vectorsNote } = engine.status();
      expect(report.files.new).toBe(1);
      expect(report.chunks.embedded).toBe(index.chunks);
      expect(seen.at(-1)).toBe(index.chunks);
      expect([model, migration, vectorsNote]).toEqual([packaged, undefined, undefined]);
      const found = await engine.search(query);
      expect([found.isStatic, found.cut]).toEqual([false, []]);
      rmSync(join(tree, "later.ts"));
      await engine.index();
      expect(vectors()).toBe(vectors(calm));
    } finally {
      rmSync(join(tree, "later.ts"), { force: true });
    }
  });

  it("whose format may be compared is searched by its vectors until they are new, and says so", async () => {
    await using engine = await opened({ modelFolder: comparable });
    const found = await engine.search(query);
    expect(found.isStatic).toBe(false);
    expect(found.cut[0]).toContain("which may be compared");
    expect((await engine.migrate()).state).toBe("done");
    expect(engine.status().model).toEqual({ ...packaged, vectors: "near" });
    expect((await engine.search(query)).cut).toEqual([]);
  });

  it("takes no vector of another format from a search or a run, whatever waits", async () => {
    makeOld("older");
    file((db) =>
      db.exec(`INSERT INTO pending(chunk_id) SELECT chunk_id FROM vectors WHERE chunk_id % 3 = 0;
        DELETE FROM vectors WHERE chunk_id % 3 = 0`),
    );
    const before = vectors();
    await using engine = await opened();
    const found = await engine.search(query);
    expect([found.filledIn, found.isStatic]).toEqual([0, true]);
    await engine.index({ fillIn: "off" });
    expect(vectors()).toBe(before);
  });

  it("whose static vectors were dropped gets them back before its own are new", async () => {
    makeOld("older");
    file((db) => db.exec("DELETE FROM static_vectors"));
    await using engine = await opened();
    const found: boolean[] = [];
    let asked: Promise<void> | undefined;
    const onProgress = ({ done }: MigrationProgress): void => {
      if (done === 0) return;
      asked ??= engine.search(query).then(({ isStatic }) => void found.push(isStatic));
    };
    await engine.migrate({ onProgress });
    await asked;
    expect(found).toEqual([true]);
  });
});

describe("migrate()", () => {
  it("changes to a model of other dimensions and back while searches and runs go on", async () => {
    const told: MigrationProgress[] = [];
    await using engine = await opened();
    const model = engine.status().model;
    const asked: Promise<unknown>[] = [];
    await using other = await opened();
    const there = await engine.migrate({
      modelFolder: tiny,
      onProgress: (progress) => {
        told.push(progress);
        if (told.length > 3) return;
        asked.push(
          engine
            .search(query)
            .then(({ isStatic, cut }) => expect([isStatic, cut]).toEqual([false, []])),
          other.search(query),
        );
      },
    });
    await Promise.all(asked);
    expect(there).toMatchObject({
      state: "done",
      from: packaged,
      to: { id: "tiny", dimensions: 8 },
    });
    expect(told[0]).toMatchObject({ done: 0, servedBy: "old-vectors", note: undefined });
    expect(told.at(-1)?.done).toBe(told.at(-1)?.total);
    expect(engine.status().model).toMatchObject({ id: "tiny", dimensions: 8 });
    // Both that had it open, and one that opens it now and is told no folder.
    for (const one of [engine, other]) {
      const { cut, candidates } = await one.search("read a file");
      expect(cut).toEqual([]);
      expect(candidates.meaning).toBeGreaterThan(50);
    }
    {
      await using later = await opened();
      const { isStatic, candidates } = await later.search("read a file");
      expect(isStatic).toBe(false);
      expect(candidates.meaning).toBeGreaterThan(50);
      expect(later.modelName).toContain("tiny");
    }
    const back = await engine.migrate({ model: packaged.id });
    expect(back).toMatchObject({ state: "done", to: model });
    expect(vectors()).toBe(vectors(calm));
    expect((await engine.search(query)).cut).toEqual([]);
    expect(await engine.migrate({ model: packaged.id })).toMatchObject({ state: "current" });
  });

  it("stops when told, keeps what is done, and goes on from there", async () => {
    await using engine = await opened();
    const stop = new AbortController();
    const onProgress = ({ done }: MigrationProgress): void => void (done > 0 && stop.abort());
    const stopped = await engine
      .migrate({ modelFolder: renewed, signal: stop.signal, onProgress })
      .catch((error: unknown) =>
        codeOf(() => {
          throw error;
        }),
      );
    expect(stopped).toBe("HAYPILE_ABORTED");
    const { migration } = engine.status();
    expect(migration).toMatchObject({ to: { vectors: "next" }, isStopped: true, at: undefined });
    expect(migration?.done).toBeGreaterThan(0);
    expect(vectors()).toBe(vectors(calm));
    expect((await engine.search(query)).cut).toEqual([]);
    // In another process, as far as it can tell: the model is the noted one.
    await using again = await opened({ modelFolder: renewed });
    const rest = await again.migrate();
    expect(rest.state).toBe("done");
    expect(rest.embedded).toBe((migration?.total ?? 0) - (migration?.done ?? 0));
    expect(again.status()).toMatchObject({ model: { vectors: "next" } });
  });

  it("is not begun with a model that does not work", async () => {
    const broken = readingTinyModel(join(scratch, "broken"));
    writeFileSync(
      join(broken, "model.json"),
      JSON.stringify({ name: "broken", dimensions: 8, pooling: "mean" }),
    );
    await using engine = await opened();
    const refused = await engine.migrate({ modelFolder: broken }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: "HAYPILE_MODEL_INVALID" });
    expect(engine.status().migration).toBeUndefined();
    expect((await engine.search(query)).cut).toEqual([]);
  });

  it("forgets the new vectors when it is cancelled", async () => {
    await using engine = await opened();
    const stop = new AbortController();
    const onProgress = ({ done }: MigrationProgress): void => void (done > 0 && stop.abort());
    await engine
      .migrate({ modelFolder: tiny, signal: stop.signal, onProgress })
      .catch(() => undefined);
    expect(await engine.migrate({ cancel: true })).toMatchObject({ state: "cancelled" });
    expect(engine.status().migration).toBeUndefined();
    expect(file((db) => db.prepare("SELECT count(*) FROM next_vectors").pluck().get())).toBe(0);
    expect(vectors()).toBe(vectors(calm));
  });

  it("takes up what an index run brings meanwhile, and the run goes by the old model", async () => {
    await using engine = await opened();
    await using other = await opened();
    let run: Promise<unknown> | undefined;
    const path = join(tree, "meanwhile.ts");
    try {
      await engine.migrate({
        modelFolder: tiny,
        onProgress: () => {
          if (run !== undefined) return;
          writeFileSync(path, "export function meanwhile() { return 'the file that came'; }\n");
          run = other.index();
        },
      });
      await run;
      await other.index();
      const { index, model } = engine.status();
      expect(model).toMatchObject({ id: "tiny" });
      expect(index.vectors).toBe(index.chunks);
      expect(
        file((db) => db.prepare("SELECT DISTINCT length(data) FROM vectors").pluck().all()),
      ).toEqual([8]);
    } finally {
      rmSync(path, { force: true });
    }
  });

  it("is one at a time: the same is joined, another is refused", async () => {
    await using engine = await opened();
    await using other = await opened();
    let joined: Promise<unknown> | undefined;
    let refused: Promise<unknown> | undefined;
    await engine.migrate({
      modelFolder: renewed,
      onProgress: () => {
        joined ??= other.migrate({ modelFolder: renewed });
        refused ??= other.migrate({ modelFolder: tiny }).catch((error: unknown) => error);
      },
    });
    expect(await joined).toMatchObject({ state: expect.stringMatching(/^(done|current)$/) });
    expect(await refused).toMatchObject({ code: "HAYPILE_DB_BUSY" });
  });

  it("serves by words while the model of the index is not here, and leads away from it", async () => {
    const moved = copyModel(join(scratch, "moved"), { name: "moved-model" });
    rmSync(database);
    {
      await using engine = await opened({ modelFolder: moved });
      await engine.index();
    }
    renameSync(moved, `${moved}-away`);
    await using engine = await opened();
    const refused = await engine.search(query).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: "HAYPILE_MODEL_MISSING" });
    const notes: (string | undefined)[] = [];
    let found: Promise<{ cut: string[] }> | undefined;
    const result = await engine.migrate({
      onProgress: ({ servedBy, note }) => {
        notes.push(note);
        expect(servedBy).toBe("words");
        found ??= engine.search(query);
      },
    });
    expect(result).toMatchObject({ state: "done", to: packaged });
    expect(notes[0]).toContain("moved-model, is not on this machine");
    expect((await found)?.cut.length).toBeLessThanOrEqual(1);
    expect((await engine.search(query)).isStatic).toBe(false);
    expect(vectors()).toBe(vectors(calm));
  });
});
