/*
 * What every Haypile does, wherever the work is done: in this process, in the daemon, in turn with others, and in this
 * process once the daemon has gone.
 */
import { join } from "node:path";
import { expect, it } from "vitest";
import type { Haypile } from "../../src/ports/haypile.ts";
import { gitIn } from "../helpers/artefact-places.ts";
import { tempFolder, writeTree } from "../helpers/temp-tree.ts";

/** A folder with a little code, a text and nothing else. */
export function codeTree(): string {
  const folder = tempFolder();
  writeTree(folder, {
    "src/lamp.ts":
      "/** Lights the lamp. */\nexport function light(): number {\n  return helper(1);\n}\n\nexport function helper(n: number): number {\n  return n + 1;\n}\nexport const lamps = [helper];\n",
    "notes.md": "# The lamp\n\nIt is lit at dusk, and put out at dawn.\n",
  });
  return folder;
}

/** @param open for each test anew; what it opens ends with the test */
export function haypileContract(open: () => Promise<Haypile>): void {
  it("indexes, searches, and answers what is asked of definitions", async () => {
    const haypile = await open();
    const folder = codeTree();
    const code = haypile.code(folder, { nearest: false });
    expect((await code.facts()).hasIndex).toBe(false);
    const steps: string[] = [];
    const report = await code.index({ onProgress: ({ phase }) => steps.push(phase) });
    expect(report.files).toMatchObject({ new: 2, seen: 2 });
    expect(steps.length).toBeGreaterThan(0);
    const { hits } = await code.search("when is the lamp lit", { k: 2, deadlineMs: 60_000 });
    expect(hits.map(({ path }) => path)).toContain("notes.md");
    expect((await code.why("lamp", "notes.md")).isIndexed).toBe(true);
    expect((await code.findSymbol("helper"))[0]).toMatchObject({ name: "helper" });
    expect((await code.outline("src")).files).toHaveLength(1);
    expect((await code.callers("helper")).uses).toHaveLength(1);
    expect((await code.callees("light")).callees).toHaveLength(1);
    const uses = (await code.references("helper")).uses;
    expect(uses.map(({ kind }) => kind)).toEqual(["call", "value"]);
    expect((await code.implementations("helper")).uses).toEqual([]);
    expect((await code.reach("helper", "callers", { depth: 2 })).steps).toHaveLength(1);
    expect((await code.impact({ names: ["helper"] })).affected).toHaveLength(2);
    await expect(code.history("helper")).rejects.toMatchObject({ code: "HAYPILE_GIT" });
    await expect(code.diff("HEAD")).rejects.toMatchObject({ code: "HAYPILE_GIT" });
    expect((await code.unused({ sure: "low" })).definitions).toBe(3);
    expect((await code.map({ maxTokens: 200 })).text).toContain("src/lamp.ts");
    expect(await code.unparsed()).toEqual([]);
    expect(await code.partlyParsed()).toEqual({ count: 0, paths: [] });
    const status = await code.status();
    expect(status).toMatchObject({ root: folder, index: { files: 2 } });
    expect(await code.facts()).toMatchObject({ root: folder, hasIndex: true });
    expect((await code.indexReport()).scan.kind).toBe("exact");
    expect((await code.footprint()).process.rssBytes).toBeGreaterThan(1e6);
    const pressure = await code.memoryPressure();
    expect(pressure).toMatchObject({ level: "calm", steps: [] });
    expect(pressure.usedBytes).toBeGreaterThan(1e6);
    expect((await code.untilCalm({ timeoutMs: 10 })).level).toBe("calm");
    const timeoutMs = Number.MAX_VALUE;
    await expect(code.untilCalm({ timeoutMs })).rejects.toMatchObject({ code: "HAYPILE_USAGE" });
    const { runner, runtimeVersion } = await code.host();
    // ONNX Runtime is opened for a model that needs it, and for no other.
    expect(runtimeVersion === undefined).toBe(runner?.engine !== "onnx");
    await code.settled();
    expect(await haypile.openFolders()).toEqual([folder]);
    expect((await haypile.indexes()).map((index) => index.folder)).toContain(folder);
    // A folder inside it is answered by the same index, unless its own is wanted.
    const inside = haypile.code(join(folder, "src"));
    expect((await inside.status()).root).toBe(folder);
    const own = haypile.code(join(folder, "src"), { nearest: false });
    await expect(own.status()).rejects.toMatchObject({ code: "HAYPILE_NOT_INDEXED" });
  });

  it("says what is left out, lists indexes with what they hold, and deletes them", async () => {
    const haypile = await open();
    const folder = codeTree();
    writeTree(folder, { ".haypileignore": "*.tmp\n", "a.tmp": "x", "b.tmp": "x" });
    const code = haypile.code(folder, { nearest: false });
    await code.index({ fillIn: "off" });
    expect(await code.stopIndexing()).toEqual({ stopped: 0 });
    const page = await code.leftOut({ limit: 1 });
    const rule = { reason: "ignored-by-haypile", rule: ".haypileignore:1" };
    expect(page).toMatchObject({
      paths: [{ path: "a.tmp", ...rule, at: { text: "*.tmp" } }],
      counts: { total: 2, byRule: [{ ...rule, count: 2 }], waiting: { count: 0 } },
    });
    const rest = await code.leftOut({ limit: 9, cursor: page.cursor, rule: rule.rule });
    expect(rest.paths.map(({ path }) => path)).toEqual(["b.tmp"]);
    expect(await code.fileStatus("b.tmp")).toMatchObject({ isIndexed: false, leftOut: rule });
    await expect(code.leftOut({ under: ".." })).rejects.toMatchObject({
      code: "HAYPILE_PATH_REFUSED",
    });
    const own = (await haypile.indexes({ details: true })).find((one) => one.folder === folder);
    expect(own?.details).toMatchObject({ files: 3, unparsed: 0 });
    const { database } = own ?? {};
    await expect(haypile.prune({ databases: [database ?? ""] })).rejects.toMatchObject({
      code: "HAYPILE_USAGE",
    });
    await expect(haypile.prune({ confirm: "x" })).rejects.toMatchObject({
      code: "HAYPILE_CONFIRM",
    });
    await expect(haypile.removeIndex({})).rejects.toMatchObject({ code: "HAYPILE_USAGE" });
    expect((await haypile.removeIndex({ folder })).files).toMatchObject([{ path: database }]);
    expect(await haypile.openFolders()).not.toContain(folder);
    await expect(code.leftOut()).rejects.toMatchObject({ code: "HAYPILE_NOT_INDEXED" });
  });

  it("exports an index of a commit, and takes its vectors into another", async () => {
    const haypile = await open();
    const folder = codeTree();
    gitIn(folder, "init", "-q");
    gitIn(folder, "add", "-A");
    gitIn(folder, "commit", "-qm", "one");
    const clone = join(tempFolder(), "clone");
    gitIn(folder, "clone", "-q", folder, clone);
    const code = haypile.code(folder, { nearest: false });
    const file = join(tempFolder(), "lamp.haypile-index");
    await expect(code.exportIndex({ file })).rejects.toMatchObject({ code: "HAYPILE_NOT_INDEXED" });
    await code.index();
    const steps: string[] = [];
    const made = await code.exportIndex({ file, onProgress: ({ step }) => steps.push(step) });
    expect(made).toMatchObject({ file, files: 2, at: { said: "HEAD" } });
    expect(steps.length).toBeGreaterThan(0);
    const other = haypile.code(clone, { nearest: false });
    expect(await other.importIndex({ file })).toMatchObject({
      artefact: { commit: made.commit, vectors: made.vectors },
      taken: made.vectors,
      chunks: { embedded: 0 },
      repository: "same",
    });
    await expect(other.importIndex({ file: `${file}.no` })).rejects.toMatchObject({
      code: "HAYPILE_PATH_MISSING",
    });
  });

  it("keeps an index as it was, verifies it and puts it back", async () => {
    const haypile = await open();
    const code = haypile.code(codeTree(), { nearest: false });
    await expect(code.snapshotIndex()).rejects.toMatchObject({ code: "HAYPILE_NOT_INDEXED" });
    await code.index();
    const { id, counts } = await code.snapshotIndex({ note: "contract" });
    expect((await code.indexSnapshots()).snapshots).toMatchObject([{ id, note: "contract" }]);
    expect(await code.verifyIndexSnapshot(id)).toMatchObject({ isSound: true, counts });
    const { kept } = await code.restoreIndexSnapshot(id);
    expect(kept).toMatchObject({ reason: "restore", counts });
    await code.removeIndexSnapshot(id);
    await expect(code.verifyIndexSnapshot(id)).rejects.toMatchObject({
      code: "HAYPILE_SNAPSHOT_MISSING",
    });
  });

  it("refuses with the code of the error, and what is unknown before anything is done", async () => {
    const haypile = await open();
    const missing = haypile.code(join(tempFolder(), "not-there"));
    await expect(missing.search("x")).rejects.toMatchObject({ code: "HAYPILE_PATH_MISSING" });
    const code = haypile.code(codeTree(), { nearest: false });
    await expect(code.search("x")).rejects.toMatchObject({ code: "HAYPILE_NOT_INDEXED" });
    const slip = { limt: 3 } as object;
    await expect(code.search("x", slip)).rejects.toMatchObject({ code: "HAYPILE_USAGE" });
    await expect(haypile.memories.recall("x", slip)).rejects.toMatchObject({
      code: "HAYPILE_USAGE",
    });
    await expect(haypile.memories.forget("no-such-id")).rejects.toMatchObject({
      code: "HAYPILE_MEMORY_MISSING",
    });
  });

  it("stops a call at its signal", async () => {
    const haypile = await open();
    const stop = new AbortController();
    const code = haypile.code(codeTree(), { nearest: false });
    const running = code.index({ signal: stop.signal, onProgress: () => stop.abort() });
    await expect(running).rejects.toMatchObject({ code: "HAYPILE_ABORTED" });
    const stopped = AbortSignal.abort();
    await expect(code.index({ signal: stopped })).rejects.toMatchObject({
      code: "HAYPILE_ABORTED",
    });
  });

  it("asks memories and code at once", async () => {
    const haypile = await open();
    const folder = codeTree();
    await haypile.code(folder, { nearest: false }).index();
    const namespace = `asked-${Math.random().toString(36).slice(2)}`;
    await haypile.memories.remember("The lamp was bought in Leiden.", { namespace });
    const { hits, code, memories, asOf } = await haypile.ask("when is the lamp lit", {
      ...{ folder, namespace, minScore: 0, signal: new AbortController().signal },
    });
    expect(new Set(hits.map(({ kind }) => kind))).toEqual(new Set(["memory", "code"]));
    expect([memories.problem, code.problem, asOf]).toEqual([undefined, undefined, undefined]);
    const then = await haypile.ask("lamp", { folder, namespace, asOf: "2020-01-01" });
    expect(then.hits).toEqual([]);
    expect(then.code.problem?.code).toBe("HAYPILE_GIT");
    const slip = { folder, asof: "2020-01-01" } as never;
    await expect(haypile.ask("lamp", slip)).rejects.toMatchObject({ code: "HAYPILE_USAGE" });
    await expect(haypile.ask("lamp", {} as never)).rejects.toMatchObject({ code: "HAYPILE_USAGE" });
  });

  it("keeps memories, gives them out line by line, and takes them in", async () => {
    const { memories } = await open();
    const namespace = `contract-${Math.random().toString(36).slice(2)}`;
    const { id } = await memories.remember("The ferry leaves at six.", { namespace });
    await memories.rememberMany([{ text: "The bakery is shut on Mondays.", namespace }]);
    await memories.settled();
    const { hits } = await memories.recall("when does the ferry leave", { namespace, k: 1 });
    expect(hits[0]?.memory.id).toBe(id);
    expect((await memories.get(id))?.text).toContain("ferry");
    expect((await memories.list({ namespace })).total).toBe(2);
    const changed = await memories.update(id, { text: "The ferry leaves at seven." });
    expect((await memories.history(changed.id)).length).toBeGreaterThan(1);
    const lines: string[] = [];
    for await (const line of memories.export({ namespace })) lines.push(line);
    expect(lines.length).toBeGreaterThanOrEqual(2);
    const other = `${namespace}-2`;
    const taken = await memories.import(lines, { namespace: other });
    expect(taken).toMatchObject({ refusedCount: 0 });
    const pieces = await memories.openImport({ namespace: other });
    await pieces.push(['{"text": "The mill turns at noon."}']);
    expect((await pieces.end()).stored).toBe(1);
    const preview = await memories.forgetWhere({ namespace: other });
    expect(preview.matched).toBeGreaterThanOrEqual(2);
    await memories.forgetWhere({ namespace: other }, { confirm: preview.confirm });
    await memories.forget(changed.id);
    expect((await memories.undelete(changed.id)).text).toContain("seven");
    const page = await memories.list({ namespace, order: "largest", text: "ferr", textLimit: 9 });
    expect(page.memories.map(({ text }) => text)).toEqual(["The ferry"]);
    const was = { text: "The ferry leaves at six." };
    await expect(memories.update(changed.id, { text: "x", was })).rejects.toMatchObject({
      code: "HAYPILE_CONFLICT",
      data: { now: { text: "The ferry leaves at seven." } },
    });
    const bakery = (await memories.list({ namespace, text: "bakery" })).memories[0]?.id ?? "";
    expect((await memories.duplicates({ namespace })).pairs).toEqual([]);
    await memories.dismiss(bakery, changed.id);
    const merged = await memories.merge([changed.id, bakery], { text: "Both." });
    expect(merged.text).toBe("Both.");
    expect((await memories.unmerge(merged.id)).memories).toHaveLength(2);
    expect((await memories.unverified({ namespace })).memories).toEqual([]);
    expect((await memories.verify(bakery)).id).toBe(bakery);
    const { at = "" } = await memories.forget(bakery);
    expect(await memories.undeleteAt(at)).toEqual({ restored: 1 });
    expect((await memories.stats()).memories).toBeGreaterThanOrEqual(2);
    expect((await memories.removed(5)).length).toBeGreaterThan(0);
    const { id: snapshot, counts } = await memories.snapshot({ note: "contract" });
    expect(counts?.memories).toBeGreaterThanOrEqual(2);
    expect((await memories.snapshots()).snapshots.map((one) => one.id)).toContain(snapshot);
    await memories.forget(bakery);
    expect(await memories.bringBack(snapshot)).toMatchObject({ brought: 1, refusedCount: 0 });
    expect((await memories.get(bakery))?.text).toContain("bakery");
    expect(await memories.verifySnapshot(snapshot)).toMatchObject({ isSound: true, counts });
    await memories.forget(bakery, { hard: true });
    const { kept, sha256 } = await memories.restoreSnapshot(snapshot);
    expect((await memories.get(bakery))?.text).toContain("bakery");
    expect(kept).toMatchObject({ reason: "restore" });
    const { removed } = await memories.pruneSnapshots({ holding: bakery });
    expect(removed.map((one) => [one.id, one.sha256])).toEqual([[snapshot, sha256]]);
    if (kept !== undefined) await memories.removeSnapshot(kept.id);
    await expect(memories.bringBack(snapshot)).rejects.toMatchObject({
      code: "HAYPILE_SNAPSHOT_MISSING",
    });
    const { sent, received } = await memories.sync(tempFolder(), { namespace });
    expect(sent).toBeGreaterThanOrEqual(2);
    expect(received).toEqual({ added: 0, changed: 0, forgotten: 0 });
    await expect(memories.sync("shared")).rejects.toMatchObject({ code: "HAYPILE_USAGE" });
    expect((await memories.collect()).removed).toEqual([]);
  });

  it("is closed once, however often it is asked, and takes nothing afterwards", async () => {
    const haypile = await open();
    const code = haypile.code(codeTree(), { nearest: false });
    await code.facts();
    await Promise.all([haypile.close(), haypile.close()]);
    await haypile[Symbol.asyncDispose]();
  });
}
