/*
 * Definitions at random commits, beside an oracle that knows nothing of Haypile: "git show COMMIT:file", read line by
 * line here. Once over a history that this test makes, with renames, moves, and encodings that change; once over the
 * history of this repository, where the clone has it.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Engine, open } from "../../src/index.ts";
import { commitAll, gitIn, shownBytes } from "../helpers/git-history.ts";
import { repository } from "../helpers/model.ts";
import { seededRandom, tempFolder } from "../helpers/temp-tree.ts";

const commitsAsked = 50;
/** Of this repository, whose commits are large; HAYPILE_TEST_HISTORY=50 asks as many as of the other. */
const ownAsked = Number(process.env.HAYPILE_TEST_HISTORY ?? 6);

interface Place {
  path: string;
  line: number;
  name: string;
}

/** Functions and classes at the top of a file, by the words that begin their lines. */
function definitionsIn(path: string, text: string): Place[] {
  const pattern = path.endsWith(".py")
    ? /^(?:def|class) (\w+)/u
    : /^(?:export )?(?:abstract )?(?:async )?(?:function\*?|class|interface|enum) (\w+)/u;
  return text.split(/\r?\n/u).flatMap((line, at) => {
    const name = pattern.exec(line)?.[1];
    return name === undefined ? [] : [{ path, line: at + 1, name }];
  });
}

function decoded(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.toString("utf16le").slice(1);
  const text = bytes.toString("utf8");
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}

const isCode = (name: string): boolean => /\.(?:ts|py)$/u.test(name) && !name.endsWith(".d.ts");

/** A name that some file of a commit defines, and all places below a folder that define it, as the oracle reads them. */
function definedAt(
  root: string,
  commit: string,
  below: string,
  random: () => number,
): { name: string; places: Place[] } | undefined {
  const git = gitIn(root);
  const read = (name: string): Place[] =>
    definitionsIn(name, decoded(shownBytes(root, `${commit}:${name}`)));
  const all = git("ls-tree", "-r", "--name-only", "-z", commit, "--", below)
    .split("\0")
    .filter(isCode);
  const first = all.length === 0 ? [] : read(all[Math.floor(random() * all.length)] as string);
  const { name } = first[Math.floor(random() * first.length)] ?? {};
  if (name === undefined) return undefined;
  // What git finds no name in is not read; a wide file is, since git looks for letters of one byte.
  const found =
    all.length < 100 ? all : git("grep", "-lzw", "-e", name, commit, "--", below).split("\0");
  const files = found
    .map((one) => one.replace(`${commit}:`, ""))
    .filter((one) => one !== "" && isCode(one));
  const places = files.flatMap(read).filter((one) => one.name === name);
  return { name, places: places.sort(byPlace) };
}

const kinds = ["function", "class", "interface", "enum"];
const byPlace = (a: Place, b: Place): number =>
  a.path === b.path ? a.line - b.line : a.path < b.path ? -1 : 1;

/** What Haypile says of one name at a commit. */
async function asked(engine: Engine, name: string, at: string, path?: string): Promise<Place[]> {
  const hits = await engine.findSymbol(name, { at, k: 1000, kinds, path });
  for (const hit of hits) expect(hit.at?.commit.startsWith(at), at).toBe(true);
  return hits
    .filter((hit) => hit.match === "exact" && hit.container === "")
    .map((hit) => ({ path: hit.path, line: hit.headLine, name: hit.name }))
    .sort(byPlace);
}

/** A history of many small edits, as people make them. */
function madeHistory(root: string, commits: number): string[] {
  const random = seededRandom(20_261_129);
  const some = (count: number): number => Math.floor(random() * count);
  const files = new Map<string, { names: string[]; end: string; isWide: boolean }>();
  const ids: string[] = [];
  const newName = (): string => `${["load", "save", "find", "drop"][some(4)]}Item${some(40)}`;
  gitIn(root)("init", "-q", "-b", "main");
  for (let at = 0; at < commits; at += 1) {
    for (let step = 0; step < 3; step += 1) {
      const paths = [...files.keys()];
      const path = paths[some(paths.length)];
      const file = path === undefined ? undefined : files.get(path);
      const turn = some(9);
      if (path === undefined || file === undefined || turn < 2) {
        const ending = some(2) === 0 ? "ts" : "py";
        const made = `${["src", "lib/deep", "äö"][some(3)]}/f${some(12)}.${ending}`;
        files.set(made, { names: [newName(), newName()], end: "\n", isWide: false });
      } else if (turn === 2) {
        files.delete(path);
        files.set(`moved/m${at}_${step}${path.slice(path.lastIndexOf("."))}`, file);
      } else if (turn === 3) file.names.splice(some(file.names.length), 1);
      else if (turn === 4) file.end = file.end === "\n" ? "\r\n" : "\n";
      else if (turn === 5) file.isWide = !file.isWide;
      else if (turn === 6 && files.size > 4) files.delete(path);
      else file.names.splice(some(file.names.length + 1), 0, newName());
    }
    for (const name of ["src", "lib", "äö", "moved"]) {
      rmSync(join(root, name), { recursive: true, force: true });
    }
    for (const [path, { names, end, isWide }] of files) {
      const lines = names.flatMap((name, index) =>
        path.endsWith(".py")
          ? [`# Item ${index}: ${name}.`, `def ${name}(a, b):`, "    return helper(a)", ""]
          : [
              `/** Item ${index}. */`,
              `export function ${name}(a: number): number {`,
              "  return helper(a);",
              "}",
              "",
            ],
      );
      const text = `\uFEFF${lines.join(end)}`;
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), isWide ? Buffer.from(text, "utf16le") : text.slice(1));
    }
    const day = new Date(Date.UTC(2025, 0, 1 + at, 12)).toISOString();
    ids.push(commitAll(root, day, `edit ${at}`));
  }
  return ids;
}

/** What was asked, and what was not answered as the oracle has it. */
async function compare(
  root: string,
  commits: readonly string[],
  { below, count, seed }: { below: string; count: number; seed: number },
): Promise<{ asked: number; wrong: unknown[] }> {
  const random = seededRandom(seed);
  const engine = await open({ folder: root, database: join(tempFolder(), "none.db") });
  const wrong: unknown[] = [];
  let done = 0;
  try {
    for (let turn = 0; done < count && turn < count * 4; turn += 1) {
      const commit = commits[Math.floor(random() * commits.length)] as string;
      const one = definedAt(root, commit, below, random);
      if (one === undefined) continue;
      const found = await asked(engine, one.name, commit, below === "." ? undefined : below);
      done += 1;
      if (JSON.stringify(found) !== JSON.stringify(one.places))
        wrong.push({ commit, ...one, found });
    }
  } finally {
    await engine.close();
  }
  return { asked: done, wrong };
}

describe("symbol at 50 random commits equals what git shows", () => {
  it("of a history with renames, moves, line ends and encodings that change", async () => {
    const root = tempFolder();
    const commits = madeHistory(root, 60);
    const how = { below: ".", count: commitsAsked, seed: 7 };
    expect(await compare(root, commits, how)).toEqual({ asked: commitsAsked, wrong: [] });
  }, 240_000);

  const commits = ownHistory();
  it.skipIf(commits.length < commitsAsked)(
    `of this repository (${commits.length} commits here; a shallow clone has too few)`,
    async () => {
      const how = { below: "src/engine", count: ownAsked, seed: 11 };
      expect(await compare(repository, commits, how)).toEqual({ asked: ownAsked, wrong: [] });
    },
    1_800_000,
  );
});

/** The oldest commits of this repository that touch the folder, so that each run asks the same; none where there is no git, or no history. */
function ownHistory(): string[] {
  try {
    return gitIn(repository)("log", "--reverse", "--format=%H", "--", "src/engine")
      .split("\n")
      .slice(0, 300);
  } catch {
    return [];
  }
}
