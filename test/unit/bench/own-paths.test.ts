/* Rows of benchmarks once named the folders of the machine they were made on. */
import { readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { elsewhere, ownPathsIn, withoutOwnPaths } from "../../../bench/own-paths.ts";
import { repository } from "../../helpers/model.ts";

const bench = join(repository, "bench");
const results = join(bench, "results");

describe("rows of results", () => {
  it("are written from the repository, with what lies outside by its name alone", () => {
    const row = {
      tree: join(repository, "build", "bench", "tree"),
      model: "/opt/models/of mine/model.onnx",
      home: join(homedir(), "notes.md"),
      up: "../../somewhere/bin",
      windows: "C:\\Users\\me\\tree",
      url: "file:///opt/data/set.jsonl",
      args: ["--tree", "/opt/a b", `--db=${join(repository, "x.db")}`],
      said: `read ${join(repository, "src", "a.ts")} and /opt/c/d.ts, 3 of 4`,
      [join(repository, "src")]: { deep: ["/opt/e"] },
    };
    expect(withoutOwnPaths(row, repository)).toEqual({
      tree: "build/bench/tree",
      model: `${elsewhere}/model.onnx`,
      home: `${elsewhere}/notes.md`,
      up: `${elsewhere}/bin`,
      windows: `${elsewhere}/tree`,
      url: `${elsewhere}/set.jsonl`,
      args: ["--tree", `${elsewhere}/a b`, "--db=./x.db"],
      said: `read ./src/a.ts and ${elsewhere}/d.ts, 3 of 4`,
      src: { deep: [`${elsewhere}/e`] },
    });
  });

  it("keep numbers, units and words with a stroke as they are", () => {
    const row = {
      p50: 1.5,
      none: null,
      kind: "int8/fp32",
      rate: "12 tokens/s",
      of: "3 / 4",
      ok: true,
    };
    expect(withoutOwnPaths(row, repository)).toEqual(row);
  });

  it("hold no path of a machine", () => {
    const files = readdirSync(results).filter((name) => name.endsWith(".jsonl"));
    let rows = 0;
    const wrong = files.flatMap((name) =>
      readFileSync(join(results, name), "utf8")
        .split("\n")
        .filter((line) => line !== "")
        .flatMap((line, at) => {
          rows += 1;
          const strings = [...JSON.stringify(JSON.parse(line)).matchAll(/"((?:[^"\\]|\\.)*)"/g)];
          return strings.flatMap(([, text = ""]) =>
            ownPathsIn(text).map((path) => `${name}:${at + 1} ${path}`),
          );
        }),
    );
    expect(rows).toBeGreaterThan(100);
    expect(wrong).toEqual([]);
    // The check sees what it is there to see.
    expect(ownPathsIn(join(repository, "tree"))).not.toEqual([]);
  });

  it("are written by one function", () => {
    const sources = readdirSync(bench, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(ts|mjs|cjs|js)$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => !path.includes("node_modules"));
    expect(sources.length).toBeGreaterThan(40);
    const writers = sources.filter((path) => {
      const text = readFileSync(path, "utf8");
      return /["'`/]results["'`/]/.test(text.replaceAll(/^\s*(?:\*|\/\/).*$/gm, ""));
    });
    expect(writers).toEqual([join(bench, "common.ts")]);
    expect(readFileSync(join(bench, "common.ts"), "utf8")).toContain("withoutOwnPaths(");
  });
});
