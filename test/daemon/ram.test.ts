/* What a daemon says of its RAM when it has several folders open: models and limit once, and the hours behind. Runs dist. */
import { expect, it, onTestFinished } from "vitest";
import { readEnvironment } from "../../src/config/environment/env.ts";
import { connect } from "../../src/haypile/there.ts";
import type { ProcessFootprint, RamOverTime } from "../../src/ports/answers/daemon/ram.ts";
import { RpcClient } from "../../src/wire/client.ts";
import { cli } from "../helpers/cli.ts";
import { tempFolder, writeTree } from "../helpers/temp-tree.ts";
import { place } from "./helpers.ts";

function tree(word: string): string {
  const folder = tempFolder();
  const text = (i: number): string =>
    `/** Says how warm the ${word} of room ${i} is. */\nexport function warmth${i}(): number {\n  return ${i};\n}\n`;
  writeTree(folder, Object.fromEntries([0, 1, 2].map((i) => [`part${i}.ts`, text(i)])));
  return folder;
}

it("is told once for all folders, and with what was loaded when", async () => {
  const at = place({ XDG_RUNTIME_DIR: "", HAYPILE_CACHE_DIR: tempFolder() });
  const environment = readEnvironment(at.env);
  const daemon = await connect({ environment, client: "test" });
  const rpc = new RpcClient({ environment, client: "ram" });
  onTestFinished(async () => {
    await rpc.close();
    await daemon.stop();
    await daemon.close();
  });
  const began = Date.now();
  const folders = [tree("kettle"), tree("lamp")];
  for (const folder of folders) {
    await daemon.code(folder, { nearest: false }).index();
    await daemon.code(folder).search("how warm is it");
  }
  await daemon.memories.remember("The kettle of room 3 stands on the stove.");
  await daemon.memories.recall("where is the kettle");

  const receipt = (await rpc.call("daemon.receipt")) as ProcessFootprint;
  expect(receipt.owners.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(receipt.totalBytes);
  expect(receipt.unaccountedBytes).toBeLessThan(0.2 * receipt.totalBytes);
  expect(receipt.indexes.map(({ folder }) => folder).sort()).toEqual([...folders].sort());
  const models = receipt.models.map(({ owner }) => owner);
  expect(models).toEqual(["model all-minilm-l6-v2"]);
  expect(receipt.memoriesBytes).toBeGreaterThan(0);
  expect(receipt.governor).toBeUndefined();
  const lookups = receipt.caches.owners.map(({ hits, misses }) => hits + misses);
  expect(Math.max(...lookups)).toBeGreaterThanOrEqual(folders.length);
  // Memory is the process's: all indexes, memories and clients are in it, whichever folder is asked.
  for (const { perFile, perMemory, perClient, process: usage } of [
    receipt,
    await daemon.code(folders[0] as string).footprint(),
  ]) {
    expect(perFile).toMatchObject({ count: 6 });
    expect(perFile?.eachBytes).toBe(Math.round((perFile?.bytes ?? 0) / 6));
    expect(perMemory).toMatchObject({ count: 1 });
    expect(perMemory?.bytes).toBeGreaterThan(0);
    expect(perClient).toMatchObject({ count: 2, bytes: usage.rssBytes });
  }
  // Another who asks at once gets the same one.
  expect(((await rpc.call("daemon.receipt")) as ProcessFootprint).at).toBe(receipt.at);

  const ram = (await rpc.call("daemon.ram", { args: [{ points: 10 }] })) as RamOverTime;
  const { columns, now, moments } = ram;
  expect(columns.at.length).toBeGreaterThanOrEqual(1);
  expect(columns.at.length).toBeLessThanOrEqual(10);
  for (const [i, most] of columns.ownMax.entries()) {
    expect(most).toBeGreaterThanOrEqual(columns.ownMin[i] ?? Number.NaN);
  }
  expect(columns.limit.every((limit) => limit === null)).toBe(true);
  expect(now.usedBytes).toBe(now.ownBytes + now.childBytes);
  const loaded = moments.find(
    (moment) => moment.kind === "event" && moment.owner === models[0] && moment.what === "loaded",
  );
  expect(loaded?.time).toBeGreaterThanOrEqual(began);
  expect(moments.map(({ time }) => time)).toEqual(
    moments.map(({ time }) => time).sort((a, b) => a - b),
  );
  const metrics = await daemon.metrics();
  expect(metrics).toMatch(/^haypile_memory_owner_bytes\{owner="JavaScript heap"\} \d+$/mu);
  expect(metrics).not.toContain("haypile_memory_step_taken");
  await expect(rpc.call("daemon.ram", { args: [{ points: 0 }] })).rejects.toMatchObject({
    code: "HAYPILE_USAGE",
  });
  const told = await cli(["status", "--memory", "--path", folders[0] as string], {
    data: at.folder,
    env: at.env,
  });
  expect(told.stdout).toMatch(/per file +.* for 6 indexed\n +per memory +.* for 1 kept\n/u);
  // The command itself is no client to share with.
  expect(told.stdout).toMatch(/per client +.* for 2 connected\n/u);
});
