/* A history that somebody wrote to be in the way: one commit of it takes nothing away from the others. */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { open } from "../../src/engine/open.ts";
import { tempFolder, writeTree } from "../helpers/temp-tree.ts";

it("shows a commit whose message has megabytes like any other, and those before it", async () => {
  const root = tempFolder();
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=Ann", "-c", "user.email=a@example.com", ...args], {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
    });
  git("init", "-q");
  writeTree(root, { "a.ts": "export const one = () => 1;\n" });
  git("add", "-A");
  git("commit", "-qm", "Begin");
  writeTree(root, { "a.ts": "export const one = () => 2;\n" });
  const message = join(tempFolder(), "message");
  writeFileSync(message, `${"long ".repeat(600_000)}end\n`);
  git("commit", "-qa", "-F", message);
  const engine = await open({ folder: root, database: join(tempFolder(), "index.db") });
  try {
    await engine.index({ fillIn: "off" });
    const { entries } = await engine.history("a.ts#one");
    expect(entries.map(({ change, author }) => [change, author])).toEqual([
      ["changed", "Ann"],
      ["added", "Ann"],
    ]);
    expect(entries[0]?.subject).toMatch(/^long long /u);
    expect(entries[0]?.subject.length).toBeLessThanOrEqual(500);
    expect(entries[1]?.subject).toBe("Begin");
  } finally {
    await engine.close();
  }
});
