/* The page as it is built and served: small, whole, of its own address alone, and with the licences of what is inside. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { repository } from "../helpers/model.ts";

const folder = join(repository, "dist", "page");
const served = ["icon.svg", "index.html", "page.css", "page.js"];
const read = (name: string): string =>
  gunzipSync(readFileSync(join(folder, `${name}.gz`))).toString("utf8");

describe("the bundles", () => {
  it("are these, packed, within 120 KB together", () => {
    expect(readdirSync(folder).sort()).toEqual(
      [...served.map((name) => `${name}.gz`), "LICENSES.md"].sort(),
    );
    let total = 0;
    for (const name of served) {
      expect(read(name).length).toBeGreaterThan(100);
      total += statSync(join(folder, `${name}.gz`)).size;
    }
    expect(total).toBeLessThanOrEqual(120 * 1024);
  });

  it("hold nothing inline, and name no other host", () => {
    const html = read("index.html");
    expect(html).not.toMatch(/\son\w+=|\sstyle=|javascript:/iu);
    expect([...html.matchAll(/<script\b[^>]*>/giu)].map(([tag]) => tag)).toEqual([
      '<script type="module" src="/page.js">',
    ]);
    // Names of what SVG and MathML are, which nothing is fetched from.
    const hosts = (text: string): string[] =>
      [...text.matchAll(/https?:\/\/([\w.-]+)/gu)].flatMap(([, host = ""]) =>
        host === "www.w3.org" ? [] : [host],
      );
    expect(served.flatMap((name) => hosts(read(name)))).toEqual([]);
    expect(read("page.css")).not.toMatch(/@import|url\((?!["']?data:)/u);
    for (const word of [
      "innerHTML=",
      "outerHTML=",
      "insertAdjacentHTML",
      "document.write(",
      "eval(",
    ]) {
      const script = read("page.js");
      // preact itself can set innerHTML, for who passes dangerouslySetInnerHTML: the policy refuses it, and no panel does.
      const count = script.split(word).length - 1;
      expect(count, word).toBeLessThanOrEqual(word === "innerHTML=" ? 2 : 0);
    }
  });

  it("come with the licences of what is inside", () => {
    const licences = readFileSync(join(folder, "LICENSES.md"), "utf8");
    const names = [...licences.matchAll(/^# ([\w@/.-]+) [\d.]+$/gmu)].map(([, name]) => name);
    expect(names).toEqual(["preact", "prismjs", "uplot"]);
    expect(licences.match(/Permission is hereby granted, free of charge/gu)?.length).toBe(3);
    const notice = readFileSync(join(repository, "NOTICE"), "utf8");
    expect(notice).toMatch(/preact, uPlot and Prism/u);
  });

  it("are of sources in which no panel makes markup of text", () => {
    const sources = readdirSync(join(repository, "page", "src"), {
      recursive: true,
      encoding: "utf8",
    })
      .filter((name) => /\.tsx?$/u.test(name))
      .map((name) => [name, readFileSync(join(repository, "page", "src", name), "utf8")] as const);
    expect(sources.length).toBeGreaterThan(20);
    for (const [name, text] of sources) {
      expect(text, name).not.toMatch(
        /dangerouslySetInnerHTML|\.(?:inner|outer)HTML|insertAdjacentHTML|document\.write|\bnew Function\b|\beval\(|style="|srcdoc/u,
      );
    }
  });
});
