/* Commands that change one file of options, or one list, at the same moment: none of them is lost. Runs dist. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import "../helpers/as-installed.ts";
import { cli } from "../helpers/cli.ts";

it("options, trust and collections of many commands at once are all kept", async () => {
  const data = mkdtempSync(join(tmpdir(), "haypile-at-once-"));
  onTestFinished(() => rmSync(data, { recursive: true, force: true }));
  const projects = ["a", "b", "c"].map((name) => join(data, name));
  for (const folder of projects) mkdirSync(folder);
  const options = { limit: 7, lines: 8, deadline: "9s", "fill-in": "off", rerank: "off" };
  const said = [
    ...Object.entries(options).map(([name, value]) => [
      "config",
      "set",
      `search.${name}`,
      `${value}`,
    ]),
    ...projects.map((path) => ["config", "set", "search.limit", "3", "--project", "--path", path]),
    ...projects.map((path) => ["collections", "add", "all", path]),
  ];
  const ended = await Promise.all(said.map((words) => cli(words, { data })));
  expect(ended.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
    said.map(() => ({ code: 0, stderr: "" })),
  );
  const file = readFileSync(join(data, "config", "haypile.toml"), "utf8");
  for (const [name, value] of Object.entries(options)) {
    expect(file).toContain(`${name} = ${JSON.stringify(value)}\n`);
  }
  const read = (name: string): string => readFileSync(join(data, name), "utf8");
  expect(Object.keys(JSON.parse(read("trusted-files.json")) as object)).toHaveLength(3);
  const { collections } = JSON.parse(read("collections.json")) as {
    collections: { folders: string[] }[];
  };
  expect(collections[0]?.folders).toHaveLength(3);
});
