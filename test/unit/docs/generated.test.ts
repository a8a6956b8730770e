/* Pages that are made from the code: current, and complete both ways. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { doors } from "../../../scripts/lib/api-page.ts";
import { generatedPages } from "../../../scripts/lib/generated-pages.ts";
import { type ExportModel, TypeModel } from "../../../scripts/lib/type-model.ts";
import { isErrorCode } from "../../../src/base/errors.ts";
import { optionNames, rowOf } from "../../../src/config/options/options.ts";
import { repository } from "../../helpers/model.ts";

// On a machine where other work runs, processes take their time.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const docs = join(repository, "docs");

describe("generated pages", () => {
  it("are what scripts/generate-docs.ts makes now", () => {
    const pages = Object.entries(generatedPages());
    expect(pages.length).toBeGreaterThan(3);
    for (const [name, text] of pages) {
      expect(existsSync(join(docs, name)), name).toBe(true);
      const isCurrent = readFileSync(join(docs, name), "utf8") === text;
      expect(isCurrent, `docs/${name}: run "node scripts/generate-docs.ts"`).toBe(true);
    }
  });
});

describe("docs/api.md", () => {
  let model: TypeModel;
  let exported: ExportModel[];
  const page = readFileSync(join(docs, "api.md"), "utf8");
  const examples = readdirSync(join(docs, "examples")).map((name) =>
    readFileSync(join(docs, "examples", name), "utf8"),
  );

  beforeAll(() => {
    model = new TypeModel();
    exported = Object.values(doors).flatMap((file) => model.exports(file));
  });
  afterAll(() => model.close());

  it("has every name that a door exports, and of each every call and field", () => {
    expect(exported.length).toBeGreaterThan(80);
    for (const { name, members, fields, call } of exported) {
      expect(page).toMatch(new RegExp(`^### ${name}${call === undefined ? "" : "\\(\\)"}$`, "m"));
      const start = page.search(new RegExp(`^### ${name}\\b`, "m"));
      const section = page.slice(start, page.indexOf("\n## ", start) + 1 || undefined);
      if (/without `|As `\w+`/.test(section.slice(0, 400))) continue;
      for (const { name: of } of [...members, ...fields]) {
        if (name === "HaypileError" && ["name", "message", "stack", "cause"].includes(of)) continue;
        expect(section, `${name}.${of}`).toMatch(new RegExp(`\`${of}\\b|${of}`));
      }
    }
  });

  it("names nothing that no door knows", () => {
    const known = new Set([
      ...exported.map(({ name }) => name),
      ...model.named.map(({ name }) => name),
    ]);
    const headings = [...page.matchAll(/^### (\w+)(?:\(\))?$/gm)].map(([, name = ""]) => name);
    expect(headings.length).toBeGreaterThan(80);
    // Types that others refer to are there, though no door exports them.
    const referred = (name: string): boolean =>
      new RegExp(`\`[^\`]*\\b${name}\\b[^\`]*\``).test(page);
    expect(headings.filter((name) => !known.has(name) && !referred(name))).toEqual([]);
    expect(new Set(headings).size).toBe(headings.length);
  });

  it("says of every option what it does, or what it is when left out", () => {
    const rows = [...page.matchAll(/^\| `(\w+)\??` \| (`.*`) \| (.*) \| (.*) \|$/gm)];
    expect(rows.length).toBeGreaterThan(100);
    const variables: ReadonlySet<string> = new Set([
      ...optionNames.map((name) => rowOf(name).env),
      ...["DATA", "CACHE", "CONFIG", "ADDON"].map((name) => `HAYPILE_${name}_DIR`),
      "HAYPILE_INDEX_KEY",
    ]);
    const named = [...new Set(page.match(/HAYPILE_[A-Z_]+[A-Z]/g))];
    expect(named.filter((name) => !isErrorCode(name) && !variables.has(name))).toEqual([]);
  });

  it("uses every call in an example", () => {
    const text = examples.join("\n");
    const unused = exported.flatMap(({ name, kind, call, members }) => {
      if (call !== undefined) return new RegExp(`\\b${name}\\(`).test(text) ? [] : [name];
      // What a program of its own would implement, or gets under another name.
      if (
        kind !== "class" &&
        ![
          "Memories",
          "DaemonClient",
          "RemoteEngine",
          "Haypile",
          "CodeIndex",
          "CompactCalls",
          "Compaction",
          "Embedder",
        ].includes(name)
      )
        return [];
      const ownOfErrors = ["name", "stack", "cause"];
      return members
        .filter((one) => name !== "HaypileError" || !ownOfErrors.includes(one.name))
        .filter((one) => !new RegExp(`\\.${one.name}\\b`).test(text))
        .map((one) => `${name}.${one.name}`);
    });
    expect(unused).toEqual([]);
  });
});
