/** haypile migrate as a person types it: the steps of docs/upgrading.md in their order, a daemon that runs, what is refused. */
import { copyFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it } from "vitest";
import { cli, type Ended } from "../../helpers/cli.ts";
import { putLegacyFile, versionOf } from "../../helpers/legacy-files.ts";
import { repository } from "../../helpers/model.ts";
import { openRaw } from "../../helpers/sqlite-files.ts";
import { tempFolder, writeTree } from "../../helpers/temp-tree.ts";

let data: string;
let project: string;
let memories: string;
let index: string;

const run = async (...args: string[]): Promise<Ended> => await cli(args, { data, cwd: project });

beforeEach(async () => {
  data = tempFolder();
  project = join(tempFolder(), "app");
  mkdirSync(project);
  writeTree(project, { "notes.txt": "The fog bell rings at the pier.\n" });
  memories = join(data, "memories.db");
  putLegacyFile("memories", 4, memories);
  await run("index", "--model", "static", "--json");
  index =
    (
      JSON.parse((await run("migrate", "--json")).stdout) as {
        files: { what: string; path: string }[];
      }
    ).files.find(({ what }) => what === "index")?.path ?? "";
});

/** Commands of the block that begins with one, in order. */
function stepsOf(page: string, first: string): string[] {
  const text = readFileSync(join(repository, "docs", page), "utf8");
  const [, block = ""] =
    /## Back to an earlier Haypile[\s\S]*?```\n([\s\S]*?)```/u.exec(text) ?? [];
  const lines = block.trim().split("\n");
  expect(lines[0]).toBe(first);
  return lines;
}

it("goes back by the steps of the page, and the memories and the index are there again afterwards", async () => {
  const steps = stepsOf("upgrading.md", "haypile migrate");
  expect(steps.length).toBeGreaterThan(5);
  for (const step of steps) {
    const words = (step.match(/"[^"]*"|\S+/gu) ?? [])
      .slice(1)
      .map((word) => word.replaceAll('"', ""));
    const ended = await run(...words);
    expect({ step, code: ended.code, stderr: ended.code === 0 ? "" : ended.stderr }).toEqual({
      step,
      code: 0,
      stderr: "",
    });
  }
  expect([versionOf(memories), versionOf(index)]).toEqual([3, 11]);
  expect((await run("recall", "which port does staging listen on", "--here")).stdout).toContain(
    "4242",
  );
  expect((await run("search", "fog bell", "--here")).stdout).toContain("notes.txt");
  expect([versionOf(memories), versionOf(index)]).toEqual([4, 12]);
  expect(existsSync(`${memories}.before-v4`)).toBe(true);
});

describe("is refused, and changes nothing,", () => {
  it("while a daemon runs", async () => {
    expect((await run("start", "--json")).code).toBe(0);
    try {
      const ended = await run("migrate", "--down", "--memories", "--yes");
      expect([ended.code, ended.stderr]).toEqual([
        4,
        expect.stringMatching(/daemon \(process \d+\).*haypile stop/su),
      ]);
    } finally {
      await run("stop");
    }
    expect(versionOf(memories)).toBe(4);
  });

  it("where something would be lost and nobody has taken that", async () => {
    const db = openRaw(index);
    db.exec("INSERT INTO exact_files SELECT id, content_hash, 1, 1, x'00' FROM files");
    db.close();
    const refused = await run("migrate", "--down", "--yes");
    expect([refused.code, refused.stderr]).toEqual([3, expect.stringContaining("--accept-loss")]);
    expect(versionOf(index)).toBe(12);
    const gone = await run("migrate", "--down", "--accept-loss", "--yes", "--json");
    expect(gone.stderr).toBe("");
    const { snapshot, applied, loses } = JSON.parse(gone.stdout);
    expect({ applied, loses }).toEqual({
      applied: true,
      loses: [expect.stringContaining("1 file")],
    });
    expect(versionOf(index)).toBe(11);
    // Back up to what it was.
    const back = await run("snapshot", "restore", snapshot, "--index");
    expect(back.code).toBe(0);
    const after = openRaw(index, { readonly: true });
    expect(after.prepare("SELECT count(*) FROM exact_files").pluck().get()).toBe(1);
    after.close();
  });

  it("with options that do not go together, or name nothing", async () => {
    const tries = [
      [["--to", "3"], 2, /Expected --down with --to/u],
      [["--down"], 2, /Expected --yes/u],
      [["--down", "--json"], 2, /Expected --yes/u],
      [["--down", "--to", "0"], 2, /1 to 9,?999/u],
      [["--down", "--to", "4", "--yes"], 2, /haypile reset/u],
      [["--down", "--memories", "--db", "x.db"], 2, /--memories or --db, but both/u],
      [["--down", "--db", "notes.txt"], 4, /not an SQLite file/u],
      [["--down", "--db", "nothing.db"], 3, /is not there/u],
    ] as const;
    const before = [memories, index].map((path) => readFileSync(path).toString("base64"));
    for (const [args, code, says] of tries) {
      const ended = await run("migrate", ...args);
      expect([args, ended.code, ended.stderr]).toEqual([args, code, expect.stringMatching(says)]);
    }
    expect([memories, index].map((path) => readFileSync(path).toString("base64"))).toEqual(before);
  });
});

it("takes any file by --db, by what it holds", async () => {
  const copy = join(project, "team.db");
  copyFileSync(memories, copy);
  const ended = await run("migrate", "--down", "--db", copy, "--to", "2", "--yes");
  expect([ended.code, ended.stdout]).toEqual([0, expect.stringContaining("from version 4 to 2")]);
  expect(versionOf(copy)).toBe(2);
});
