/** Restoring on a machine that syncs: nobody is surprised, nothing that others said is lost, and what was erased goes. */
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it, vi } from "vitest";
import { openRaw } from "../../helpers/sqlite-files.ts";
import { allText, openMachine, type SyncedMachine, sharedFolder } from "../../helpers/sync-pair.ts";

vi.setConfig({ testTimeout: 120_000 });

const open: SyncedMachine[] = [];

afterEach(async () => {
  for (const { memories } of open.splice(0)) await memories.close();
});

async function machine(...given: Parameters<typeof openMachine>): Promise<SyncedMachine> {
  const one = await openMachine(...given);
  open.push(one);
  return one;
}

/** Who has the memories open follows a restore by opening them anew. */
async function restored(of: SyncedMachine, shared: string, id: string) {
  const result = await of.memories.restoreSnapshot(id);
  await of.memories.close();
  open.splice(open.indexOf(of), 1);
  return { result, again: await machine(shared, { database: of.database }) };
}

it("says that the next sync brings back what was said since, and does so under the same id", async () => {
  const { shared, files } = sharedFolder();
  const [a, b] = [await machine(shared), await machine(shared)];
  const kept = await a.memories.remember("the harbour opens at six");
  const { machine: id } = await a.sync();
  const snapshot = await a.memories.snapshot();
  await a.memories.remember("said after the snapshot");
  await a.memories.forget(kept.id);
  await a.sync();
  await b.sync();
  await b.memories.remember("said by another machine");
  await b.sync();
  const { result, again } = await restored(a, shared, snapshot.id);
  expect(result.syncedWith).toEqual([files]);
  expect(await again.lines()).toHaveLength(1);
  await again.memories.remember("said between the restore and the sync");
  const synced = await again.sync();
  expect(synced).toMatchObject({
    machine: id,
    isAfterRestore: true,
    isRewritten: true,
    problems: [],
    received: { added: 2, forgotten: 1 },
  });
  expect(readdirSync(files)).toHaveLength(2);
  // It is said once.
  expect(await again.sync()).toMatchObject({ isAfterRestore: false, sent: 0, machine: id });
  expect(existsSync(`${again.database}.sync-replaced`)).toBe(false);
  // What is gone on all comes back on all.
  await again.memories.bringBack(snapshot.id);
  for (const one of [again, b, again, b]) expect((await one.sync()).problems).toEqual([]);
  expect(await b.lines()).toEqual(await again.lines());
  expect((await b.memories.get(kept.id))?.text).toBe("the harbour opens at six");
  expect(await b.lines()).toHaveLength(4);
});

it("takes out of its file what is erased after a restore", async () => {
  const { shared, files } = sharedFolder();
  const a = await machine(shared);
  const before = await a.memories.snapshot();
  await a.memories.remember("something that stays");
  const { id } = await a.memories.remember("a word like xyzzyplugh");
  await a.sync();
  expect(allText(files)).toContain("xyzzyplugh");
  // The restored memories were never synced.
  const { again } = await restored(a, shared, before.id);
  await again.sync();
  await again.memories.forget(id, { hard: true });
  await again.sync();
  expect(allText(files)).not.toContain("xyzzyplugh");
  expect(await again.lines()).toHaveLength(1);
});

it("takes nobody else's file for its own", async () => {
  const { shared, files } = sharedFolder();
  const a = await machine(shared);
  await a.memories.remember("one");
  const { machine: id } = await a.sync();
  const snapshot = await a.memories.snapshot();
  await a.memories.remember("two");
  await a.sync();
  const { again } = await restored(a, shared, snapshot.id);
  // Of a copy of all: it has another file, and the note is of none of its own.
  const raw = openRaw(again.database);
  raw.exec(`VACUUM INTO '${join(shared, "copy.db")}'`);
  raw.close();
  const note = JSON.stringify([{ machine: "../up", place: "1", folder: {} }]);
  writeFileSync(join(shared, "copy.db.sync-replaced"), note);
  const copy = await machine(shared, { database: join(shared, "copy.db") });
  expect((await copy.sync()).machine).not.toBe(id);
  const synced = await again.sync();
  expect(synced).toMatchObject({ machine: id, isAfterRestore: true });
  expect(readdirSync(files)).toHaveLength(2);
  await copy.sync();
  expect(await copy.lines()).toEqual(await again.lines());
  expect(await copy.lines()).toHaveLength(2);
});
