/* What syncing means for two machines: what holds, what stays, what goes, and what never travels. */
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { HashEmbedder } from "../../helpers/hash-embedder.ts";
import { addonFolder } from "../../helpers/model.ts";
import { openRaw } from "../../helpers/sqlite-files.ts";
import { allText, openMachine, type SyncedMachine, sharedFolder } from "../../helpers/sync-pair.ts";
import { tempFolder } from "../../helpers/temp-tree.ts";

const open: SyncedMachine[] = [];

afterEach(async () => {
  for (const { memories } of open.splice(0)) await memories.close();
});

async function machine(...given: Parameters<typeof openMachine>): Promise<SyncedMachine> {
  const one = await openMachine(...given);
  open.push(one);
  return one;
}

async function pair(): Promise<{
  a: SyncedMachine;
  b: SyncedMachine;
  shared: string;
  files: string;
}> {
  const { shared, files } = sharedFolder();
  return { shared, files, a: await machine(shared), b: await machine(shared) };
}

async function both(a: SyncedMachine, b: SyncedMachine): Promise<void> {
  for (const one of [a, b, a, b]) expect((await one.sync()).problems).toEqual([]);
  expect(await b.lines()).toEqual(await a.lines());
}

it("brings over what there was before, with its history, links and anchors", async () => {
  const { a, b } = await pair();
  const old = await a.memories.remember("deploys go out on Tuesdays", { tags: ["deploy"] });
  await a.memories.update(old.id, { text: "deploys go out on Wednesdays", importance: 0.9 });
  const next = await a.memories.remember("the canary comes first", { kind: "decision" });
  await a.memories.link(next.id, old.id, "speaks of");
  await a.memories.remember("deploys go out on Thursdays", { replaces: old.id });
  const sent = await a.sync();
  expect(sent).toMatchObject({ sent: 3, files: 0, received: { added: 0 } });
  expect(await b.sync()).toMatchObject({ sent: 0, files: 1, received: { added: 3 } });
  expect(await b.lines()).toEqual(await a.lines());
  expect((await b.memories.history(old.id)).map(({ text }) => text)).toEqual(
    (await a.memories.history(old.id)).map(({ text }) => text),
  );
  expect((await b.memories.recall("when do deploys go out")).hits[0]?.memory.text).toContain(
    "Thursdays",
  );
  // Nothing new: nothing is written.
  const before = sent.bytes;
  expect(await a.sync()).toMatchObject({ sent: 0, bytes: before, isRewritten: false });
});

it("lets the last word hold, thing by thing, and keeps the other in the history", async () => {
  const { a, b } = await pair();
  const { id } = await a.memories.remember("port 3030", { tags: ["infra"] });
  await both(a, b);
  await a.memories.update(id, { text: "port 3031" });
  await a.memories.update(id, { tags: ["ops"] });
  await b.memories.update(id, { pinned: true });
  await b.memories.update(id, { text: "port 3032" });
  await a.memories.update(id, { importance: 0.2 });
  await both(a, b);
  expect(await a.memories.get(id)).toMatchObject({
    text: "port 3032",
    tags: ["ops"],
    pinned: true,
    importance: 0.2,
  });
  const texts = (await a.memories.history(id)).map(({ text }) => text);
  expect(texts).toEqual(expect.arrayContaining(["port 3030", "port 3031", "port 3032"]));
});

it("forgets everywhere, brings back everywhere, and keeps what was said later", async () => {
  const { a, b } = await pair();
  const gone = await a.memories.remember("to be forgotten");
  const edited = await a.memories.remember("to be forgotten too soon");
  await both(a, b);
  await a.memories.forget(gone.id);
  await a.memories.forget(edited.id);
  await b.memories.update(edited.id, { tags: ["kept"] });
  await both(a, b);
  expect(await b.memories.get(gone.id)).toBeUndefined();
  expect(await a.memories.get(edited.id)).toMatchObject({ tags: ["kept"] });
  await b.memories.undelete(gone.id);
  await both(a, b);
  expect(await a.memories.get(gone.id)).toMatchObject({ text: "to be forgotten" });
});

it("erases for good: no text in any file of the folder, whoever wrote it there", async () => {
  const { a, b, files } = await pair();
  const word = "xylophonist";
  const { id } = await a.memories.remember(`the ${word} plays at six`);
  await both(a, b);
  await b.memories.update(id, { text: `the ${word} plays at seven` });
  await both(a, b);
  expect(allText(files)).toContain(word);
  await a.memories.forget(id, { hard: true });
  expect(await a.sync()).toMatchObject({ isRewritten: true });
  expect(await b.sync()).toMatchObject({ isRewritten: true, received: { forgotten: 1 } });
  expect(allText(files)).not.toContain(word);
  await both(a, b);
  expect(await b.lines()).toEqual([]);
  expect(await b.memories.removed()).toMatchObject([{ id, why: "forgotten" }]);
});

it("takes the text out of its file when the time to bring it back is over", async () => {
  const { shared, files } = sharedFolder();
  const a = await machine(shared, { graceMs: 0 });
  const b = await machine(shared, { graceMs: 0 });
  const word = "glockenspiel";
  const { id } = await a.memories.remember(`a ${word} stands there`);
  await both(a, b);
  await a.memories.forget(id);
  await both(a, b);
  expect(allText(files)).toContain(word);
  await new Promise((done) => setTimeout(done, 5));
  expect((await a.memories.collect()).erased).toBe(1);
  await both(a, b);
  expect(allText(files)).not.toContain(word);
  expect((await b.memories.collect()).erased).toBe(1);
  await both(a, b);
});

it("keeps to itself what a quota puts away, until somebody says something of it", async () => {
  const { shared } = sharedFolder();
  const a = await machine(shared);
  const small = await machine(shared, { quotas: { "*": { memories: 2 } } });
  const first = await small.memories.remember("one of three", { importance: 0.1 });
  await both(a, small);
  await small.memories.remember("two of three");
  await small.memories.remember("three of three");
  for (const one of [small, a, small, a]) await one.sync();
  expect(await a.lines()).toHaveLength(3);
  expect(await small.lines()).toHaveLength(2);
  await a.memories.update(first.id, { tags: ["here"] });
  for (const one of [a, small]) await one.sync();
  expect(await small.memories.get(first.id)).toMatchObject({ tags: ["here"] });
});

it("links what was said on both machines, the same way on both", async () => {
  const { a, b } = await pair();
  const one = await a.memories.remember("Releases are tagged by hand.");
  const other = await b.memories.remember("Releases are tagged  by hand");
  await both(a, b);
  const { pairs } = await b.memories.duplicates();
  expect(pairs.map(({ memories }) => memories.map(({ id }) => id).sort())).toEqual([
    [one.id, other.id].sort(),
  ]);
  const merged = await a.memories.merge([one.id, other.id]);
  await both(a, b);
  expect((await b.memories.list()).memories.map(({ id }) => id)).toEqual([merged.id]);
  await b.memories.unmerge(merged.id);
  await both(a, b);
  expect((await a.memories.list()).total).toBe(2);
});

it("finds by meaning what came from another machine", async () => {
  const { shared } = sharedFolder();
  const a = await machine(shared);
  const b = await machine(shared, { embedder: new HashEmbedder(), addonFolder });
  await a.memories.remember("the ferry leaves at six");
  await a.sync();
  await b.sync();
  await b.memories.settled();
  const { hits, withoutVector } = await b.memories.recall("ferry", { k: 1, why: true });
  expect(withoutVector).toBe(0);
  expect(hits[0]?.memory.text).toContain("ferry");
});

it("syncs only the namespaces that are asked for, and remembers which", async () => {
  const { a, b, files } = await pair();
  await a.memories.remember("for all to see", { namespace: "team" });
  await a.memories.remember("zither lessons on Monday", { namespace: "private" });
  await b.memories.remember("of the other machine", { namespace: "private" });
  expect(await a.sync({ namespace: "team" })).toMatchObject({ sent: 1, namespaces: ["team"] });
  expect(await a.sync()).toMatchObject({ sent: 0, namespaces: ["team"] });
  expect(allText(files)).not.toContain("zither");
  await b.sync();
  expect(await a.sync()).toMatchObject({ otherNamespaces: 1, received: { added: 0 } });
  expect(await a.sync({ namespace: "*" })).toMatchObject({ received: { added: 1 } });
  await both(a, b);
  expect(await b.lines()).toHaveLength(3);
});

it("sends no secret and takes none, unless that is said", async () => {
  const { a, b, files } = await pair();
  const secret = "password=hunter2hunter2";
  await a.memories.remember(secret, { allowSecrets: true });
  await a.memories.remember("no secret at all");
  expect(await a.sync()).toMatchObject({ sent: 1, secrets: { kept: 1 } });
  expect(allText(files)).not.toContain("hunter2");
  expect(await a.sync({ allowSecrets: true })).toMatchObject({ secrets: { kept: 0 } });
  expect(allText(files)).toContain("hunter2");
  expect(await b.sync()).toMatchObject({ secrets: { refused: 1 }, received: { added: 1 } });
  expect(await b.sync({ allowSecrets: true })).toMatchObject({ received: { added: 1 } });
  await both(a, b);
  expect(await a.lines()).toHaveLength(2);
});

it("takes a copy of its database for another machine, and loses nothing of either", async () => {
  const { a, b, shared, files } = await pair();
  await a.memories.remember("before the copy");
  await both(a, b);
  const copied = join(tempFolder(), "memories.db");
  for (const side of ["", "-wal"]) {
    if (existsSync(`${a.database}${side}`))
      copyFileSync(`${a.database}${side}`, `${copied}${side}`);
  }
  const clone = await machine(shared, { database: copied });
  await clone.memories.remember("on the copy");
  await a.memories.remember("on the first one");
  const ids = [(await a.sync()).machine, (await clone.sync()).machine, (await b.sync()).machine];
  expect(new Set(ids).size).toBe(3);
  await both(a, b);
  await both(a, clone);
  expect(await b.lines()).toHaveLength(3);
  expect(readdirSync(files)).toHaveLength(3);
});

it("goes on under a new id when its database was put back to an older state", async () => {
  const { shared } = sharedFolder();
  const other = await machine(shared);
  const first = await openMachine(shared);
  await first.memories.remember("in the old state");
  const { machine: id } = await first.sync();
  await first.memories.close();
  const bytes = readFileSync(first.database);
  const again = await openMachine(shared, { database: first.database });
  await again.memories.remember("after the copy was made");
  await again.sync();
  await again.memories.close();
  // In the same place, as a restored backup is: the file keeps its number.
  rmSync(`${first.database}-wal`, { force: true });
  const raw = openRaw(first.database);
  raw.close();
  const { writeFileSync } = await import("node:fs");
  writeFileSync(first.database, bytes);
  const back = await machine(shared, { database: first.database });
  await back.memories.remember("said in the old state");
  expect((await back.sync()).machine).not.toBe(id);
  expect(await back.lines()).toHaveLength(3);
  await both(back, other);
});

it("is one at a time on a machine, and each call finds its own change in the folder", async () => {
  const { a, b, shared, files } = await pair();
  const second = await machine(shared, { database: a.database });
  const words = [...Array(6).keys()].map((at) => `walrus${at}`);
  await Promise.all(
    words.map(async (word, at) => {
      const one = at % 2 === 0 ? a : second;
      await one.memories.remember(`the ${word} sleeps`);
      await one.sync();
      expect(allText(files)).toContain(word);
    }),
  );
  expect(readdirSync(files)).toHaveLength(1);
  await both(a, b);
});

it("stops when it is told to, and goes on", async () => {
  const { a, b } = await pair();
  await a.memories.rememberMany([...Array(500).keys()].map((at) => ({ text: `thing ${at}` })));
  const stop = new AbortController();
  const steps: string[] = [];
  const onProgress = ({ phase }: { phase: string }) => {
    steps.push(phase);
    if (steps.length === 2) stop.abort();
  };
  await expect(a.sync({ signal: stop.signal, onProgress })).rejects.toMatchObject({
    code: "HAYPILE_ABORTED",
  });
  await both(a, b);
  expect(await b.lines()).toHaveLength(500);
});

it("is carried by git without a conflict", async () => {
  const root = tempFolder();
  const git = (folder: string, ...args: string[]): string => {
    const options = ["-c", "user.name=t", "-c", "user.email=t@example.org"];
    const { status, stdout, stderr } = spawnSync("git", ["-C", folder, ...options, ...args], {
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(`git ${args.join(" ")}: ${stdout}${stderr}`);
    return stdout;
  };
  git(root, "init", "-q", "--bare", "-b", "main", "hub.git");
  git(root, "clone", "-q", join(root, "hub.git"), "one");
  git(join(root, "one"), "commit", "-q", "--allow-empty", "-m", "first");
  git(join(root, "one"), "push", "-q", "origin", "HEAD:main");
  git(root, "clone", "-q", join(root, "hub.git"), "two");
  const folders = [join(root, "one"), join(root, "two")] as const;
  const a = await machine(folders[0]);
  const b = await machine(folders[1]);
  const { id } = await a.memories.remember("said on the first");
  for (let round = 0; round < 3; round++) {
    await a.memories.remember(`first, round ${round}`);
    await b.memories.remember(`second, round ${round}`);
    for (const [at, one] of [a, b].entries()) {
      const folder = folders[at] as string;
      await one.sync();
      git(folder, "add", "-A");
      git(folder, "commit", "-q", "-m", `round ${round}`);
      // Both have changed something since: git merges, and asks nobody.
      git(folder, "pull", "-q", "--no-rebase", "--no-edit", "origin", "main");
      git(folder, "push", "-q", "origin", "HEAD:main");
      await one.sync();
    }
    await a.memories.update(id, { text: `said anew in round ${round}` });
  }
  for (const [at, one] of [a, b, a, b].entries()) {
    const folder = folders[at % 2] as string;
    await one.sync();
    git(folder, "add", "-A");
    if (git(folder, "status", "--porcelain") !== "") git(folder, "commit", "-q", "-m", "last");
    git(folder, "pull", "-q", "--no-rebase", "--no-edit", "origin", "main");
    git(folder, "push", "-q", "origin", "HEAD:main");
    expect((await one.sync()).problems).toEqual([]);
  }
  expect(await b.lines()).toEqual(await a.lines());
  expect(await a.lines()).toHaveLength(7);
  expect(readdirSync(join(folders[0], "haypile-memories"))).toHaveLength(2);
});
