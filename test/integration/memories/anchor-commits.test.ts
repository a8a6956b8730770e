/* Which commits changed the code of a memory since it was said to be true, and whether it was true as of then. */
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { CodeAnchorReader } from "../../../src/engine/memories/anchor-reader.ts";
import type { OpenMemories } from "../../../src/engine/memories/memories.ts";
import { grammarsFolder } from "../../../src/syntax/grammars.ts";
import { TreeSitterParser } from "../../../src/syntax/parser.ts";
import { type MemoryBench, memoryBench } from "../../helpers/open-memories.ts";

let parser: TreeSitterParser;
let bench: MemoryBench;
let memories: OpenMemories;
let tree: string;
let file: string;

beforeAll(() => {
  parser = new TreeSitterParser({ grammars: grammarsFolder() });
});

afterAll(() => parser.close());

beforeEach(async () => {
  bench = memoryBench();
  memories = await open();
  tree = join(dirname(bench.path), "tree");
  mkdirSync(tree);
  file = join(tree, "port.ts");
  git("init", "-q", "-b", "main");
});

afterEach(() => bench.end());

function open(gitMs = 60_000): Promise<OpenMemories> {
  return bench.open({ anchorReader: new CodeAnchorReader(parser), gitMs });
}

function git(...args: string[]): string {
  return gitAt(undefined, ...args);
}

function gitAt(time: string | undefined, ...args: string[]): string {
  const env = time === undefined ? {} : { GIT_AUTHOR_DATE: time, GIT_COMMITTER_DATE: time };
  const named = ["-c", "user.name=Ann", "-c", "user.email=a@example.com", "-C", tree, ...args];
  return execFileSync("git", named, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
  }).trimEnd();
}

function write(port: number, other: string, above = ""): void {
  const functions = [
    `${above}export function port(): number {\n  return ${port};\n}\n`,
    `export function other(): string {\n  return "${other}";\n}\n`,
  ];
  writeFileSync(file, functions.join("\n"));
}

/** @returns the short id */
function commit(subject: string, time?: string): string {
  git("add", "-A");
  gitAt(time, "commit", "-q", "-m", subject);
  return git("log", "-1", "--format=%h");
}

const anchors = () => [{ path: file, symbol: "port" }];

async function since(asOf?: string) {
  const { hits } = await memories.recall("port", { k: 1, asOf });
  return hits[0]?.unverifiedSince;
}

const subjects = async (asOf?: string) =>
  (await since(asOf))?.commits[0]?.commits.map(({ subject }) => subject);

describe("commits since", () => {
  it("are those that changed the definition, newest first, and no others of its file", async () => {
    write(1, "a");
    commit("first");
    await memories.remember("The port is 1.", { anchors: anchors() });
    write(1, "b");
    commit("other function");
    write(2, "b");
    commit("port two");
    write(2, "b", "// a new head\n\n");
    commit("moves down");
    write(3, "c", "// a new head\n\n");
    const last = commit("port three and other");
    const found = await since();
    expect(found?.changes[0]).toContain(`(commit ${last})`);
    expect(found?.commits).toEqual([
      {
        commits: [
          { commit: last, at: expect.any(String), author: "Ann", subject: "port three and other" },
          {
            commit: git("log", "-1", "--format=%h", "HEAD~2"),
            at: expect.any(String),
            author: "Ann",
            subject: "port two",
          },
        ],
        more: 0,
        limit: undefined,
      },
    ]);
    const seconds = Number(git("log", "-1", "--format=%ct", "HEAD~2"));
    expect(found?.at).toBe(new Date(seconds * 1_000).toISOString());
    // Once more, as it is kept.
    expect(await since()).toEqual(found);
    const { memories: listed } = await memories.unverified({ deadlineMs: 60_000 });
    expect(listed[0]?.changes[0]).toMatchObject({ commit: last, ...found?.commits[0] });
  });

  it("are five and a number, and say what is not committed", async () => {
    write(0, "a");
    commit("first");
    await memories.remember("The port is 0.", { anchors: anchors() });
    for (let port = 1; port <= 8; port += 1) {
      write(port, "a");
      commit(`port ${port}`);
    }
    write(9, "a");
    const found = await since();
    const [commits] = found?.commits ?? [];
    expect(commits?.commits.map(({ subject }) => subject)).toEqual(
      [8, 7, 6, 5, 4].map((port) => `port ${port}`),
    );
    expect(commits).toMatchObject({ more: 3, limit: "what is there now is not committed" });
    expect(found?.changes[0]).not.toContain("(commit");
  });

  it("begin after what was seen before it was committed", async () => {
    write(1, "a");
    commit("first");
    write(2, "a");
    await memories.remember("The port is 2.", { anchors: anchors() });
    commit("as seen");
    expect(await since()).toBeUndefined();
    write(3, "a");
    commit("later");
    expect(await subjects()).toEqual(["later"]);
  });

  it("go through merges: what a side branch changed, and what a merge itself did", async () => {
    write(1, "a");
    commit("first");
    await memories.remember("The port is 1.", { anchors: anchors() });
    git("checkout", "-q", "-b", "side");
    write(2, "a");
    commit("on the side");
    git("checkout", "-q", "main");
    write(1, "b");
    commit("other on main");
    git("merge", "-q", "--no-commit", "side");
    write(7, "b");
    commit("merged by hand");
    expect((await subjects())?.sort()).toEqual(["merged by hand", "on the side"]);
  });

  it("say where a file went", async () => {
    write(1, "a");
    commit("first");
    await memories.remember("The port is 1.", { anchors: anchors() });
    mkdirSync(join(tree, "in"));
    git("mv", "port.ts", "in/net.ts");
    const moved = commit(`moves the file${" far".repeat(20_000)}`);
    const found = await since();
    expect(found?.changes).toEqual([
      `port in ${file} (commit ${moved}): is not there any more, its file went to ${join(tree, "in", "net.ts")}`,
    ]);
    const [subject = ""] = (await subjects()) ?? [];
    expect(subject).toMatch(/^moves the file far far .*\.\.$/u);
    expect(subject.length).toBeLessThanOrEqual(200);
  });

  it("are not waited for beyond the time, and of a history that was made anew those since its time", async () => {
    write(1, "a");
    commit("first", "2026-01-01T12:00:00Z");
    await memories.remember("The port is 1.", { anchors: anchors() });
    write(2, "a");
    commit("second");
    const hasty = await open(0);
    const { hits } = await hasty.recall("port", { k: 1 });
    const [late] = hits[0]?.unverifiedSince?.commits ?? [];
    expect(late).toMatchObject({ commits: [], more: 0 });
    expect(late?.limit).toMatch(/^git was not asked to its end in \d+ ms$/u);
    rmSync(join(tree, ".git"), { recursive: true });
    expect((await since())?.commits[0]?.limit).toBe("there is no git repository here");
    git("init", "-q", "-b", "main");
    expect((await since())?.commits[0]?.limit).toBe("nothing is committed yet");
    commit("anew");
    const [anew] = (await since())?.commits ?? [];
    expect(anew?.commits.map(({ subject }) => subject)).toEqual(["anew"]);
    expect(anew?.limit).toContain("is not here any more; those since its time were looked at");
  });

  it("are looked for behind an answer that did not wait, and are in a later one", async () => {
    write(1, "a");
    commit("first");
    await memories.remember("The port is 1.", { anchors: anchors() });
    write(2, "a");
    commit("second");
    const hasty = await open(1);
    const look = async () => {
      const { hits } = await hasty.recall("port", { k: 1 });
      return hits[0]?.unverifiedSince?.commits[0];
    };
    expect((await look())?.limit).toContain("was not asked to its end");
    await expect
      .poll(look, { timeout: 60_000, interval: 50 })
      .toMatchObject({ commits: [{ subject: "second" }], limit: undefined });
  });

  it("of a shallow clone say where it ends", async () => {
    write(1, "a");
    commit("first");
    write(2, "a");
    commit("second");
    const clone = join(dirname(bench.path), "clone");
    git("clone", "-q", "--depth", "1", `file://${tree}`, clone);
    file = join(clone, "port.ts");
    await memories.remember("The port is 2.", { anchors: anchors() });
    tree = clone;
    write(3, "a");
    commit("in the clone");
    const [found] = (await since())?.commits ?? [];
    expect(found?.commits.map(({ subject }) => subject)).toEqual(["in the clone"]);
  });
});

describe("as of then", () => {
  it("an anchor is compared with the commit of then, and a later verification is told", async () => {
    write(1, "a");
    const first = commit("first", "2026-01-10T12:00:00Z");
    write(2, "a");
    commit("second", "2026-02-10T12:00:00Z");
    write(3, "a");
    const third = commit("third", "2026-03-10T12:00:00Z");
    // As exports have it: what was verified in January, and what was verified now.
    const { id } = await memories.remember("The port is 3.", { anchors: anchors() });
    const lines: string[] = [];
    for await (const line of memories.export()) lines.push(line);
    const now = JSON.parse(lines[0] as string);
    git("checkout", "-q", first);
    const early = await memories.remember("The port is 1.", { anchors: anchors() });
    git("checkout", "-q", "main");
    for await (const line of memories.export()) lines.push(line);
    const [own] = lines.map((one) => JSON.parse(one)).filter((one) => one.id === early.id);
    await memories.forget(id, { hard: true });
    await memories.forget(early.id, { hard: true });
    const createdAt = "2026-01-15T00:00:00.000Z";
    const old = { createdAt, updatedAt: createdAt, validFrom: createdAt };
    const anchorOf = (one: typeof own, verifiedAt: string) => [{ ...one.anchors[0], verifiedAt }];
    await memories.import([
      JSON.stringify({ ...own, ...old, anchors: anchorOf(own, createdAt) }),
      JSON.stringify({ ...now, ...old, anchors: anchorOf(now, "2026-04-01T00:00:00.000Z") }),
    ]);
    const told = async (asOf: string, text: string) => {
      const { hits } = await memories.recall("port", { asOf });
      const hit = hits.find(({ memory }) => memory.text === text);
      expect(hit, `${text} as of ${asOf}`).toBeDefined();
      return hit?.unverifiedSince;
    };
    const one = "The port is 1.";
    const three = "The port is 3.";
    expect(await told("2026-01-20", one)).toBeUndefined();
    const inMarch = await told("2026-03-01T00:00:00Z", one);
    expect(inMarch?.commits[0]?.commits.map(({ subject }) => subject)).toEqual(["second"]);
    expect(inMarch?.at).toBe("2026-02-10T12:00:00.000Z");
    const inApril = await told("2026-04-02T00:00:00Z", one);
    expect(inApril?.commits[0]?.commits.map(({ subject }) => subject)).toEqual(["third", "second"]);
    expect((await told("2026-03-20", three))?.changes).toBeUndefined();
    expect((await told("2026-03-01T00:00:00Z", three))?.changes[0]).toContain(
      "was another text then than on",
    );
    expect(third).not.toBe(first);
  });
});
