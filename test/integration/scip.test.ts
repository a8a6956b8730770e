/* haypile index --scip: files of a project, a SCIP index of them, and what references say then. */
import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { HaypileError } from "../../src/base/errors.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { open } from "../../src/engine/open.ts";
import type { IndexProgress } from "../../src/ports/answers/index-run.ts";
import {
  documentField,
  type MadeDocument,
  marked,
  metadata,
  scipBytes,
  symbolOf,
} from "../helpers/scip-bytes.ts";
import { tempFolder, writeTree } from "../helpers/temp-tree.ts";

const shapes = `export class «=Circle a/Circle#» {
  «=area a/Circle#area().»() { return 1; }
}
export class «=Square a/Square#» {
  «=area a/Square#area().»() { return 2; }
}
export function «=make a/make().»() { return new «Circle a/Circle#»(); }
`;

const using = `import { «make a/make().», «Circle a/Circle#», «Square a/Square#» } from "./shapes.ts";
export function «=first b/first().»() {
  return «make a/make().»().«area a/Circle#area().»();
}
export function «=second b/second().»(one) {
  const all = [1].map(«make a/make().»);
  return new «Square a/Square#»().«area a/Square#area().»() + one.area();
}
`;

/** Ours alone take this for uses of both: it covers no document. */
const uncovered = `export function third(x) { return x.area(); }
`;

interface Project {
  root: string;
  engine: Engine;
  /** Writes a SCIP index of these documents, and takes it. */
  take(documents: readonly MadeDocument[], projectRoot?: string): ReturnType<Engine["index"]>;
  uses(name: string, path?: string): string[];
}

async function projectOf(files: Record<string, string>): Promise<Project> {
  const root = tempFolder();
  writeTree(root, files);
  for (const path of Object.keys(files)) age(join(root, path));
  const engine = await open({
    folder: root,
    database: join(tempFolder(), "i.db"),
    embeddingCache: false,
  });
  onTestFinished(() => engine.close());
  await engine.index({ fillIn: "off" });
  return {
    root,
    engine,
    take: async (documents, projectRoot = pathToFileURL(root).href) => {
      const scip = join(tempFolder(), "index.scip");
      writeFileSync(scip, scipBytes(documents, projectRoot));
      return await engine.index({ fillIn: "off", scip });
    },
    uses: (name, path) =>
      engine
        .references(name, { path })
        .uses.map((one) => `${one.path}:${one.line} ${one.kind} ${one.confidence}`)
        .sort(),
  };
}

function age(path: string): void {
  const time = Date.now() / 1000 - 60;
  utimesSync(path, time, time);
}

const a = marked("shapes.ts", shapes);
const b = marked("using.ts", using);
const files = { "shapes.ts": a.text, "using.ts": b.text, "third.ts": uncovered };

describe("a SCIP index", () => {
  it("makes uses exact, adds those we do not see, and takes away guesses of ours it knows better", async () => {
    const { take, uses } = await projectOf(files);
    expect(uses("Circle.area").some((one) => one.startsWith("using.ts:7 "))).toBe(true);
    const report = await take([a.document, b.document]);
    expect(report.scip).toMatchObject({
      ...{ documents: 2, taken: 2, partly: 0, leftOut: {}, tools: ["test-indexer 1.2.3"] },
      ...{ definitions: 7, uses: 9 },
    });
    // Line 7 is the other class's, and what only has the name; third.ts is not covered.
    expect(uses("Circle.area")).toEqual(["third.ts:1 call name", "using.ts:3 call exact"]);
    expect(uses("Square.area")).toEqual(["third.ts:1 call name", "using.ts:7 call exact"]);
    expect(uses("make")).toContain("using.ts:3 call exact");
    expect(uses("make").some((one) => one.startsWith("using.ts:6 "))).toBe(true);
  });

  it("says which definitions call, are called, and implement", async () => {
    const { root, engine, take } = await projectOf(files);
    const implementing = {
      ...a.document,
      symbols: [{ symbol: symbolOf("a/Square#"), implements: [symbolOf("a/Circle#")] }],
    };
    await take([implementing, b.document]);
    expect(engine.callers("Circle.area").uses.map(({ within }) => within?.name)).toEqual([
      "first",
      "third",
    ]);
    const callees = engine
      .callees("second")
      .callees.map((one) => [
        one.name,
        one.definition && `${one.definition.container}.${one.definition.name}`,
        one.confidence,
      ]);
    expect(callees).toContainEqual(["area", "Square.area", "exact"]);
    const both = marked(
      "using.ts",
      `${b.text.split("\n")[0]}\nexport function «=all b/all().»(x, y) {\n  x.«area a/Circle#area().»();\n  y.«area a/Square#area().»();\n}\n`,
    );
    writeFileSync(join(root, "using.ts"), both.text);
    age(join(root, "using.ts"));
    await engine.index({ fillIn: "off" });
    await take([implementing, both.document]);
    const meant = engine.callees("all").callees.map(({ definition }) => definition?.container);
    expect(meant).toEqual(["Circle", "Square"]);
    await engine.index({ fillIn: "off" });
    const heirs = engine.implementations("Circle").uses;
    expect(heirs).toMatchObject([{ path: "shapes.ts", line: 4, confidence: "exact" }]);
    expect(heirs[0]?.within?.name).toBe("Square");
  });

  it("is remembered by later runs, but for files that changed since", async () => {
    const { root, engine, take, uses } = await projectOf(files);
    const own = uses("Circle.area");
    await take([a.document, b.document]);
    const exact = uses("Circle.area");
    expect(exact).not.toEqual(own);
    await engine.index({ fillIn: "off" });
    expect(uses("Circle.area")).toEqual(exact);
    expect(engine.status().scip).toMatchObject({ taken: 2, valid: 2, isDone: true });
    writeFileSync(join(root, "using.ts"), `// changed\n${b.text}`);
    await engine.index({ fillIn: "off" });
    expect(engine.status().scip).toMatchObject({ taken: 2, valid: 1 });
    const moved = own.map((one) => one.replace(/g\.ts:(\d+)/u, (_, line) => `g.ts:${+line + 1}`));
    expect(uses("Circle.area")).toEqual(moved.sort());
    writeFileSync(join(root, "using.ts"), b.text);
    await engine.index({ fillIn: "off" });
    expect(uses("Circle.area")).toEqual(exact);
    const report = await engine.index({ fillIn: "off", scip: [] });
    expect(report.scip).toMatchObject({ files: [], documents: 0, taken: 0 });
    expect(engine.status().scip).toBeUndefined();
    expect(uses("Circle.area")).toEqual(own);
  });

  it("of another commit gives no wrong line", async () => {
    const { take, uses } = await projectOf({
      ...files,
      "using.ts": b.text.replace("export function first", "\n\nexport function first"),
      "shapes.ts": a.text.replaceAll("area", "size"),
    });
    const before = uses("make");
    const report = await take([a.document, b.document]);
    expect(report.scip).toMatchObject({ documents: 2, taken: 0, uses: 0 });
    expect(report.scip?.leftOut.differs).toEqual({
      count: 2,
      examples: ["shapes.ts", "using.ts"],
    });
    expect(uses("make")).toEqual(before);
  });

  it("is complete only for files that are older", async () => {
    const { root, take, uses } = await projectOf({
      ...files,
      "late.ts": `export function late(x) { return x.area(); }\n`,
    });
    const late = marked("late.ts", "export function «=late c/late().»(x) { return x.area(); }\n");
    await take([a.document, b.document, late.document]);
    expect(uses("Circle.area")).not.toContain("late.ts:1 call name");
    const future = Date.now() / 1000 + 1_000;
    utimesSync(join(root, "late.ts"), future, future);
    await take([a.document, b.document, late.document]);
    expect(uses("Circle.area")).toContain("late.ts:1 call name");
  });

  it("may be of a folder in the project, and of another machine", async () => {
    const inside = Object.fromEntries(
      Object.entries(files).map(([path, text]) => [`packages/app/${path}`, text]),
    );
    const { root, engine, take, uses } = await projectOf(inside);
    const app = join(root, "packages/app");
    const report = await take([a.document, b.document], pathToFileURL(app).href);
    expect(report.scip).toMatchObject({ taken: 2 });
    expect(uses("Square.area")).toContain("packages/app/using.ts:7 call exact");
    // It lies there, and says a place that is not here.
    writeFileSync(join(app, "index.scip"), scipBytes([a.document], "file:///builds/42/app"));
    const other = await engine.index({ fillIn: "off", scip: "packages/app/index.scip" });
    expect(other.scip).toMatchObject({ taken: 1, files: [join(app, "index.scip")] });
    const nowhere = await take([a.document], "http://%zz");
    expect(nowhere.scip).toMatchObject({ taken: 0, leftOut: { "not-indexed": { count: 1 } } });
  });

  it("may be several files, each of which adds to what is said of a file", async () => {
    const { root, engine, uses } = await projectOf(files);
    const parts = [a.document, b.document, { ...b.document, occurrences: [] }];
    const paths = parts.map((document, i) => {
      const path = join(root, `part${i}.scip`);
      writeFileSync(path, scipBytes([document], pathToFileURL(root).href));
      return path;
    });
    const report = await engine.index({ fillIn: "off", scip: paths });
    expect(report.scip).toMatchObject({ documents: 3, taken: 3, files: paths });
    expect(uses("Square.area")).toContain("using.ts:7 call exact");
  });

  it("names no file outside the project, whatever paths it has", async () => {
    const outside = tempFolder();
    writeTree(outside, { "shapes.ts": a.text });
    const { root, take } = await projectOf({ ...files, ".env": "KEY=1\n" });
    symlinkSync(outside, join(root, "linked"));
    const paths = [
      join(outside, "shapes.ts"),
      "../shapes.ts",
      `a/../../${"x"}/shapes.ts`,
      "linked/shapes.ts",
      "file:///etc/passwd",
      "C:\\shapes.ts",
      "\\\\host\\share\\shapes.ts",
      "a\0b.ts",
      "x".repeat(5_000),
      ".env",
    ];
    const report = await take(paths.map((path) => ({ ...a.document, path })));
    expect(report.scip).toMatchObject({ documents: paths.length, taken: 0 });
    expect(report.scip?.leftOut.refused?.count).toBe(paths.length);
    const inside = await take([{ ...a.document, path: "none.ts" }]);
    expect(inside.scip?.leftOut).toMatchObject({ "not-indexed": { count: 1 } });
  });

  it("that is cut short, or none, changes nothing", async () => {
    const { root, engine, take, uses } = await projectOf(files);
    await take([a.document, b.document]);
    const exact = uses("Circle.area");
    const whole = scipBytes([a.document, b.document], pathToFileURL(root).href);
    const bad: Record<string, Buffer | string> = {
      "cut.scip": whole.subarray(0, whole.length - 9),
      "empty.scip": "",
      "text.scip": "no index at all\n".repeat(99),
    };
    writeTree(root, bad);
    for (const name of Object.keys(bad)) {
      const failed = await engine.index({ fillIn: "off", scip: name }).catch((error) => error);
      expect(HaypileError.isInstance(failed) && failed.code).toBe("HAYPILE_SCIP_INVALID");
      expect(failed.message).toContain(name);
    }
    const missing = engine.index({ fillIn: "off", scip: "none.scip" });
    await expect(missing).rejects.toMatchObject({ code: "HAYPILE_PATH_MISSING" });
    mkdirSync(join(root, "folder.scip"));
    const folder = engine.index({ fillIn: "off", scip: "folder.scip" });
    await expect(folder).rejects.toMatchObject({ code: "HAYPILE_IO" });
    expect(uses("Circle.area")).toEqual(exact);
  });

  it("leaves out documents that are damaged, and takes the others", async () => {
    const { root, engine } = await projectOf(files);
    const broken = documentField(b.document);
    broken.fill(255, 30, 60);
    const path = join(root, "index.scip");
    const bytes = [metadata(pathToFileURL(root).href), broken, documentField(a.document)];
    writeFileSync(path, Buffer.concat(bytes));
    const { scip } = await engine.index({ fillIn: "off", scip: path });
    expect(scip).toMatchObject({ documents: 2, taken: 1, leftOut: { damaged: { count: 1 } } });
  });

  it("tells how far it is, and stops when told to; what it took until then is not held to be complete", async () => {
    const { engine, take, uses } = await projectOf(files);
    await take([a.document, b.document]);
    const scip = join(tempFolder(), "index.scip");
    const many = Array.from({ length: 300 }, () => b.document);
    writeFileSync(scip, scipBytes([a.document, ...many], "file:///x"));
    const stop = new AbortController();
    const seen: IndexProgress[] = [];
    const run = engine.index({
      ...{ fillIn: "off", scip, signal: stop.signal },
      onProgress: (progress) => {
        if (progress.phase !== "scip") return;
        seen.push(progress);
        if (progress.filesDone === 200) stop.abort();
      },
    });
    await expect(run).rejects.toMatchObject({ code: "HAYPILE_ABORTED" });
    expect(seen.at(-1)).toMatchObject({ filesDone: 200, filesTotal: 301 });
    expect(engine.status().scip).toMatchObject({ isDone: false });
    expect(uses("Circle.area")).toContain("using.ts:3 call exact");
  });
});
