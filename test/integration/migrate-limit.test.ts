/* Two models share one limit of memory: where it holds one, the old vectors rest, and it is said which limit holds both. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cli } from "../helpers/cli.ts";
import { sanitized } from "../helpers/model.ts";
import { writeTinyModel } from "../helpers/tiny-model.ts";

let scratch: string;
let tree: string;
let other: string;
let calm: string;

const run = (args: string[]) => cli(args, { data: scratch });

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), "haypile-migrate-limit-"));
  tree = join(scratch, "tree");
  mkdirSync(tree);
  for (let i = 0; i < 12; i += 1) {
    const text = `def read_part_${i}(file):\n    return file.read(${i})\n`;
    writeFileSync(join(tree, `part${i}.py`), text);
  }
  const first = largeModel("first-model", 1);
  other = largeModel("other-model", 2);
  calm = join(scratch, "calm.db");
  const made = await run(["index", tree, "--db", calm, "-q"]);
  expect(made.code, made.stderr).toBe(0);
  const place = ["--path", tree, "--db", calm];
  const moved = await run(["migrate-model", ...place, "--model-dir", first]);
  expect(moved.code, moved.stderr).toBe(0);
}, 120_000);

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Two of them are what makes the difference. */
function largeModel(name: string, seed: number): string {
  const folder = writeTinyModel(join(scratch, name), { weightsMegabytes: 80, seed });
  writeFileSync(
    join(folder, "model.json"),
    JSON.stringify({ name, dimensions: 8, pooling: "graph" }),
  );
  return folder;
}

async function migrate(name: string, limit: string) {
  const database = join(scratch, `${name}.db`);
  cpSync(calm, database);
  const place = ["--path", tree, "--db", database, "--model-dir", other];
  const ended = await run([
    ...["migrate-model", ...place, "--max-memory", limit],
    ...["--no-embedding-cache", "--json", "--progress"],
  ]);
  const lines = ended.stdout.trim().split("\n");
  return { ended, lines: ended.code === 0 ? lines.map((line) => JSON.parse(line)) : [] };
}

describe.skipIf(sanitized || process.platform !== "linux")("a migration under a limit", () => {
  it("serves by words where one model fits, by the old vectors where both do", async () => {
    // Each refusal names a limit: for the model of the index first, then for the new one, when more is in use.
    let one = "60";
    let words = await migrate("one", `${one}MB`);
    expect(words.ended.code, words.ended.stderr).toBe(7);
    for (let tries = 0; words.ended.code === 7 && tries < 3; tries += 1) {
      one = /--max-memory (\d+)MB/.exec(words.ended.stderr)?.[1] ?? "";
      words = await migrate("one", `${one}MB`);
    }
    expect(words.ended.code, words.ended.stderr).toBe(0);
    // What was in use when it was refused moves by some megabytes, and with it the limit that is named.
    for (let tries = 0; words.lines[0]?.servedBy === "old-vectors" && tries < 6; tries += 1) {
      one = String(Number(one) - 5);
      words = await migrate("one", `${one}MB`);
    }
    expect(words.lines[0], words.ended.stderr).toMatchObject({
      servedBy: "words",
      to: { id: "other-model" },
    });
    expect(words.lines[0].note).toContain("holds one model at a time");
    expect(words.lines.at(-1)).toMatchObject({ state: "done" });
    const named = (note: string): string => /--max-memory (\d+)MB/.exec(note)?.[1] ?? "";
    let two = named(words.lines[0].note);
    expect(Number(two)).toBeGreaterThan(Number(one));
    let both = await migrate("two", `${two}MB`);
    // As above: what is in use has moved since, and the limit that is named with it.
    for (let tries = 0; both.lines[0]?.servedBy === "words" && tries < 3; tries += 1) {
      two = named(both.lines[0].note);
      both = await migrate("two", `${two}MB`);
    }
    expect(both.ended.code, both.ended.stderr).toBe(0);
    expect(both.lines[0]).toMatchObject({ servedBy: "old-vectors" });
    expect(both.lines[0].note).toBeUndefined();
    expect(both.lines.at(-1)).toMatchObject({ state: "done" });
  }, 120_000);
});
