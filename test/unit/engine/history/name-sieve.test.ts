/* No name that a parser finds in a file is missed by the filter of the file's text, in whichever language. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { splitLines } from "../../../../src/base/files/decode-text.ts";
import { textOfFile } from "../../../../src/base/files/text-of-file.ts";
import { type NameWay, sieveOf, WantedName } from "../../../../src/engine/history/at/name-sieve.ts";
import { languageOf } from "../../../../src/indexing/read/language.ts";
import { grammarsFolder } from "../../../../src/syntax/grammars.ts";
import { TreeSitterParser } from "../../../../src/syntax/parser.ts";
import { repository } from "../../../helpers/model.ts";

const folder = join(repository, "test", "fixtures", "syntax");

it("holds every name that a parse of the text has", async () => {
  const parser = new TreeSitterParser({ grammars: grammarsFolder() });
  const missed: string[] = [];
  let names = 0;
  try {
    for (const file of readdirSync(folder)) {
      const read = textOfFile(file, readFileSync(join(folder, file)));
      if (read === undefined) continue;
      const language = languageOf(file, read.text);
      const text = splitLines(read.text).join("\n");
      const outcome = await parser.parse({ path: file, language, text });
      if (!("parsed" in outcome)) continue;
      const sieve = sieveOf(Buffer.from(read.text));
      const check = (name: string, way: NameWay): void => {
        names += 1;
        if (!new WantedName(name, way).isIn(sieve)) missed.push(`${file} ${way} ${name}`);
      };
      const { definitions, references, imports } = outcome.parsed;
      for (const { name } of definitions)
        for (const way of ["defined", "folded"] as const) check(name, way);
      for (const { name } of references) check(name, "written");
      for (const { name, alias, isExport } of imports) {
        if (!["", "*", "default"].includes(name)) check(name, "linked");
        if (isExport === true && alias !== "") check(alias, "alias");
      }
    }
  } finally {
    await parser.close();
  }
  expect(missed).toEqual([]);
  expect(names).toBeGreaterThan(3_000);
}, 120_000);

it("takes a text for holding a name that it does not hold in few cases of thousands", () => {
  const text = Array.from(
    { length: 400 },
    (_, at) => `function known${at}(a) {\n  return a.b${at}();\n}`,
  ).join("\n");
  const sieve = sieveOf(Buffer.from(text));
  const others = Array.from({ length: 20_000 }, (_, at) => `other${at}x`);
  const wrong = others.filter((name) => new WantedName(name, "written").isIn(sieve));
  expect(wrong.length).toBeLessThan(40);
  expect(new WantedName("b7", "written").isIn(sieve)).toBe(true);
  expect(new WantedName("b7", "defined").isIn(sieve)).toBe(false);
  expect(new WantedName("KNOWN_7", "folded").isIn(sieve)).toBe(true);
  expect(new WantedName("->", "written").isIn(sieve)).toBe(false);
  expect(new WantedName("[]=", "defined").isIn(sieveOf(Buffer.from("def []=(a, b)\n")))).toBe(true);
});
