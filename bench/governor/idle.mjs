/* A process that works, then rests: node idle.mjs FOLDER SCRATCH LIMIT WAIT ROUNDS; LIMIT 0: none. */
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { open } from "../../dist/index.js";

const [from, scratch, limit, wait, rounds] = process.argv.slice(2);
const folder = join(scratch, "tree");
cpSync(from, folder, { recursive: true });
const levels = [];

function note(what) {
  const status = readFileSync("/proc/self/status", "utf8");
  const bytes = (name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)[1]) * 1024;
  levels.push({ what, rssBytes: bytes("VmRSS"), anonBytes: bytes("RssAnon") });
  // Asked afterwards: the receipt takes memory itself.
  const { owners } = engine.footprint();
  levels.at(-1).isLoaded = owners.some(({ owner }) => owner.startsWith("model "));
}

const engine = await open({
  folder,
  database: join(scratch, "index.db"),
  embeddingCache: false,
  ...(limit !== "0" && { maxMemoryBytes: Number(limit) }),
});
await pause(500);
note("open");
for (let round = 1; round <= Number(rounds); round += 1) {
  if (round > 1) {
    for (const file of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue;
      const path = join(file.parentPath, file.name);
      const again = readFileSync(path, "utf8").replaceAll("_", `_r${round}_`);
      writeFileSync(path, again);
    }
  }
  await engine.index();
  for (let i = 0; i < 20; i += 1)
    await engine.search(`how is the price of order ${i} counted ${round}`);
  note(`after work ${round}`);
  await pause(Number(wait) * 1000);
  note(`idle ${round}`);
}
await engine.close();
process.stdout.write(`${JSON.stringify(levels)}\n`);
