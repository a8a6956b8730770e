/* "ulimit -d", which counts what V8 reserves: either the program works, or it says at once what it needs. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import "../helpers/as-installed.ts";
import { cli } from "../helpers/cli.ts";
import { sanitized } from "../helpers/model.ts";

let folder: string;
let data: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "haypile-ulimit-tree-"));
  data = mkdtempSync(join(tmpdir(), "haypile-ulimit-data-"));
  for (let i = 0; i < 6; i += 1) {
    writeFileSync(join(folder, `part${i}.py`), `def price_${i}(order):\n    return ${i}\n`);
  }
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  rmSync(data, { recursive: true, force: true });
});

function under(kilobytes: number, args: string[], env: NodeJS.ProcessEnv = {}) {
  const before = ["sh", "-c", `ulimit -d ${kilobytes} && exec "$@"`, "sh"];
  return cli([...args, "--json"], { data, before, env });
}

const index = () => ["index", folder, "--no-embedding-cache", "--max-memory", "256MB"];
const jitless = { NODE_OPTIONS: "--jitless" };

interface Refusal {
  code: string;
  message: string;
  data: { smallestBytes: number };
}

async function refused(kilobytes: number, env?: NodeJS.ProcessEnv): Promise<Refusal> {
  const run = await under(kilobytes, index(), env);
  expect(run.code, run.stderr).toBe(7);
  const { error } = JSON.parse(run.stderr) as { error: Refusal };
  expect(error.code).toBe("HAYPILE_MEMORY_LIMIT");
  return error;
}

describe.skipIf(sanitized || process.platform !== "linux")("ulimit -d", () => {
  test("too low for the model: refused with a value that works", async () => {
    const { message, data: facts } = await refused(650_000);
    const named = Number(/ulimit -d (\d+)"/.exec(message)?.[1]);
    expect(named * 1024).toBe(facts.smallestBytes);
    expect(message).toContain("--jitless");
    // What Node reserves differs a little from run to run.
    const run = await under(named + 16_000, index());
    expect(run.code, run.stderr).toBe(0);
    expect(JSON.parse(run.stdout).chunks.embedded).toBeGreaterThan(0);
  });

  test("too near to what Node itself takes: said before Node aborts", async () => {
    const { message } = await refused(590_000);
    expect(message).toContain("for Node alone");
    const named = Number(/ulimit -d (\d+)"/.exec(message)?.[1]);
    const run = await under(named + 16_000, ["models", "list"]);
    expect(run.code, run.stderr).toBe(0);
  });

  test("without V8's compilers an index is made under 256 MB, without trees", async () => {
    const run = await under(250_000, [...index(), "--db", join(data, "own.db")], jitless);
    expect(run.code, run.stderr).toBe(0);
    const { chunks, syntax } = JSON.parse(run.stdout);
    expect(chunks.embedded).toBeGreaterThan(0);
    expect(syntax).toMatchObject({ parsed: 0, failed: { "grammar-failed": 6 } });
    const low = await refused(150_000, jitless);
    expect(low.message).not.toContain("--jitless");
  });
});
