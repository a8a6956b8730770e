/*
 * A process of its own over one cache of vectors: puts and reads `count` vectors of its own, trims now
 * and then, and prints what it read back and whether any of it was wrong.
 *
 *   node embedding-cache-child.ts PATH NAME COUNT MAX_BYTES
 */
import { openEmbeddingCache } from "../../src/storage/sqlite/embedding-cache.ts";

const [path = "", name = "", count = "0", maxBytes = "0"] = process.argv.slice(2);
const cache = openEmbeddingCache(path, Number(maxBytes));
const report = { found: 0, missed: 0, wrong: 0, trimmed: 0, entries: 0, bytes: 0 };
for (let at = 0; at < Number(count); at += 10) {
  const keys = Array.from({ length: 10 }, (_, i) => Buffer.from(`${name} ${at + i}`.padEnd(16)));
  const vectors = Float32Array.from({ length: 3840 }, (_, i) => (i % 10 === at % 10 ? 1 : 0.5));
  cache.put(keys, vectors);
  for (const [row, vector] of cache.get(keys).entries()) {
    if (vector === undefined) report.missed += 1;
    else if (vector.every((one, i) => Math.abs(one - (vectors[row * 384 + i] ?? 0)) < 0.01)) {
      report.found += 1;
    } else report.wrong += 1;
  }
  if (at % 200 === 0) report.trimmed += cache.trim();
}
cache.trim();
Object.assign(report, cache.stats());
cache.close();
process.stdout.write(JSON.stringify(report));
