/*
 * The real command line, indexing a real tree with the real model, killed with SIGKILL at random moments:
 * HAYPILE_KILLS of them, by default ten. Each time the next run goes on; at the end the index is the one of an
 * undisturbed run.
 */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { cli } from "../helpers/cli.ts";
import { repository } from "../helpers/model.ts";

const kills = Number(process.env.HAYPILE_KILLS ?? "10");
let scratch: string;

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "haypile-kill-"));
  for (const folder of ["base", "config", "ports", "cli"]) {
    cpSync(join(repository, "src", folder), join(scratch, "tree", folder), { recursive: true });
  }
});

afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

interface Counts {
  index: { files: number; chunks: number; vectors: number };
}

it(`survives ${kills} kills and ends with the index of an undisturbed run`, {
  timeout: 120_000 + kills * 12_000,
}, async () => {
  const data = join(scratch, "data");
  const index = (database: string, killAfterMs?: number) =>
    // Without the cache of vectors, so that there is work to interrupt every time.
    cli(
      [
        "index",
        join(scratch, "tree"),
        "--db",
        join(scratch, database),
        "--json",
        "--no-embedding-cache",
      ],
      {
        data,
        ...(killAfterMs !== undefined && {
          onStart: (child) => setTimeout(() => child.kill("SIGKILL"), killAfterMs),
        }),
      },
    );
  const status = async (database: string): Promise<Counts> => {
    const ended = await cli(
      ["status", "--path", join(scratch, "tree"), "--db", join(scratch, database), "--json"],
      { data },
    );
    expect(ended.code, ended.stderr).toBe(0);
    return JSON.parse(ended.stdout) as Counts;
  };

  const started = performance.now();
  expect((await index("calm.db")).code).toBe(0);
  const wholeMs = performance.now() - started;
  let state = 99;
  let vectors = 0;
  let died = 0;
  for (let i = 0; i < kills; i += 1) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    // From before the database exists to the middle of embedding.
    const ended = await index(
      "killed.db",
      60 + ((state >>> 8) / 2 ** 24) * Math.min(2000, wholeMs * 0.6),
    );
    if (ended.signal === "SIGKILL") died += 1;
    if (i % 5 === 4) {
      const now = (await status("killed.db")).index.vectors;
      expect(now, "stored vectors are never lost").toBeGreaterThanOrEqual(vectors);
      vectors = now;
    }
  }
  expect(died).toBeGreaterThan(kills / 2);
  const last = await index("killed.db");
  expect(last.code, last.stderr).toBe(0);
  expect((await status("killed.db")).index).toMatchObject(
    (({ files, chunks, vectors: all }) => ({ files, chunks, vectors: all }))(
      (await status("calm.db")).index,
    ),
  );
  const { default: Database } = await import("better-sqlite3");
  const db = new Database(join(scratch, "killed.db"), { readonly: true });
  expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
  db.close();
});
