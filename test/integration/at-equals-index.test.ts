/* At HEAD of a clean tree every question is answered as by the index of that tree: the index is the oracle. */
import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Engine, open } from "../../src/index.ts";
import { commitAll, gitIn } from "../helpers/git-history.ts";
import { repository } from "../helpers/model.ts";

const namesAsked = 24;
const scratch = mkdtempSync(join(tmpdir(), "haypile-at-"));
let engine: Engine;
let names: string[];

beforeAll(async () => {
  const root = join(scratch, "tree");
  for (const folder of ["src/engine/git", "src/symbols", "test/fixtures/syntax"]) {
    cpSync(join(repository, folder), join(root, folder), { recursive: true });
  }
  gitIn(root)("init", "-q", "-b", "main");
  commitAll(root, "2026-01-10T12:00:00Z");
  engine = await open({ folder: root, database: join(scratch, "index.db"), model: "static" });
  await engine.index({ fillIn: "off" });
  const { files } = engine.outline("", { maxFiles: 1000, depth: 20 });
  const all = [...new Set(files.flatMap(({ definitions }) => definitions.map(({ name }) => name)))];
  // By sums of the names: what is added to these folders changes few of those that are asked.
  const sum = (name: string): string => createHash("sha256").update(name).digest("hex");
  names = all.sort((a, b) => (sum(a) < sum(b) ? -1 : 1)).slice(0, namesAsked);
}, 240_000);

afterAll(async () => {
  await engine.close();
  rmSync(scratch, { recursive: true, force: true });
});

/** Without what numbers of rows are, and what is counted in the files that were read. */
function compared(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, one) =>
      (["id", "uses", "at", "stale"].includes(key) && typeof one !== "object") || key === "at"
        ? undefined
        : one,
    ),
  );
}

it.each(["findSymbol", "references", "callers", "callees", "implementations"] as const)(
  "%s answers the same of a commit and of its index",
  async (call) => {
    const different: unknown[] = [];
    for (const name of names) {
      const now = compared(await engine[call](name, { k: 200 }));
      const then = compared(await engine[call](name, { k: 200, at: "HEAD" }));
      if (!isDeepStrictEqual(now, then)) different.push({ name, now, then });
    }
    expect(different).toEqual([]);
  },
  240_000,
);

it("outlines the same, of a file and of a folder", async () => {
  for (const [path, depth] of [
    ["src/symbols/lookup.ts", 20],
    ["src/engine", 1],
    ["", 0],
  ] as const) {
    const now = compared(engine.outline(path, { depth }));
    expect(compared(await engine.outline(path, { depth, at: "HEAD" })), path).toEqual(now);
  }
}, 240_000);
