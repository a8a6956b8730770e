/* The cache of vectors where its file or its folder is not as it should be: it only ever misses. */
import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, it, vi } from "vitest";
import { openEmbeddingCache } from "../../src/storage/sqlite/embedding-cache.ts";
import { makeFolder, openRaw } from "../helpers/sqlite-files.ts";

const made = makeFolder();
const script = join(import.meta.dirname, "..", "concurrency", "embedding-cache-child.ts");

afterAll(made.remove);

const keyOf = (at: number): Buffer => Buffer.from(`key ${at}`.padEnd(16));
const vectorOf = (at: number): Float32Array =>
  Float32Array.from({ length: 384 }, (_, i) => (i === at % 384 ? 1 : 0));

/** A cache with 50 vectors in it, closed. */
function filled(name: string): string {
  const path = join(made.folder, name);
  const cache = openEmbeddingCache(path);
  for (let at = 0; at < 50; at += 1) cache.put([keyOf(at)], vectorOf(at));
  cache.close();
  return path;
}

function countFound(path: string): number {
  const cache = openEmbeddingCache(path);
  const found = cache.get(Array.from({ length: 50 }, (_, at) => keyOf(at)));
  cache.close();
  return found.filter((vector) => vector !== undefined).length;
}

/** Mounts of its own are not allowed in every container. */
const canMount = ((): boolean => {
  try {
    execFileSync("unshare", ["-rm", "true"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

describe("the cache of vectors over a bad file", () => {
  it("is read, and not deleted, while another process holds it", () => {
    const path = filled("busy.db");
    const other = openRaw(path);
    other.exec("BEGIN EXCLUSIVE");
    expect(countFound(path)).toBe(50);
    const cache = openEmbeddingCache(path);
    cache.put([keyOf(99)], vectorOf(99));
    cache.close();
    other.exec("ROLLBACK");
    other.close();
    expect(countFound(path)).toBe(50);
  });

  it("of a newer Haypile is left as it is", () => {
    const path = filled("newer.db");
    const raw = openRaw(path);
    raw.pragma("user_version = 99");
    raw.close();
    expect(countFound(path)).toBe(0);
    const cache = openEmbeddingCache(path);
    cache.put([keyOf(1)], vectorOf(1));
    expect(cache.trim()).toBe(0);
    cache.close();
    const after = openRaw(path);
    expect(after.pragma("user_version", { simple: true })).toBe(99);
    expect(after.prepare("SELECT count(*) FROM embeddings").pluck().get()).toBe(50);
    after.close();
  });

  it.each([0, 1])("of format %i, without sums, is begun again", (format) => {
    const path = filled(`older${format}.db`);
    const raw = openRaw(path);
    raw.exec("ALTER TABLE embeddings DROP COLUMN sum");
    raw.pragma(`user_version = ${format}`);
    raw.close();
    expect(countFound(path)).toBe(0);
    const cache = openEmbeddingCache(path);
    for (let at = 0; at < 50; at += 1) cache.put([keyOf(at)], vectorOf(at));
    cache.close();
    expect(countFound(path)).toBe(50);
  });

  // Issue 11: a damaged cache of vectors was believed, and its vectors went into new indexes.
  it("does not give out a row of which any part was changed, and takes a new one in its place", () => {
    const path = filled("flipped.db");
    const raw = openRaw(path);
    const rows = raw.prepare("SELECT key, scale, data FROM embeddings ORDER BY key").all() as {
      key: Uint8Array;
      scale: number;
      data: Uint8Array;
    }[];
    const put = raw.prepare("UPDATE embeddings SET scale = ?, data = ? WHERE key = ?");
    const change = raw.prepare("UPDATE embeddings SET key = ? WHERE key = ?");
    for (const [at, { key, scale, data }] of rows.entries()) {
      const flipped = new Uint8Array(data);
      flipped[(at * 7) % 384] = (flipped[(at * 7) % 384] as number) ^ (1 << (at % 8));
      if (at % 3 === 0) put.run(scale, flipped, key);
      else if (at % 3 === 1) put.run(scale * 1.01, data, key);
      else change.run(Buffer.from(`moved ${at}`.padEnd(16)), key);
    }
    raw.close();
    expect(countFound(path)).toBe(0);
    const cache = openEmbeddingCache(path);
    expect(cache.get([Buffer.from("moved 2".padEnd(16))])).toEqual([undefined]);
    for (let at = 0; at < 50; at += 1) cache.put([keyOf(at)], vectorOf(at));
    cache.close();
    expect(countFound(path)).toBe(50);
  });

  it("is begun again when damage is met while it is used", () => {
    const path = join(made.folder, "met-later.db");
    const first = openEmbeddingCache(path);
    const keys = Array.from({ length: 2000 }, (_, at) => keyOf(at));
    for (const [at, key] of keys.entries()) first.put([key], vectorOf(at));
    first.close();
    const bytes = readFileSync(path);
    // Behind the pages that opening reads.
    bytes.fill(0x5a, Math.floor(bytes.length / 2));
    writeFileSync(path, bytes);
    const cache = openEmbeddingCache(path);
    for (let round = 0; round < 2; round += 1) {
      for (const [at, key] of keys.entries()) {
        const [vector] = cache.get([key]);
        if (vector !== undefined) expect(vector).toEqual(vectorOf(at));
      }
      for (const [at, key] of keys.entries()) cache.put([key], vectorOf(at));
    }
    expect(cache.get(keys).filter((vector) => vector === undefined)).toEqual([]);
    cache.close();
  });

  it.each([
    ["cut off", (path: string) => truncateSync(path, 5000)],
    [
      "with rubbish in the middle",
      (path: string) => {
        const bytes = readFileSync(path);
        bytes.fill(0xaa, 4096, 20_000);
        writeFileSync(path, bytes);
      },
    ],
    [
      "of another program",
      (path: string) =>
        openRaw(path).exec("DROP TABLE embeddings; CREATE TABLE embeddings(a)").close(),
    ],
  ])("%s is begun again, or misses, and gives no wrong vector", (name, damage) => {
    const path = filled(`${name.replaceAll(" ", "-")}.db`);
    damage(path);
    for (let round = 0; round < 2; round += 1) {
      const cache = openEmbeddingCache(path);
      for (let at = 0; at < 50; at += 1) {
        const [vector] = cache.get([keyOf(at)]);
        if (vector !== undefined) expect(vector).toEqual(vectorOf(at));
      }
      cache.put([keyOf(1000)], vectorOf(1000));
      cache.close();
    }
  });

  it("keeps the right ones when the clock was set back", () => {
    const path = filled("clock.db");
    const raw = openRaw(path);
    // Used a year from now: before the clock was set back.
    raw.exec(`UPDATE embeddings SET used = used + 31536000 WHERE key < CAST('key 3' AS BLOB)`);
    raw.close();
    countFound(path);
    const after = openRaw(path);
    const now = Math.floor(Date.now() / 1000);
    expect(after.prepare("SELECT max(used) FROM embeddings").pluck().get()).toBeLessThanOrEqual(
      now,
    );
    after.close();
    vi.useFakeTimers({ now: 1000, toFake: ["Date"] });
    try {
      expect(countFound(path)).toBe(50);
    } finally {
      vi.useRealTimers();
    }
  });

  it.skipIf(!canMount).each([
    // A full disk: 600 vectors of half a kilobyte do not fit.
    ["full", "size=200k", 600],
    ["read-only", "size=4m", 50],
  ])("on a %s disk does what it can", (name, options, count) => {
    const folder = join(made.folder, `${name}-disk`);
    mkdirSync(folder);
    const remount = name === "read-only" ? 'mount -o remount,ro "$1" &&' : "";
    const commands = `mount -t tmpfs -o ${options} none "$1" && ${remount} exec "$2" --no-warnings "$3" "$1/cache.db" one ${count} 1000000000`;
    const output = execFileSync(
      "unshare",
      ["-rm", "sh", "-c", commands, "sh", folder, process.execPath, script],
      { encoding: "utf8" },
    );
    const report = JSON.parse(output) as Record<"found" | "missed" | "wrong", number>;
    expect(report.wrong).toBe(0);
    expect(report.found + report.missed).toBe(count);
    if (name === "full") expect(report.found).toBeGreaterThan(0);
    expect(report.missed).toBeGreaterThan(0);
  });

  it("serves two processes that write and clean up at once", async () => {
    const path = join(made.folder, "shared.db");
    const limit = 600_000;
    const work = ["one", "two"].map((name) =>
      promisify(execFile)(process.execPath, [
        "--no-warnings",
        script,
        path,
        name,
        "1500",
        String(limit),
      ]),
    );
    const reports = (await Promise.all(work)).map(
      ({ stdout }) =>
        JSON.parse(stdout) as Record<"found" | "missed" | "wrong" | "trimmed", number>,
    );
    for (const { found, wrong } of reports) {
      expect(wrong).toBe(0);
      expect(found).toBeGreaterThan(0);
    }
    expect(reports.reduce((sum, { trimmed }) => sum + trimmed, 0)).toBeGreaterThan(0);
    const cache = openEmbeddingCache(path, limit);
    cache.trim();
    expect(cache.stats().bytes).toBeLessThanOrEqual(limit);
    cache.close();
    expect(statSync(path).size).toBeLessThanOrEqual(limit);
    const raw = openRaw(path);
    expect(raw.pragma("integrity_check", { simple: true })).toBe("ok");
    raw.close();
  });
});
