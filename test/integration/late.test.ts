/* Late interaction with the packaged model: the native comparison, and what searches make of it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { open } from "../../src/engine/open.ts";
import { OnnxEmbedder } from "../../src/native/embedder.ts";
import { binding, loadEmbedder } from "../helpers/model.ts";

const scratch = mkdtempSync(join(tmpdir(), "haypile-late-"));
const passages = [
  "def read_config(path):\n    return json.load(open(path))",
  "Bread is baked at 230 degrees.",
  "def delete_user(user):\n    database.remove(user)",
  "",
  "async function removeAccount(id) { await users.delete(id); }",
];
const question = "delete the account of a user";

type Options = Parameters<typeof loadEmbedder>[0];

async function withModel<T>(
  options: Options,
  run: (model: OnnxEmbedder) => Promise<T>,
): Promise<T> {
  const model = await loadEmbedder({ graphCache: false, ...options });
  if (!(model instanceof OnnxEmbedder)) throw new Error("the packaged model is of another kind");
  try {
    return await run(model);
  } finally {
    await model.close();
  }
}

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe("the model's tokens", () => {
  it("find what answers, and nothing in an empty text", async () => {
    await withModel({}, async (model) => {
      const scores = await model.late(question, passages);
      const [config, bread, remove, empty, account] = scores as unknown as number[];
      const near = Math.min(remove as number, account as number);
      expect(near).toBeGreaterThan(Math.max(config as number, bread as number) + 0.1);
      expect(empty).toBe(0);
      const [own] = await model.late(question, [question]);
      expect(own).toBeCloseTo(1, 4);
      expect(await model.late(question, [])).toHaveLength(0);
      // No word at all in the question.
      expect(Array.from(await model.late("", passages))).toEqual([0, 0, 0, 0, 0]);
    });
  });

  it("give the same bits alone, in small runs, and with every set of instructions", async () => {
    const wanted = await withModel({}, (model) => model.late(question, passages));
    for (const isa of binding().encoderPaths()) {
      await withModel({ isa, tokensPerRun: 40, workers: 2 }, async (model) => {
        expect(await model.late(question, passages)).toEqual(wanted);
        const [alone] = await model.late(question, [passages[4] as string]);
        expect(alone).toBe(wanted[4]);
      });
    }
  });

  it("are those of the beginning of a text", async () => {
    await withModel({}, async (model) => {
      const long = `${"lines that say nothing ".repeat(40)} ${question}`;
      const [hidden, seen, more] = (await model.late(question, [
        long,
        `${question} ${long}`,
        `${question} ${long} ${long}`,
      ])) as unknown as number[];
      expect(seen).toBeGreaterThan((hidden as number) + 0.1);
      expect(more).toBe(seen);
    });
  });

  it("stop with a signal, and are not to be had in ONNX Runtime or once closed", async () => {
    await withModel({}, async (model) => {
      const stop = new AbortController();
      const many = Array.from({ length: 500 }, (_, i) => `${"some words ".repeat(40)} ${i}`);
      const work = model.late(question, many, { signal: stop.signal });
      stop.abort();
      await expect(work).rejects.toMatchObject({ code: "HAYPILE_ABORTED" });
      await expect(
        model.late(question, many, { signal: AbortSignal.abort() }),
      ).rejects.toMatchObject({ code: "HAYPILE_ABORTED" });
      await expect(model.late(question, ["x", 1 as never])).rejects.toMatchObject({
        code: "HAYPILE_USAGE",
      });
    });
    await withModel({ engine: "onnx" }, async (model) => {
      await expect(model.late(question, passages)).rejects.toMatchObject({ code: "HAYPILE_USAGE" });
    });
    const closed = await withModel({}, async (model) => model);
    await expect(closed.late(question, passages)).rejects.toMatchObject({ code: "HAYPILE_CLOSED" });
  });
});

describe("a search", () => {
  const folder = join(scratch, "tree");
  const common = { folder, database: join(scratch, "index.db") } as const;
  const about = "where is an account taken out of the database";

  beforeAll(async () => {
    mkdirSync(folder);
    for (const [at, text] of passages.entries()) {
      writeFileSync(join(folder, `part${at}.md`), `${text}\n`);
    }
    const engine = await open(common);
    await engine.index();
    await engine.close();
  });

  it("has it by default, says so, and shows its share", async () => {
    const engine = await open({ ...common, tier: "standard" });
    try {
      const { hits, reranked } = await engine.search(about, { minScore: 0 });
      expect(reranked).toEqual({ pairs: hits.length, of: hits.length, complete: true });
      for (const { parts } of hits) expect(parts.late).toBeTypeOf("number");
      const why = await engine.why(about, hits[0]?.path ?? "");
      expect(why.chunks[0]?.parts?.late).toBe(hits[0]?.parts.late);
      const again = await engine.search(about, { minScore: 0 });
      expect(again.fromCache).toBe("same");
      expect(again.hits.map(({ parts }) => parts.late)).toEqual(
        hits.map(({ parts }) => parts.late),
      );

      const off = await engine.search(about, { minScore: 0, rerank: false });
      expect(off.reranked).toBeUndefined();
      for (const { path, parts, relevance } of off.hits) {
        expect(parts.late).toBeUndefined();
        const same = hits.find((hit) => hit.path === path);
        // What is near enough does not hang on it.
        expect(same?.relevance).toBe(relevance);
      }
    } finally {
      await engine.close();
    }
  });

  it("leaves code as it is, beside prose and alone", async () => {
    const mixed = join(scratch, "mixed");
    mkdirSync(mixed);
    for (const [at, text] of passages.entries()) {
      writeFileSync(join(mixed, `part${at}.${at % 2 === 0 ? "py" : "md"}`), `${text}\n`);
    }
    const engine = await open({
      folder: mixed,
      database: join(scratch, "mixed.db"),
      tier: "standard",
    });
    try {
      await engine.index();
      const { hits, reranked } = await engine.search(about, { minScore: 0 });
      const prose = hits.filter(({ language }) => language === "markdown");
      expect(reranked).toEqual({ pairs: prose.length, of: prose.length, complete: true });
      expect(prose.length).toBeGreaterThan(0);
      for (const { language, parts } of hits) {
        expect(parts.late === undefined).toBe(language !== "markdown");
      }
      const code = await engine.search(`${about} lang:python`, { minScore: 0 });
      expect(code.hits.length).toBeGreaterThan(0);
      expect(code.reranked).toBeUndefined();
    } finally {
      await engine.close();
    }
  });

  it("goes without where a name decides, on a slow machine, and where there is no such model", async () => {
    const engine = await open({ ...common, tier: "standard" });
    try {
      expect((await engine.search("delete_user")).reranked).toBeUndefined();
    } finally {
      await engine.close();
    }
    const light = await open({ ...common, tier: "light" });
    try {
      expect((await light.search(about)).reranked).toBeUndefined();
      expect((await light.search(about, { rerank: true })).reranked?.complete).toBe(true);
    } finally {
      await light.close();
    }
    const onnx = await open({ ...common, tier: "standard", engine: "onnx" });
    try {
      expect((await onnx.search(about)).reranked).toBeUndefined();
      await expect(onnx.search(about, { rerank: true })).rejects.toMatchObject({
        code: "HAYPILE_USAGE",
      });
    } finally {
      await onnx.close();
    }
  });
});
