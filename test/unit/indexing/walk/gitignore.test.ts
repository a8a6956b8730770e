import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { IgnoreFile } from "../../../../src/indexing/walk/gitignore.ts";
import { growth, mostGrowth } from "../../../helpers/growth.ts";
import { seededRandom, tempFolder, writeTree } from "../../../helpers/temp-tree.ts";

/** As the walk asks: from the top down, and nothing below a folder that is ignored. */
function isIgnored(rules: IgnoreFile, path: string): boolean {
  const names = path.split("/");
  for (let depth = 1; depth <= names.length; depth += 1) {
    const part = names.slice(0, depth).join("/");
    if (rules.test(depth < names.length ? `${part}/` : part) === true) return true;
  }
  return false;
}

describe("an ignore file", () => {
  it("means what git means by it", { timeout: 180_000 }, () => {
    const random = seededRandom(11);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
    const pieces = [
      "a",
      "b",
      "ab",
      "-",
      "é",
      "😀",
      "*",
      "*",
      "**",
      "?",
      "/",
      "/",
      "[ab]",
      "[!a]",
      "[^b/]",
    ];
    pieces.push(
      "[a-c]",
      "[]a]",
      "[!]]",
      "[b-]",
      "[[:alpha:]]",
      "[[:digit:]b]",
      "\\*",
      "\\a",
      "\\[",
      " ",
    );
    pieces.push("[a\\]]", "[\\a-b]", "[", "[[:no:]]", "]", "\\ ", "***", "#", "!", "[a-", "\\");
    const names = [
      "a",
      "b",
      "ab",
      "ba",
      "abb",
      "*",
      "[",
      "é",
      "😀",
      "a b",
      "]",
      "-",
      "c1",
      "#",
      "!",
      "a ",
    ];
    const root = tempFolder();
    execFileSync("git", ["init", "-q"], { cwd: root });
    const files = new Map<string, IgnoreFile>();
    const texts = new Map<string, string>();
    const asked: string[] = [];
    for (let index = 0; index < 400; index += 1) {
      const folder = `d${index}`;
      const lines = Array.from({ length: index % 2 === 0 ? 1 : 3 }, () => {
        const pattern = Array.from({ length: 1 + Math.floor(random() * 5) }, () => pick(pieces));
        return (random() < 0.15 ? "!" : "") + pattern.join("") + (random() < 0.15 ? "/" : "");
      });
      const text = `${lines.join("\n")}\n`;
      writeTree(root, { [`${folder}/.gitignore`]: text });
      files.set(folder, new IgnoreFile(text));
      texts.set(folder, text);
      for (let count = 0; count < 25; count += 1) {
        const depth = 1 + Math.floor(random() * 4);
        asked.push(`${folder}/${Array.from({ length: depth }, () => pick(names)).join("/")}`);
      }
    }
    const said = execFileSync("git", ["check-ignore", "--no-index", "-z", "--stdin", "-v", "-n"], {
      cwd: root,
      input: asked.join("\0"),
      encoding: "utf8",
      maxBuffer: 1e8,
    }).split("\0");
    let ignored = 0;
    for (const [at, path] of asked.entries()) {
      // Four fields a path: file, line, pattern, path. A pattern that brings back ignores nothing.
      const [source, , pattern = ""] = said.slice(at * 4, at * 4 + 4);
      const byGit = source !== "" && !pattern.startsWith("!");
      const slash = path.indexOf("/");
      const file = files.get(path.slice(0, slash)) as IgnoreFile;
      const ours = isIgnored(file, path.slice(slash + 1));
      if (byGit) ignored += 1;
      const rules = JSON.stringify(texts.get(path.slice(0, slash)));
      expect(ours, `${path} by ${pattern || "nothing"} of ${rules}`).toBe(byGit);
    }
    expect(ignored).toBeGreaterThan(1_000);
  });

  it("reads what people write", () => {
    const rules = new IgnoreFile(
      "# a comment\n\\#not\nnode_modules\n*.log\r\n!keep.log\n/top\nbuild/\ndoc/**/*.pdf\nspace\\ \nplain   \n",
    );
    const expected: [string, boolean | undefined][] = [
      ["#not", true],
      ["a/node_modules/", true],
      ["node_modules", true],
      ["x.log", true],
      ["a/b/x.log", true],
      ["keep.log", false],
      ["top", true],
      ["a/top", undefined],
      ["build/", true],
      ["build", undefined],
      ["doc/a.pdf", true],
      ["doc/a/b/c.pdf", true],
      ["doc.pdf", undefined],
      ["space ", true],
      ["plain", true],
      ["", undefined],
    ];
    for (const [path, answer] of expected) expect(rules.test(path), path).toBe(answer);
    expect(new IgnoreFile("Build\n*.LOG\n[a-c]x\n", { ignoreCase: true }).test("a/BUILD")).toBe(
      true,
    );
    expect(new IgnoreFile("*.LOG\n", { ignoreCase: true }).test("a.log")).toBe(true);
    expect(new IgnoreFile("[A-C]x\n", { ignoreCase: true }).test("bX")).toBe(true);
    expect(new IgnoreFile("\n# only\n   \n").isEmpty).toBe(true);
  });

  it.each([
    ["stars in a name", "*a*a*a*a*a*a*a*a*a*b\n", "a"],
    ["stars across folders", "**/a/**/a/**/a/**/a/**/a/b\n", "a/"],
    ["classes", "[!b]*[!b]*[!b]*[!b]*[!b]*b\n", "a"],
    ["a rule for each name", "*a*b\n".repeat(300), "a"],
  ])("takes time in proportion to the path: %s", (_, text, letter) => {
    const rules = new IgnoreFile(text);
    expect(rules.test(`${letter.repeat(50)}c`)).toBeUndefined();
    const grown = growth((size) => {
      const path = `${letter.repeat(size / letter.length)}c`;
      return () => void rules.test(path);
    }, 4_000);
    expect(grown).toBeLessThan(mostGrowth);
  });

  it("leaves out patterns beyond its bounds, and says how many", () => {
    const long = `*${"a".repeat(2_000)}*b`;
    const rules = new IgnoreFile(`${long}\nplain\n${"*x?y*z\n".repeat(20_000)}`);
    expect(rules.leftOut).toBeGreaterThan(5_000);
    expect(rules.test("plain")).toBe(true);
    expect(rules.test("axbyz")).toBe(true);
    // Names cost nothing, however many there are.
    const names = Array.from({ length: 50_000 }, (_, index) => `name${index}`).join("\n");
    expect(new IgnoreFile(names).leftOut).toBe(0);
    expect(new IgnoreFile(names).test("a/name49999")).toBe(true);
  });
});

describe("on disks of other systems", () => {
  it("takes upper and lower case, and both forms of an accent, for the same when it is told to", () => {
    const text = "Build/\r\n*.LOG\r\nb\u00fccher.txt\r\n";
    const both = new IgnoreFile(text, { ignoreCase: true, composes: true });
    for (const path of ["build/", "a/x.log", "bu\u0308cher.txt", "B\u00fcCHER.TXT"]) {
      expect(both.test(path), path).toBe(true);
    }
    const plain = new IgnoreFile(text);
    for (const path of ["build/", "a/x.log", "bu\u0308cher.txt"]) {
      expect(plain.test(path), path).toBeUndefined();
    }
    expect(plain.test("Build/")).toBe(true);
    expect(plain.test("b\u00fccher.txt")).toBe(true);
  });
});
