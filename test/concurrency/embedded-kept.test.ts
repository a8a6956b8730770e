/*
 * Issue 11: Ctrl-C, cancel and kill lost up to a thousand chunks that were embedded, minutes of work on a busy
 * machine. The kind: work that is done and not yet stored.
 */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadDriver } from "../../src/storage/sqlite/file/driver.ts";

/** Calls that are with the embedder, and the one that is being stored. */
const mostLost = 4 * 32;
const chunks = 700;
let scratch: string;
let tree: string;

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "haypile-kept-"));
  tree = join(scratch, "tree");
  mkdirSync(tree);
  for (let i = 0; i < chunks; i += 1) {
    writeFileSync(
      join(tree, `f${i}.py`),
      `def step_${i}(value):\n    return other_${i % 17}(value + ${i})\n`,
    );
  }
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function vectorsOf(database: string): number {
  const driver = loadDriver();
  const db = new driver(database, { readonly: true });
  try {
    return db.prepare("SELECT count(*) FROM vectors").pluck().get() as number;
  } finally {
    db.close();
  }
}

describe("an index run that is ended early", () => {
  it.each(["SIGKILL", "SIGTERM"] as const)(
    "by %s keeps what was embedded but for a few dozen chunks",
    async (signal) => {
      const database = join(scratch, `${signal}.db`);
      const script = join(import.meta.dirname, "index-teller.ts");
      const child = spawn(process.execPath, ["--no-warnings", script, tree, database], {
        stdio: ["ignore", "pipe", "pipe"],
      });
      let told = 0;
      let stderr = "";
      child.stderr.on("data", (data) => {
        stderr += data;
      });
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        told = Math.max(told, ...text.split("\n").map(Number));
        if (told >= 350) child.kill(signal);
      });
      await new Promise((done) => child.on("close", done));
      expect(told, stderr).toBeGreaterThanOrEqual(350);
      if (signal === "SIGTERM") expect(stderr).toContain("HAYPILE_ABORTED");
      const kept = vectorsOf(database);
      expect(kept).toBeLessThan(chunks);
      expect(kept).toBeGreaterThanOrEqual(told - mostLost);
    },
    240_000,
  );
});
