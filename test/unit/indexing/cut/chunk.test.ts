import { describe, expect, it } from "vitest";
import {
  type ChunkOptions,
  chunkLines,
  chunkOptionsFor,
} from "../../../../src/indexing/cut/chunk.ts";
import type { ChunkInput } from "../../../../src/ports/store.ts";
import { seededRandom } from "../../../helpers/temp-tree.ts";

const options = chunkOptionsFor(256);

function count(line: string): number {
  return line.match(/[\p{L}\p{N}]{1,4}|[^\s\p{L}\p{N}]/gu)?.length ?? 0;
}

function chunk(text: string | string[], change: Partial<ChunkOptions> = {}): ChunkInput[] {
  const lines = typeof text === "string" ? text.split("\n") : text;
  return chunkLines(lines, Uint32Array.from(lines, count), { ...options, ...change });
}

/** A function of about `size` statements. */
function pythonFunction(name: string, size: number): string {
  const body = Array.from({ length: size }, (_, index) => `    total = ${name}_${index} + value`);
  return [`def ${name}(value):`, ...body, "    return total"].join("\n");
}

/** A file of random structure: definitions, comments, nested blocks, blank lines. */
function randomFile(random: () => number, lineCount: number): string[] {
  const lines: string[] = [];
  let depth = 0;
  while (lines.length < lineCount) {
    const dice = random();
    const indent = "    ".repeat(depth);
    const name = `name${Math.floor(random() * 1e6)}`;
    if (dice < 0.15) lines.push("");
    else if (dice < 0.25) lines.push(`${indent}# about ${name}`);
    else if (dice < 0.35 && depth < 4) {
      lines.push(`${indent}def ${name}(self):`);
      depth += 1;
    } else if (dice < 0.45 && depth > 0) {
      depth -= 1 + Math.floor(random() * depth);
      lines.push("");
    } else if (dice < 0.47)
      lines.push(indent + "long words and more ".repeat(Math.floor(random() * 80)));
    else if (dice < 0.5) lines.push("\t".repeat(depth) + name);
    else lines.push(`${indent}${name} = call(${name}, ${Math.floor(random() * 100)})`);
  }
  return lines;
}

describe("chunkLines", () => {
  it("gives nothing for nothing", () => {
    expect(chunk([])).toEqual([]);
    expect(chunk(["", "   ", "\t"])).toEqual([]);
  });

  it("gives each function its own chunk with its decorators and comments", () => {
    const text = [
      "import os",
      "",
      "# Adds things up.",
      "@cached",
      pythonFunction("first", 8),
      "",
      "",
      pythonFunction("second", 8),
    ].join("\n");
    const chunks = chunk(text, { language: "python" });
    const first = chunks.find((one) => one.text.includes("def first"));
    expect(first?.text).toContain("# Adds things up.\n@cached\ndef first");
    expect(first?.text).toContain("return total");
    expect(first?.text).not.toContain("def second");
    expect(chunks.at(-1)?.text.startsWith("def second")).toBe(true);
  });

  it("keeps closing braces and else with their block, in brace languages", () => {
    const block = (name: string): string[] => [
      `/** Does ${name}. */`,
      `function ${name}(a, b) {`,
      ...Array.from({ length: 8 }, (_, index) => `  a.step${index}(b, "${name}");`),
      "}",
    ];
    const text = [...block("one"), ...block("two"), "", ...block("three")];
    const chunks = chunk(text, { language: "javascript" });
    expect(chunks.map((one) => one.text.split("\n")[0])).toEqual([
      "/** Does one. */",
      "/** Does two. */",
      "/** Does three. */",
    ]);
    for (const one of chunks) expect(one.text.endsWith("}")).toBe(true);
  });

  it("keeps a comment of several lines with what it describes", () => {
    const text = [
      ...Array.from({ length: 12 }, (_, index) => `const before${index} = ${index};`),
      "/**",
      " * Tells the time.",
      " *",
      " * @returns milliseconds",
      " */",
      "export function tellTime(zone: string): number {",
      ...Array.from({ length: 8 }, (_, index) => `  zone += step(${index});`),
      "  return 1;",
      "}",
    ];
    const found = chunk(text, { language: "typescript" }).find((one) =>
      one.text.includes("tellTime"),
    );
    expect(found?.text.startsWith("/**")).toBe(true);
    expect(found?.startLine).toBe(13);
    expect(found?.endLine).toBe(text.length);
  });

  it("is not led astray by text at the left inside a docstring", () => {
    const text = [
      "def render(page):",
      '    """',
      "Left text of the docstring",
      "",
      "def not_a_function():",
      '    """',
      ...Array.from({ length: 6 }, (_, index) => `    page.write(${index})`),
      "    return page",
    ];
    const chunks = chunk(text, { language: "python" });
    expect(chunks).toHaveLength(1);
  });

  it("joins small neighbours and splits a large class between its methods", () => {
    const small = Array.from({ length: 20 }, (_, index) => `VALUE_${index} = ${index}`).join(
      "\n\n",
    );
    expect(chunk(small, { language: "python" }).length).toBeLessThan(4);
    const methods = Array.from({ length: 6 }, (_, index) =>
      pythonFunction(`method${index}`, 6).replace(/^/gmu, "    "),
    );
    const chunks = chunk(`class Large:\n${methods.join("\n\n")}`, { language: "python" });
    expect(chunks.length).toBeGreaterThanOrEqual(6);
    expect(chunks[0]?.text.startsWith("class Large:")).toBe(true);
    for (const one of chunks.slice(1))
      expect(one.text.trimStart().startsWith("def method")).toBe(true);
  });

  it("begins chunks of Markdown at headings, never inside a fence", () => {
    const paragraph = "Some words about the matter at hand. ".repeat(6);
    const text = [
      "# Title",
      paragraph,
      "",
      "## Part",
      "",
      paragraph,
      "",
      "```sh",
      "# not a heading",
      "make all",
      "```",
      "",
      "Under",
      "-----",
      paragraph,
    ];
    const chunks = chunk(text, { language: "markdown" });
    expect(chunks.map((one) => one.text.split("\n")[0])).toEqual(["# Title", "## Part", "Under"]);
  });

  it("splits a line that is longer than a chunk, all parts on that line", () => {
    const chunks = chunk(["short = 1", "x ".repeat(2000), "tail = 2"]);
    const parts = chunks.filter((one) => one.startLine === 2 && one.endLine === 2);
    expect(parts.length).toBeGreaterThan(5);
    for (const one of chunks) expect(one.tokens).toBeLessThanOrEqual(options.maxTokens);
  });

  it("has every filled line once, in order, within the limit, whatever the input", () => {
    let chunksSeen = 0;
    for (let seed = 1; seed <= 150; seed += 1) {
      const random = seededRandom(seed);
      const lines = randomFile(random, 1 + Math.floor(random() * 300));
      const language = ["python", "c", "markdown", "text", "javascript", "yaml"][
        seed % 6
      ] as string;
      const maxTokens = 4 + Math.floor(random() * 300);
      const sizes = { ...chunkOptionsFor(maxTokens + 2), language };
      const chunks = chunk(lines, sizes);
      expect(chunk(lines, sizes), "the same every time").toEqual(chunks);
      chunksSeen += chunks.length;
      let last = 0;
      const covered = new Set<number>();
      for (const one of chunks) {
        expect(one.tokens).toBeLessThanOrEqual(sizes.maxTokens);
        expect(one.startLine).toBeGreaterThanOrEqual(last);
        expect(one.endLine).toBeGreaterThanOrEqual(one.startLine);
        expect(one.text.trim()).not.toBe("");
        const isPart = one.startLine === one.endLine;
        if (!isPart) {
          expect(one.startLine).toBeGreaterThan(last);
          const from = lines.slice(one.startLine - 1, one.endLine);
          expect(one.text).toBe(from.join("\n"));
          expect(one.tokens).toBe(from.reduce((sum, line) => sum + count(line), 0));
        }
        last = one.endLine;
        for (let line = one.startLine; line <= one.endLine; line += 1) covered.add(line);
      }
      lines.forEach((line, index) => {
        if (line.trim() !== "")
          expect(covered.has(index + 1), `seed ${seed} line ${index + 1}`).toBe(true);
      });
    }
    expect(chunksSeen).toBeGreaterThan(1000);
  });

  it("changes few chunks when a line is put in or taken out", () => {
    let worst = 0;
    let total = 0;
    for (let seed = 1; seed <= 40; seed += 1) {
      const random = seededRandom(seed);
      const lines = randomFile(random, 500);
      const language = seed % 2 === 0 ? "python" : "text";
      const before = new Set(chunk(lines, { language }).map((one) => one.text));
      const at = seed % 4 === 0 ? 0 : Math.floor(random() * lines.length);
      const edited = [...lines];
      if (seed % 3 === 0) edited.splice(at, 1);
      else edited.splice(at, 0, "import something_new");
      const changed = chunk(edited, { language }).filter((one) => !before.has(one.text)).length;
      worst = Math.max(worst, changed);
      total += changed;
    }
    expect(worst).toBeLessThanOrEqual(6);
    expect(total / 40).toBeLessThanOrEqual(2.5);
  });

  it("finds the old cuts again in even text, where only the lines differ", () => {
    const lines = Array.from(
      { length: 500 },
      (_, index) => `value_${index} = compute(${index * 7})`,
    );
    const before = chunk(lines, { language: "python" });
    const known = new Set(before.map((one) => one.text));
    const after = chunk(["inserted = 0", ...lines], { language: "python" });
    expect(before.length).toBeGreaterThan(20);
    expect(after.filter((one) => !known.has(one.text)).length).toBeLessThanOrEqual(5);
  });

  it("cuts the longest files", () => {
    const random = seededRandom(3);
    const lines = randomFile(random, 30_000);
    const tokens = Uint32Array.from(lines, count);
    const chunks = chunkLines(lines, tokens, { ...options, language: "python" });
    expect(chunks.length).toBeGreaterThan(1000);
    const flat = Array.from({ length: 30_000 }, () => "}");
    expect(chunkLines(flat, new Uint32Array(30_000).fill(1), options).length).toBeGreaterThan(50);
  });
});

describe("chunkOptionsFor", () => {
  it("leaves room for two special tokens and stays small for models that read much", () => {
    expect(chunkOptionsFor(256).maxTokens).toBe(254);
    expect(chunkOptionsFor(8192).maxTokens).toBe(510);
    const tiny = chunkOptionsFor(1);
    expect(tiny.maxTokens).toBeGreaterThanOrEqual(1);
    expect(tiny.targetTokens).toBeLessThanOrEqual(tiny.maxTokens);
  });
});
