/*
 * The packaged model with its whole weights installed beside it, in the folder of downloaded models as the package would be:
 * who gets vectors from which, and what is said. The weights are the packaged ones as floats.
 */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect } from "../../src/storage/sqlite/file/open.ts";
import { cli } from "../helpers/cli.ts";
import { sanitized } from "../helpers/model.ts";
import { writeWholeMiniLm } from "../helpers/whole-minilm.ts";

let scratch: string;
let data: string;
let tree: string;

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "haypile-whole-weights-"));
  data = join(scratch, "data");
  tree = join(scratch, "tree");
  mkdirSync(tree, { recursive: true });
  writeFileSync(join(tree, "a.py"), "def retry_delay(attempt):\n    return 2 ** attempt\n");
  const folder = writeWholeMiniLm(join(data, "models", "all-minilm-l6-v2-fp32"));
  const described = { name: "all-minilm-l6-v2", dimensions: 384, maxTokens: 256, pooling: "graph" };
  const description = { ...described, quantisation: "fp32", vectors: "fp32" };
  writeFileSync(join(folder, "model.json"), JSON.stringify(description));
  const sums = ["model.onnx", "tokenizer.json", "model.json"].map((name) => {
    const file = join(folder, name);
    const sha256 = createHash("sha256").update(readFileSync(file)).digest("hex");
    return [name, { bytes: statSync(file).size, sha256 }];
  });
  writeFileSync(join(folder, "checksums.json"), JSON.stringify(Object.fromEntries(sums)));
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

async function run(words: string[], env: NodeJS.ProcessEnv = {}) {
  const ended = await cli(words, { data, env, limitMs: 120_000 });
  expect(ended.code, ended.stderr).toBe(0);
  return ended;
}

const index = (name: string, ...flags: string[]) =>
  run(["index", tree, "--db", join(scratch, `${name}.db`), ...flags]);

async function formatOf(name: string): Promise<string> {
  const status = await run([
    "status",
    "--path",
    tree,
    "--db",
    join(scratch, `${name}.db`),
    "--json",
  ]);
  return JSON.parse(status.stdout).model.vectors;
}

describe.skipIf(sanitized)("whole weights beside packed ones", () => {
  test("are listed and compared with their sums", async () => {
    const { models } = JSON.parse((await run(["models", "list", "--json"])).stdout);
    const one = models.find(({ name }: { name: string }) => name === "all-minilm-l6-v2");
    expect(one.wholeFolder).toBe(join(data, "models", "all-minilm-l6-v2-fp32"));
    expect(one.wholeBytes).toBeGreaterThan(90e6);
    const lines = (await run(["models", "list"])).stdout;
    expect(lines).toMatch(/^all-minilm-l6-v2 .*int8, fp32 +24\.0 MB, 9\d\.\d MB/m);
    const verified = (await run(["models", "verify", "all-minilm-l6-v2"])).stdout;
    expect(verified).toMatch(/ok {2}all-minilm-l6-v2 fp32: 3 files/);
  });

  test("make the vectors of a new index in the tier heavy, which keeps them in any other", async () => {
    await index("heavy", "--tier", "heavy");
    expect(await formatOf("heavy")).toBe("fp32");
    // Said by nobody, on whatever machine this is.
    const found = await run(
      [
        "search",
        "how long until the next try",
        "--path",
        tree,
        "--db",
        join(scratch, "heavy.db"),
        "--json",
      ],
      { HAYPILE_TIER: "light" },
    );
    expect(JSON.parse(found.stdout).hits[0].path).toBe("a.py");
    expect(await formatOf("heavy")).toBe("fp32");
  });

  test("make none in the tier light, nor in an index that has others", async () => {
    await index("light", "--tier", "light");
    expect(await formatOf("light")).toBe("packed-1");
    writeFileSync(join(tree, "b.py"), "def next_attempt():\n    return 1\n");
    await index("light", "--tier", "heavy");
    expect(await formatOf("light")).toBe("packed-1");
  });

  test.skipIf(process.platform !== "linux")(
    "stay out where the limit has no room, which is said",
    async () => {
      const { stderr } = await index("bound", "--tier", "heavy", "--max-memory", "200MB");
      expect(stderr).toMatch(/fp32 weights need a limit of \d+ MB; its int8 weights are used/);
      expect(await formatOf("bound")).toBe("packed-1");
    },
  );

  test("make no vectors of memories, whatever the tier", async () => {
    const env = { HAYPILE_TIER: "heavy" };
    await run(["remember", "The retry delay doubles with each attempt."], env);
    const found = await run(["recall", "how long is the wait between tries", "--json"], env);
    expect(JSON.parse(found.stdout).hits[0].memory.text).toContain("retry delay");
    const db = connect(join(data, "memories.db"), { readonly: true });
    const noted = db.prepare("SELECT value FROM meta").pluck().all().map(String);
    db.close();
    expect(noted.some((value) => value.includes("packed-1"))).toBe(true);
    expect(noted.some((value) => value.includes("fp32"))).toBe(false);
  });
});
