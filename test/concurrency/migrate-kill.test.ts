/*
 * The real command line changes the model of a real index and is killed with SIGKILL at many moments: by what it says
 * of itself, the last ones while the new vectors are put in place. Each time the index is whole and of one model, and in the end it is what an
 * undisturbed migration makes.
 */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterAll, beforeAll, expect, it } from "vitest";
import { cli } from "../helpers/cli.ts";
import { keptVectors } from "../helpers/kept-vectors.ts";
import { readingTinyModel } from "../helpers/model-copies.ts";

let scratch: string;
let tree: string;
let tiny: string;

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "haypile-migrate-kill-"));
  tree = join(scratch, "tree");
  cpSync(join(import.meta.dirname, "..", "..", "src", "base", "text"), tree, { recursive: true });
  for (let i = 0; i < 300; i += 1) {
    writeFileSync(
      join(tree, `part${i}.py`),
      `def read_part_${i}(file):\n    return file.read(${i})\n`,
    );
  }
  tiny = readingTinyModel(join(scratch, "tiny"));
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

interface Step {
  done?: number;
  total?: number;
}

interface Facts {
  model: string;
  dimensions: number[];
  vectors: number;
  pending: number;
  chunks: number;
}

function factsOf(path: string): Facts {
  const db = new Database(path);
  expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
  const one = (sql: string): number => db.prepare(sql).pluck().get() as number;
  const { id } = JSON.parse(
    db.prepare("SELECT value FROM meta WHERE key = 'store.model'").pluck().get() as string,
  );
  const facts = {
    model: id,
    dimensions: db.prepare("SELECT DISTINCT length(data) FROM vectors").pluck().all() as number[],
    vectors: one("SELECT count(*) FROM vectors"),
    pending: one("SELECT count(*) FROM pending"),
    chunks: one("SELECT count(*) FROM chunks"),
  };
  db.close();
  return facts;
}

it("survives kills at any moment, and never mixes or loses vectors", {
  timeout: 240_000,
}, async () => {
  const data = join(scratch, "data");
  /** @param isTime looks at each step that is said: kill it now? Later by so many milliseconds? */
  const run = (args: string[], isTime?: (steps: Step[]) => number | undefined) =>
    cli(args, {
      data,
      onStart: (child) => {
        let said = "";
        let isKilled = false;
        child.stdout?.on("data", (text) => {
          said += text;
          if (isTime === undefined) return;
          const steps = said
            .split("\n")
            .slice(0, -1)
            .map((line) => JSON.parse(line) as Step);
          const delayMs = isKilled ? undefined : isTime?.(steps);
          if (delayMs === undefined) return;
          isKilled = true;
          setTimeout(() => child.kill("SIGKILL"), delayMs);
        });
      },
    });
  const calm = join(scratch, "calm.db");
  // The first one is the slow one: the tiny model makes the index, the packaged one is migrated to.
  const made = await run(["index", tree, "--db", calm, "--model-dir", tiny, "--quiet"]);
  expect(made.code, made.stderr).toBe(0);
  const killed = join(scratch, "killed.db");
  const started = join(scratch, "started.db");
  cpSync(calm, started);
  cpSync(calm, killed);
  const migrate = (database: string, isTime?: Parameters<typeof run>[1]) => {
    const to = ["--model", "minilm", "--no-embedding-cache", "--json", "--progress"];
    return run(["migrate-model", "--path", tree, "--db", database, ...to], isTime);
  };
  const undisturbed = await migrate(calm);
  expect(undisturbed.code, undisturbed.stderr).toBe(0);
  const { chunks, vectors } = factsOf(calm);
  expect(vectors).toBe(chunks);

  let died = 0;
  let done = 0;
  for (let i = 0; i < 14; i += 1) {
    const isTime =
      i < 5
        ? (steps: Step[]) => (steps.length > 1 + (i % 3) ? 0 : undefined)
        : // When all are made: before, in and after the switch.
          (steps: Step[]) =>
            steps.some((one) => one.done === one.total) ? (i - 5) * 4 : undefined;
    const ended = await migrate(killed, isTime);
    if (ended.signal === "SIGKILL") died += 1;
    const facts = factsOf(killed);
    const isNew = facts.model === "all-minilm-l6-v2";
    expect(facts).toEqual({
      model: isNew ? "all-minilm-l6-v2" : "tiny",
      dimensions: [isNew ? 384 : 8],
      vectors: chunks,
      pending: 0,
      chunks,
    });
    const db = new Database(killed, { readonly: true });
    const next = db.prepare("SELECT count(*) FROM next_vectors").pluck().get() as number;
    const note = db.prepare("SELECT value FROM meta WHERE key = 'store.migration'").pluck().get();
    db.close();
    if (isNew) {
      expect([next, note]).toEqual([0, undefined]);
      // Once more from the start, for the moments that are left.
      cpSync(started, killed);
      done = 0;
      continue;
    }
    expect(next, "new vectors are never lost").toBeGreaterThanOrEqual(done);
    if (note !== undefined) expect(JSON.parse(note as string).done).toBe(next);
    done = next;
  }
  expect(died).toBeGreaterThan(4);
  const last = await migrate(killed);
  expect(last.code, last.stderr).toBe(0);
  expect(["done", "current"]).toContain(
    JSON.parse(last.stdout.trim().split("\n").at(-1) as string).state,
  );
  expect(keptVectors(killed)).toBe(keptVectors(calm));
});
