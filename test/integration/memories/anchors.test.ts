/** A memory that speaks of code says when that code is not the same any more, and how it changed. */
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { CodeAnchorReader } from "../../../src/engine/memories/anchor-reader.ts";
import type { OpenMemories } from "../../../src/engine/memories/memories.ts";
import { grammarsFolder } from "../../../src/syntax/grammars.ts";
import { TreeSitterParser } from "../../../src/syntax/parser.ts";
import { type MemoryBench, memoryBench } from "../../helpers/open-memories.ts";

let bench: MemoryBench;
let memories: OpenMemories;
let parser: TreeSitterParser;
let tree: string;
let file: string;

beforeEach(async () => {
  bench = memoryBench();
  parser = new TreeSitterParser({ grammars: grammarsFolder() });
  memories = await bench.open({ anchorReader: new CodeAnchorReader(parser), gitMs: 60_000 });
  tree = join(dirname(bench.path), "tree");
  mkdirSync(tree);
  file = join(tree, "port.ts");
  writeCode(3030, "first");
});

afterEach(async () => {
  await bench.end();
  await parser.close();
});

function writeCode(port: number, other: string): void {
  writeFileSync(
    file,
    `export function port(): number {\n  return ${port};\n}\n\nexport function other(): string {\n  return "${other}";\n}\n`,
  );
}

async function unverified(query: string) {
  const { hits } = await memories.recall(query, { k: 1 });
  return hits[0]?.unverifiedSince;
}

it("looks at the definition alone when one is named", async () => {
  await memories.remember("The port is fixed in the code.", {
    anchors: [{ path: file, symbol: "port" }],
  });
  expect(await unverified("port")).toBeUndefined();
  writeCode(3030, "second");
  expect(await unverified("port")).toBeUndefined();
  writeCode(3031, "second");
  const found = await unverified("port");
  expect(Math.abs(Date.parse(found?.at ?? "") - Date.now())).toBeLessThan(60_000);
  expect(found?.changes).toEqual([
    `port in ${file}: 1 line added, 1 removed: - return 3030; + return 3031;`,
  ]);
  writeCode(3030, "second");
  expect(await unverified("port")).toBeUndefined();
});

it("looks at the whole file without a name, and is verified anew by an update", async () => {
  const anchors = [{ path: file }];
  const { id } = await memories.remember("This file holds two functions.", { anchors });
  writeCode(3030, "second");
  expect((await unverified("functions"))?.changes[0]).toContain('+ return "second";');
  await memories.update(id, { anchors });
  expect(await unverified("functions")).toBeUndefined();
  rmSync(file);
  expect((await unverified("functions"))?.changes).toEqual([`${file}: is not there any more`]);
});

it("names the commit where git knows it", async () => {
  const git = (...args: string[]): string =>
    execFileSync("git", ["-C", tree, "-c", "user.name=t", "-c", "user.email=t@t", ...args], {
      encoding: "utf8",
    });
  git("init", "-q");
  git("add", ".");
  git("commit", "-qm", "First");
  await memories.remember("The port is fixed.", { anchors: [{ path: file, symbol: "port" }] });
  writeCode(4000, "first");
  git("commit", "-qam", "Second");
  const commit = git("log", "-1", "--format=%h").trim();
  expect((await unverified("port"))?.changes[0]).toContain(`(commit ${commit})`);
});
