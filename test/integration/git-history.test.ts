/* What a commit holds (engine/git/objects.ts) and which one a person means (engine/git/revisions.ts), beside plain git. */
import { execFileSync } from "node:child_process";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Blobs, treeAt } from "../../src/engine/git/objects.ts";
import { inHistory, revisionOf } from "../../src/engine/git/revisions.ts";
import { tempFolder, writeTree } from "../helpers/temp-tree.ts";

function gitIn(folder: string, time?: string): (...args: string[]) => string {
  const at = time === undefined ? {} : { GIT_AUTHOR_DATE: time, GIT_COMMITTER_DATE: time };
  return (...args) =>
    execFileSync(
      "git",
      ["-c", "user.name=a", "-c", "user.email=a@example.com", "-C", folder, ...args],
      { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...at } },
    ).trimEnd();
}

function commitAll(root: string, time: string): string {
  const git = gitIn(root, time);
  git("add", "-A");
  git("commit", "-q", "-m", time);
  return git("rev-parse", "HEAD");
}

/** Three commits in three months; the last one changes what the others have. */
function threeMonths(): { root: string; ids: [string, string, string] } {
  const root = tempFolder();
  gitIn(root)("init", "-q", "-b", "main");
  writeTree(root, { "a.ts": "one\n", "in/b.ts": "b\n", "empty.ts": "" });
  symlinkSync("a.ts", join(root, "link.ts"));
  const first = commitAll(root, "2026-01-10T12:00:00Z");
  writeTree(root, { "a.ts": "two\n" });
  const second = commitAll(root, "2026-02-10T12:00:00Z");
  writeTree(root, { "a.ts": "three\n", "in/ü.ts": "ü\n" });
  const third = commitAll(root, "2026-03-10T12:00:00Z");
  gitIn(root)("tag", "v1", first);
  return { root, ids: [first, second, third] };
}

const ask = (root: string, said: string) =>
  inHistory(root, "look", {}, (git) => revisionOf(git, said));

describe("a revision", () => {
  it("is a commit, a branch, a tag, or the last commit by a time", async () => {
    const { root, ids } = threeMonths();
    const [first, second, third] = ids;
    const cases = [
      ["HEAD", third],
      ["main~1", second],
      ["v1", first],
      [second.slice(0, 10), second],
      ["2026-02-28", second],
      ["2026-02-10T12:00:00Z", second],
      ["2026-02-10T11:59:59Z", first],
      ["2027-01-01", third],
    ] as const;
    for (const [said, commit] of cases) {
      const found = await ask(root, said);
      expect(found.commit, said).toBe(commit);
      expect(found.at, said).toBe(Number(gitIn(root)("log", "-1", "--format=%ct", commit)) * 1000);
    }
  });

  it.each(["2025-12-31", "nothing-here", "", "-x", "HEAD~9", "2026-13-01"])(
    "that is none (%j) is refused by its code",
    async (said) => {
      const { root } = threeMonths();
      await expect(ask(root, said)).rejects.toMatchObject({ code: "HAYPILE_REVISION_MISSING" });
    },
  );

  it("of a shallow clone before its beginning is refused with what to do", async () => {
    const { root, ids } = threeMonths();
    const clone = join(tempFolder(), "clone");
    gitIn(root)("clone", "-q", "--depth", "1", `file://${root}`, clone);
    expect((await ask(clone, "HEAD")).commit).toBe(ids[2]);
    for (const said of [ids[0], "HEAD~1", "2026-01-20"]) {
      const refused = ask(clone, said);
      await expect(refused, said).rejects.toMatchObject({ code: "HAYPILE_REVISION_MISSING" });
      await expect(refused, said).rejects.toThrow(/git fetch --unshallow/u);
    }
  });

  it("is not looked for where there is no repository", async () => {
    await expect(ask(tempFolder(), "HEAD")).rejects.toMatchObject({ code: "HAYPILE_GIT" });
  });
});

it("lists the files of a commit below a folder and reads their bytes, many at once", async () => {
  const { root, ids } = threeMonths();
  await inHistory(root, "look", {}, async (git) => {
    const files = await treeAt(git, root, ids[0]);
    expect(files.map(({ path, kind, sizeBytes }) => [path, kind, sizeBytes])).toEqual([
      ["a.ts", "file", 4],
      ["empty.ts", "file", 0],
      ["in/b.ts", "file", 2],
      ["link.ts", "link", 4],
    ]);
    expect((await treeAt(git, join(root, "in"), ids[2])).map(({ path }) => path)).toEqual([
      "b.ts",
      "ü.ts",
    ]);
    const blobs = new Blobs(git);
    try {
      const wanted = [...files.map(({ id }) => id), "0".repeat(40), `${ids[2]}:in/ü.ts`, "a\nb"];
      const read = await Promise.all(wanted.map((id) => blobs.read(id, 3)));
      expect(read.map((bytes) => (typeof bytes === "string" ? bytes : bytes.toString()))).toEqual([
        "too-large",
        "",
        "b\n",
        "too-large",
        "missing",
        "ü\n",
        "missing",
      ]);
      expect(String(await blobs.read(files[0]?.id ?? "", 4))).toBe("one\n");
    } finally {
      await blobs.close();
    }
  });
});
