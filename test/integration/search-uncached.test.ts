/* A call that passes the caches by, with the real engine, model and database: it neither asks nor fills them. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { cacheGroups } from "../../src/base/measures/caches.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { openHome } from "../../src/engine/home.ts";
import { open } from "../../src/engine/open.ts";
import { cli } from "../helpers/cli.ts";
import { tempFolder } from "../helpers/temp-tree.ts";

// On a machine where other work runs, processes take their time.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const question = "how is a user removed from the system";
let scratch: string;
let tree: string;

beforeEach(() => {
  scratch = tempFolder();
  vi.stubEnv("HAYPILE_DATA_DIR", join(scratch, "data"));
  vi.stubEnv("HAYPILE_CACHE_DIR", join(scratch, "cache"));
  tree = join(scratch, "tree");
  mkdirSync(tree);
  for (const subject of ["user", "invoice", "image"]) {
    writeFileSync(
      join(tree, `${subject}.py`),
      `def remove_${subject}(name, reason):\n    """Takes a known ${subject} out of the system."""\n    return registry.remove("${subject}", name, reason)\n`,
    );
  }
  return () => vi.unstubAllEnvs();
});

/** What the caches of results were asked, and what is in them. */
function figures(engine: Engine) {
  return engine
    .footprint()
    .caches.owners.map(({ owner, entries, hits, misses }) => ({ owner, entries, hits, misses }));
}

describe("a search with cache: false", () => {
  it("leaves the caches as they were, and gives the same answer", async () => {
    const engine = await open({ folder: tree, warm: true });
    await engine.index();
    const before = figures(engine);
    const first = await engine.search(question, { cache: false });
    expect(first.hits.length).toBeGreaterThan(0);
    expect(first.fromCache).toBeUndefined();
    expect(figures(engine)).toEqual(before);

    // What others left there is not asked either.
    const kept = await engine.search(question);
    const full = figures(engine);
    expect(full).not.toEqual(before);
    const passing = await engine.search(question, { cache: false });
    expect(passing.fromCache).toBeUndefined();
    expect(passing.hits).toEqual(kept.hits);
    expect(figures(engine)).toEqual(full);
    expect((await engine.search(question)).fromCache).toBe("same");
    await engine.close();
    // Nor is it noted for warming: twice with the caches, twice without.
    const [name = ""] = readdirSync(join(scratch, "cache", "queries"));
    const record = JSON.parse(readFileSync(join(scratch, "cache", "queries", name), "utf8"));
    expect(record.queries.map(({ uses }: { uses: number }) => uses)).toEqual([2]);
  });

  it("keeps vectors of candidates that have none out of the cache on disk", async () => {
    vi.stubEnv("HAYPILE_INDEX_FILL_IN", "off");
    const vectors = join(scratch, "cache", "embeddings.db");
    const engine = await open({ folder: tree });
    await engine.index();
    const passing = await engine.search(question, { cache: false });
    expect(passing.filledIn).toBeGreaterThan(0);
    expect(existsSync(vectors)).toBe(false);
    await engine.close();
    const other = await open({ folder: tree, database: join(scratch, "other.db") });
    await other.index();
    expect((await other.search(question)).filledIn).toBeGreaterThan(0);
    expect(existsSync(vectors)).toBe(true);
    await other.close();
  });
});

describe("recall and ask with cache: false", () => {
  it("leave the vectors of queries as they were", async () => {
    const home = await openHome();
    try {
      const { memories } = home;
      await memories.remember("deploys go out on Tuesdays");
      const vectors = () => JSON.stringify(cacheGroups());
      const before = vectors();
      const first = await memories.recall("when do we deploy", { cache: false });
      expect(first.hits[0]?.memory.text).toBe("deploys go out on Tuesdays");
      expect(vectors()).toEqual(before);
      await memories.recall("when do we deploy");
      expect(vectors()).not.toEqual(before);
    } finally {
      await home.close();
    }
  });
});

it("is --no-cache of search, recall and ask", async () => {
  const data = join(scratch, "data");
  await cli(["index", tree, "--quiet"], { data });
  const found = await cli(["search", question, "--path", tree, "--no-cache", "--json"], { data });
  expect(JSON.parse(found.stdout).hits.length).toBeGreaterThan(0);
  await cli(["remember", "deploys go out on Tuesdays"], { data });
  const recalled = await cli(["recall", "when do we deploy", "--no-cache"], { data });
  expect(recalled.stdout).toContain("Tuesdays");
  const asked = await cli(["ask", "when do we deploy", "--path", tree, "--no-cache"], { data });
  expect(asked.stdout, asked.stderr).toContain("Tuesdays");
});
