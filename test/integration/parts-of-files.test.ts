/* Notebooks, components and scripts from the file to the answer, as a project holds them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type HaypileHere, openHere } from "../../src/haypile/here.ts";
import type { CodeIndex } from "../../src/ports/haypile.ts";

let scratch: string;
let tree: string;
let haypile: HaypileHere;
let code: CodeIndex;

const write = (name: string, text: string): void => {
  mkdirSync(join(tree, name, ".."), { recursive: true });
  writeFileSync(join(tree, name), text);
};

const cell = (type: string, source: string, outputs: object[] = []): object => ({
  cell_type: type,
  metadata: {},
  ...(type === "code" && { execution_count: null, outputs }),
  source: source.split(/(?<=\n)/),
});
const picture = { output_type: "display_data", data: { "image/png": "iVBORw0KGgo".repeat(9_000) } };
const notebook = (cells: object[]): string =>
  JSON.stringify({ cells, metadata: {}, nbformat: 4, nbformat_minor: 5 }, null, 1);
const cells = (outputs: object[] = []): object[] => [
  cell("markdown", "# Churn model\nWe fit a zephyrine curve."),
  cell("code", "def fit_churn(frame):\n    return frame.fit()\n", outputs),
  cell("code", "fit_churn(None)\n"),
];

beforeEach(async () => {
  scratch = mkdtempSync(join(tmpdir(), "haypile-parts-"));
  tree = join(scratch, "tree");
  write("model.ipynb", notebook(cells([picture])));
  write("src/SaveButton.vue", '<script setup lang="ts">\nfunction save() {}\n</script>\n');
  write(
    "src/Page.vue",
    "<template>\n  <SaveButton />\n</template>\n<script>\nlet a = 1;\n</script>\n",
  );
  write("bin/purge", "#!/usr/bin/env python3\ndef purge_cache(days):\n    return days\n");
  write("deploy/Dockerfile", "FROM node:24 AS build\nARG TOKEN\n");
  haypile = openHere({ database: join(scratch, "i.db"), embeddingCache: false });
  code = haypile.code(tree, { nearest: false });
  await code.index({ fillIn: "off" });
});

afterEach(async () => {
  await haypile.close();
  rmSync(scratch, { recursive: true, force: true });
});

const placeOf = async (name: string): Promise<string[]> =>
  (await code.findSymbol(name))
    .filter(({ match }) => match === "exact")
    .map(({ path, startLine, kind }) => `${path}:${startLine} ${kind}`);

describe("a notebook", () => {
  const lineOf = (part: string, text: string): number =>
    text.split("\n").findIndex((line) => line.includes(part)) + 1;

  it("has its cells' definitions at the lines of the file", async () => {
    const text = notebook(cells([picture]));
    const line = lineOf("def fit_churn", text);
    expect(await placeOf("fit_churn")).toEqual([`model.ipynb:${line} function`]);
    expect(await placeOf("Churn model")).toEqual([
      `model.ipynb:${lineOf("# Churn", text)} section`,
    ]);
    const { uses } = await code.callers("fit_churn");
    expect(uses.map((use) => use.line)).toEqual([lineOf("fit_churn(None)", text)]);
  });

  it("is searched by its sources, and goes on being fresh when only outputs change", async () => {
    const search = async (query: string) =>
      (await code.search(query, { fillIn: "off" })).hits.filter(
        ({ path }) => path === "model.ipynb",
      );
    const [hit] = await search("zephyrine curve");
    expect(hit?.text).toContain("We fit a zephyrine curve.");
    expect(hit?.text).not.toContain("iVBOR");
    write("model.ipynb", notebook(cells([])));
    const [after] = await search("zephyrine curve");
    expect(after?.stale).toBe(false);
    expect(after?.startLine).toBe(hit?.startLine);
    expect(await placeOf("fit_churn")).toEqual([
      `model.ipynb:${lineOf("def fit_churn", notebook(cells([])))} function`,
    ]);
  });
});

describe("other files of parts and without endings", () => {
  it("have their definitions and uses", async () => {
    expect(await placeOf("SaveButton")).toEqual(["src/SaveButton.vue:1 class"]);
    expect(await placeOf("save")).toEqual(["src/SaveButton.vue:2 function"]);
    expect(await placeOf("purge_cache")).toEqual(["bin/purge:2 function"]);
    expect(await placeOf("build.TOKEN")).toEqual(["deploy/Dockerfile:2 variable"]);
    const { uses } = await code.callers("SaveButton");
    expect(uses.map(({ path, line, within }) => `${path}:${line} ${within?.name}`)).toEqual([
      "src/Page.vue:2 Page",
    ]);
  });
});
