/*
 * The real command line, importing an index, killed with SIGKILL at random moments. Each time the index is a sound one,
 * nothing is left beside it, and in the end the next import has what an undisturbed one has.
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { trustKey } from "../../src/config/file/trusted-keys.ts";
import { schemaVersion } from "../../src/storage/sqlite/file/schema.ts";
import { Team, vectorsAt } from "../helpers/artefact-places.ts";
import { cli } from "../helpers/cli.ts";
import { findFaults, openRaw } from "../helpers/sqlite-files.ts";
import { seededRandom } from "../helpers/temp-tree.ts";

// On a machine where other work runs, processes take their time.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

const kills = Number(process.env.HAYPILE_ARTEFACT_KILLS ?? 8);

let team: Team;
let file: string;
let clone: string;

beforeAll(async () => {
  team = new Team();
  const engine = await team.open("ci", team.tree);
  await engine.index();
  file = join(team.scratch, "app");
  const { key } = await engine.exportIndex({ file });
  trustKey(team.data("laptop"), key);
  clone = team.clone("clone");
});
afterAll(async () => await team.close());

/** Killed before its last table was made: sound, and empty. */
function isInTheMaking(path: string): boolean {
  const db = openRaw(path);
  try {
    expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
    return (db.pragma("user_version", { simple: true }) as number) < schemaVersion;
  } finally {
    db.close();
  }
}

it("an import that is killed leaves a sound index, and the next one goes on", async () => {
  const cache = join(team.scratch, "laptop", "cache");
  const importing = (database: string, killAfterMs?: number) =>
    cli(["index", "import", file, "--path", clone, "--db", database, "--json"], {
      data: team.data("laptop"),
      env: { HAYPILE_MODEL_DIR: team.model, HAYPILE_CACHE_DIR: cache, HAYPILE_INDEX_KEY: "" },
      ...(killAfterMs !== undefined && {
        onStart: (child) => setTimeout(() => child.kill("SIGKILL"), killAfterMs),
      }),
    });
  const started = performance.now();
  const calm = join(team.scratch, "calm.db");
  const done = await importing(calm);
  expect(done.code, done.stderr).toBe(0);
  const wholeMs = performance.now() - started;
  const killed = join(team.scratch, "killed.db");
  const next = seededRandom(7);
  const expected = vectorsAt(calm);
  let died = 0;
  for (let i = 0; i < kills; i += 1) {
    const ended = await importing(killed, wholeMs * (0.3 + next() * 0.7));
    if (ended.signal === "SIGKILL") died += 1;
    if (!existsSync(killed) || isInTheMaking(killed)) continue;
    expect(findFaults(killed), `after kill ${i}`).toEqual([]);
    for (const [text, vector] of vectorsAt(killed)) expect(expected.get(text)).toBe(vector);
  }
  expect(died).toBeGreaterThan(0);
  const last = await importing(killed);
  expect(last.code, last.stderr).toBe(0);
  expect(JSON.parse(last.stdout)).toMatchObject({ chunks: { embedded: 0 } });
  expect(vectorsAt(killed)).toEqual(expected);
  expect(readdirSync(cache).filter((name) => name.startsWith("import-"))).toEqual([]);
});
