/* An index made once, for others: exported on one machine, imported on another. */
import { mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { trustKey } from "../../src/config/file/trusted-keys.ts";
import { makeKey } from "../../src/engine/artefact/keys.ts";
import { hashOfText } from "../../src/engine/artefact/records.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { acquireIndexLock } from "../../src/storage/sqlite/file/lock.ts";
import { contentsOf, gitIn, sources, Team, vectorsIn } from "../helpers/artefact-places.ts";
import { findFaults, openRaw } from "../helpers/sqlite-files.ts";
import { writeTree } from "../helpers/temp-tree.ts";
import { writeTinyModel } from "../helpers/tiny-model.ts";

// On a machine where other work runs, processes take their time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

let team: Team;
/** The index of the tree, made on "ci", and what was exported of it. */
let ci: Engine;
let file: string;
/** The fingerprint of the key of "ci". */
let key: string;

beforeAll(async () => {
  team = new Team();
  ci = await team.open("ci", team.tree);
  await ci.index();
  file = join(team.scratch, "app.haypile-index");
  ({ key } = await ci.exportIndex({ file }));
});
beforeEach(() => team.use("ci"));
afterAll(async () => await team.close());

/** Another machine that trusts the key of the first. */
async function trusting(machine: string, folder: string, model = team.model): Promise<Engine> {
  const engine = await team.open(machine, folder, model);
  trustKey(team.data(machine), key);
  return engine;
}

describe("an exported index", () => {
  it("gives another machine every vector, bit for bit, and no model is asked", async () => {
    const engine = await trusting("laptop", team.clone("clone10"));
    const steps: string[] = [];
    const report = await engine.importIndex({ file, onProgress: ({ phase }) => steps.push(phase) });
    expect(report).toMatchObject({ chunks: { embedded: 0 }, repository: "same" });
    expect(report.taken).toBe(report.artefact.vectors);
    expect(report.taken).toBeGreaterThan(40);
    expect(steps).toContain("scan");
    expect(engine.modelReport(), "the model was not loaded").toBeUndefined();
    expect(vectorsIn(engine)).toEqual(vectorsIn(ci));
    expect(await engine.index()).toMatchObject({ chunks: { embedded: 0, written: 0 } });
    expect(engine.findSymbol("step_3_1", { k: 1 })[0]?.path).toBe("src/part3.py");
    const { hits } = await engine.search("came later");
    expect(hits[0]?.path).toBe("src/later.py");
    expect(findFaults(engine.facts().database)).toEqual([]);
  });

  it("has the same bytes when it is made again", async () => {
    const steps = new Set<string>();
    const made = await ci.exportIndex({
      file: join(team.scratch, "two"),
      at: "main",
      onProgress: ({ step }) => steps.add(step),
    });
    expect(readFileSync(made.file).equals(readFileSync(file))).toBe(true);
    expect(made).toMatchObject({ at: { said: "main", commit: team.git("rev-parse", "HEAD") } });
    expect(made.bytes).toBe(statSync(file).size);
    expect([...steps]).toEqual(["compare", "write"]);
    // In the place of itself, and beside nothing.
    await ci.exportIndex({ file });
    expect(readFileSync(made.file).equals(readFileSync(file))).toBe(true);
  });

  it("holds nothing that is not of the commit, and nothing of the machine", async () => {
    const tree = team.clone("private");
    writeTree(tree, {
      ".gitignore": "ignored.py\n",
      ".haypileignore": "!ignored.py\n",
      "ignored.py": "def ignored_by_git():\n    return 'a word of mine'\n",
      "untracked.py": "def untracked_words():\n    return 'not committed'\n",
      "src/part1.py": `${sources["src/part1.py"]}def not_committed_yet():\n    return 77\n`,
    });
    gitIn(tree, "add", ".gitignore", ".haypileignore");
    gitIn(tree, "commit", "-qm", "rules");
    const engine = await team.open("ci", tree);
    await engine.index();
    const made = await engine.exportIndex({ file: join(team.scratch, "app"), maker: "the team" });
    expect(made.leftOut.notInCommit.examples).toEqual(["ignored.py", "untracked.py"]);
    expect(made.leftOut.differing.examples).toEqual(["src/part1.py"]);
    const bytes = readFileSync(made.file);
    const raw = openRaw(engine.facts().database, { readonly: true });
    const all = raw.prepare("SELECT context || text AS text FROM chunks").pluck().all() as string[];
    raw.close();
    const isIn = (text: string): boolean => bytes.includes(hashOfText(text));
    const secret = /ignored_by_git|untracked_words|not_committed_yet/;
    const own = all.filter((text) => secret.test(text));
    expect(own.length).toBeGreaterThanOrEqual(3);
    expect(own.filter(isIn)).toEqual([]);
    expect(all.filter(isIn)).toHaveLength(made.vectors);
    const { username } = userInfo();
    // The names of these machines may be part of any word.
    const names = [hostname(), username].filter((name) => name.length > 4);
    for (const word of [...names, team.scratch, "/tmp", "part1", "step_", "private", "the team"]) {
      expect(bytes.includes(word), word).toBe(word === "the team");
    }
  });

  it("is of the commit that was asked for", async () => {
    const made = await ci.exportIndex({ file: join(team.scratch, "app"), at: "HEAD~1" });
    expect(made).toMatchObject({ files: 12, at: { commit: team.git("rev-parse", "HEAD~1") } });
    expect(made.leftOut.notInCommit.examples).toEqual(["src/later.py"]);
    for (const at of ["nowhere", "-x", "HEAD\0"]) {
      await expect(ci.exportIndex({ file: join(team.scratch, "other"), at })).rejects.toMatchObject(
        { code: "HAYPILE_REVISION_MISSING" },
      );
    }
  });

  it("of a folder inside the repository is of that folder", async () => {
    // Here by what is the same of the whole.
    const engine = await trusting("laptop", join(team.clone("inside"), "src"));
    const report = await engine.importIndex({ file });
    expect(report).toMatchObject({ chunks: { embedded: 0 }, repository: "same" });
    const own = join(team.scratch, "inside-index");
    expect(await engine.exportIndex({ file: own })).toMatchObject({ folder: "src", files: 13 });
    expect(await engine.importIndex({ file: own })).toMatchObject({
      artefact: { folder: "src" },
      chunks: { embedded: 0 },
    });
  });

  it("leaves a branch to make what differs, and no more", async () => {
    const clone = team.clone("clone11");
    const changed = (sources["src/part5.py"] as string).replace(
      "Step 2 of part 5",
      "Something else",
    );
    writeTree(clone, { "src/part5.py": changed, "src/new.py": "def brand_new():\n    return 5\n" });
    rmSync(join(clone, "src/part7.py"));
    gitIn(clone, "mv", "src/part8.py", "src/renamed.py");
    const engine = await trusting("laptop", clone);
    const off = await engine.importIndex({ file, fillIn: "off" });
    expect(off.chunks.embedded).toBe(0);
    const status = engine.status().index;
    const waiting = status.chunks - status.vectors;
    expect(waiting).toBeGreaterThanOrEqual(2);
    expect(waiting).toBeLessThan(8);
    expect(engine.findSymbol("brand_new", { k: 1 })[0]?.name).toBe("brand_new");
    expect(await engine.index()).toMatchObject({ chunks: { embedded: waiting } });
    // Again, into an index that is whole.
    expect(await engine.importIndex({ file })).toMatchObject({ taken: 0, chunks: { embedded: 0 } });
  });

  it("fits a checkout with other line ends, and a folder without git", async () => {
    const folder = join(team.scratch, "unpacked");
    for (const [path, text] of Object.entries(sources)) {
      writeTree(folder, { [path]: text.replaceAll("\n", "\r\n") });
    }
    const engine = await trusting("laptop", folder);
    const report = await engine.importIndex({ file });
    expect(report).toMatchObject({ chunks: { embedded: 0 }, repository: "unknown" });
    expect(report.taken).toBe(report.artefact.vectors - 1);
  });

  it("is taken by a shallow clone, which can tell by the commit or cannot tell", async () => {
    const shallow = team.clone("shallow", "--depth", "1");
    const engine = await trusting("laptop", shallow);
    expect(await engine.importIndex({ file })).toMatchObject({ repository: "same" });
    const origin = team.clone("origin");
    writeTree(origin, { "src/three.py": "def three():\n    return 3\n" });
    gitIn(origin, "add", "-A");
    gitIn(origin, "commit", "-qm", "three");
    gitIn(team.scratch, "clone", "-q", "--depth", "1", `file://${origin}`, "later");
    const later = await trusting("other", join(team.scratch, "later"));
    expect(await later.importIndex({ file })).toMatchObject({ repository: "unknown" });
    // Made in one, it does not know its first commit.
    const made = await engine.exportIndex({ file: join(team.scratch, "shallow-index") });
    expect(readFileSync(made.file).includes('"roots"')).toBe(false);
  });
});

describe("an exported index is refused, and nothing is changed,", () => {
  it("until its key is trusted; the refusal names the key, who says to be its maker, and what to do", async () => {
    const evil = join(team.scratch, "evil");
    const maker = 'Evil\u001b[31m" <script>';
    await ci.exportIndex({ file: evil, maker });
    const other = await team.open("nobody", team.clone("clone2"));
    const asked = other.importIndex({ file: evil });
    await expect(asked).rejects.toMatchObject({ code: "HAYPILE_UNTRUSTED", data: { key, maker } });
    await expect(asked).rejects.toThrow(`run "haypile index trust ${key}"`);
    await expect(asked).rejects.toThrow(JSON.stringify(maker));
    expect(other.hasIndex).toBe(false);
    // The same key, said by a variable, is one's own.
    const pem = join(team.data("ci"), "index-key.pem");
    expect(statSync(pem).mode & 0o777).toBe(0o600);
    const same = await team.open("third", team.clone("clone3"));
    team.use("third", readFileSync(pem, "utf8").replaceAll("\n", "\\n"));
    expect(await same.importIndex({ file: evil })).toMatchObject({ chunks: { embedded: 0 } });
  });

  it("of another repository", async () => {
    const stranger = join(team.scratch, "stranger");
    mkdirSync(stranger);
    gitIn(stranger, "init", "-q");
    writeTree(stranger, sources);
    gitIn(stranger, "add", "-A");
    gitIn(stranger, "commit", "-qm", "not the same first commit");
    const engine = await trusting("laptop", stranger);
    await expect(engine.importIndex({ file })).rejects.toMatchObject({ code: "HAYPILE_USAGE" });
    await expect(engine.importIndex({ file })).rejects.toThrow(/another one/);
    expect(engine.hasIndex).toBe(false);
  });

  it("of another model than the index has, or would get", async () => {
    const other = writeTinyModel(join(team.scratch, "wider"), { dimensions: 16 });
    const clone = team.clone("clone12");
    const engine = await trusting("laptop", clone, other);
    const refused = { code: "HAYPILE_DIMENSIONS_DIFFER" };
    await expect(engine.importIndex({ file })).rejects.toMatchObject(refused);
    expect(engine.hasIndex).toBe(false);
    await engine.index();
    const before = contentsOf(engine.facts().database);
    await expect(engine.importIndex({ file })).rejects.toMatchObject(refused);
    expect(contentsOf(engine.facts().database)).toBe(before);
  });

  it("while another run is at work on the index", async () => {
    const engine = await trusting("laptop", team.clone("clone13"));
    await engine.index({ fillIn: "off" });
    const { database } = engine.facts();
    const before = contentsOf(database);
    const lock = acquireIndexLock(database);
    try {
      await expect(engine.importIndex({ file })).rejects.toMatchObject({ code: "HAYPILE_DB_BUSY" });
    } finally {
      lock.release();
    }
    expect(contentsOf(database)).toBe(before);
    expect(await engine.importIndex({ file })).toMatchObject({ chunks: { embedded: 0 } });
  });
});

describe("an export is refused", () => {
  it("without an index, without git, without vectors, and for what is no key", async () => {
    const engine = await team.open("ci", team.clone("fresh"));
    const file = join(team.scratch, "fresh-index");
    await expect(engine.exportIndex({ file })).rejects.toMatchObject({
      code: "HAYPILE_NOT_INDEXED",
    });
    await engine.index({ fillIn: "off" });
    await expect(engine.exportIndex({ file })).rejects.toThrow(/have no vectors yet/);
    const plain = join(team.scratch, "plain");
    writeTree(plain, sources);
    const without = await team.open("ci", plain);
    await without.index({ fillIn: "off" });
    await expect(without.exportIndex({ file })).rejects.toMatchObject({ code: "HAYPILE_GIT" });
    const notKey = join(team.scratch, "key.pem");
    writeFileSync(notKey, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    await expect(ci.exportIndex({ file, keyFile: notKey })).rejects.toMatchObject({
      code: "HAYPILE_USAGE",
    });
    await expect(ci.exportIndex({ file, maker: "x".repeat(101) })).rejects.toMatchObject({
      code: "HAYPILE_USAGE",
    });
    const good = makeKey(join(team.scratch, "good.pem"));
    expect(await ci.exportIndex({ file, keyFile: "../good.pem" })).toMatchObject({ key: good });
  });

  it("in the place of what is no exported index", async () => {
    const engine = ci;
    const precious = join(team.scratch, "precious.txt");
    writeFileSync(precious, "mine");
    const link = join(team.scratch, "link");
    symlinkSync(precious, link);
    for (const file of [precious, link, team.scratch, "/dev/null"]) {
      await expect(engine.exportIndex({ file }), file).rejects.toMatchObject({
        code: "HAYPILE_USAGE",
      });
    }
    expect(readFileSync(precious, "utf8")).toBe("mine");
    await expect(
      engine.exportIndex({ file: join(team.scratch, "no", "folder") }),
    ).rejects.toMatchObject({ code: "HAYPILE_PATH_MISSING" });
    const stop = AbortSignal.abort();
    const file = join(team.scratch, "stopped");
    await expect(engine.exportIndex({ file, signal: stop })).rejects.toMatchObject({
      code: "HAYPILE_ABORTED",
    });
    expect(statSync(file, { throwIfNoEntry: false })).toBeUndefined();
  });
});
