/* A daemon with cache.warm asks what was asked most before anybody waits for it; one without leaves no trace. Runs dist. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import { readEnvironment } from "../../src/config/environment/env.ts";
import { connect } from "../../src/haypile/there.ts";
import { tempFolder, writeTree } from "../helpers/temp-tree.ts";
import { place } from "./helpers.ts";

// On a machine where other work runs, processes take their time.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const wait = (): Promise<void> => new Promise((done) => setTimeout(done, 50));
const question = "how warm is the kettle";

function tree(): string {
  const folder = tempFolder();
  const text = (i: number): string =>
    `/** Says how warm the kettle of room ${i} is. */\nexport function warmth${i}(): number {\n  return ${i};\n}\n`;
  writeTree(folder, Object.fromEntries([0, 1, 2].map((i) => [`part${i}.ts`, text(i)])));
  return folder;
}

it.each([true, false])("with cache.warm %s", async (isWarm) => {
  const cache = tempFolder();
  const { env } = place({
    HAYPILE_CACHE_DIR: cache,
    HAYPILE_CACHE_WARM: String(isWarm),
    // A run behind the first question may write, and what is written clears the rankings.
    HAYPILE_WATCH: "false",
  });
  const environment = readEnvironment(env);
  const folder = tree();
  const first = await connect({ environment, client: "test" });
  await first.code(folder, { nearest: false }).index();
  expect((await first.code(folder).search(question)).fromCache).toBeUndefined();
  await first.stop();
  await first.close();
  // A daemon is asked to end, and writes the record then.
  const queries = join(cache, "queries");
  const records = (): string[] => (existsSync(queries) ? readdirSync(queries) : []);
  while (isWarm && !records().some((name) => name.endsWith(".json"))) await wait();

  const daemon = await connect({ environment, client: "test" });
  onTestFinished(async () => {
    await daemon.stop();
    await daemon.close();
  });
  // Whatever opens the index is enough.
  await daemon.code(folder).status();
  const kept = async (): Promise<number> => {
    const { caches } = await daemon.stats();
    return caches.find(({ owner }) => owner === "search results")?.entries ?? 0;
  };
  if (isWarm) {
    while ((await kept()) < 1) await wait();
    expect((await daemon.code(folder).search(question)).fromCache).toBe("same");
  } else {
    expect(records()).toEqual([]);
    expect(await kept()).toBe(0);
    expect((await daemon.code(folder).search(question)).fromCache).toBeUndefined();
  }
});
