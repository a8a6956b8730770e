import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { grammarFile, grammarsFolder } from "../../../src/syntax/grammars.ts";
import { TreeSitterParser } from "../../../src/syntax/parser.ts";

let parser: TreeSitterParser | undefined;
let scratch: string;

beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "haypile-parser-"));
});

afterEach(async () => {
  await parser?.close();
  rmSync(scratch, { recursive: true, force: true });
});

function make(options: Partial<ConstructorParameters<typeof TreeSitterParser>[0]> = {}) {
  parser = new TreeSitterParser({ grammars: grammarsFolder(), ...options });
  return parser;
}

const python = (text: string) => ({ path: "a.py", language: "python", text });
const namesOf = async (made: TreeSitterParser, text: string): Promise<string[] | string> => {
  const outcome = await made.parse(python(text));
  return "failed" in outcome ? outcome.failed : outcome.parsed.definitions.map(({ name }) => name);
};

describe("TreeSitterParser", () => {
  it("starts no process before the first file, and none for languages without a grammar", async () => {
    const made = make();
    expect(await made.parse({ path: "a.txt", language: "text", text: "hello" })).toEqual({
      failed: "no-grammar",
    });
    expect(await made.parse({ path: "a.md", language: "markdown", text: "# A\n" })).toHaveProperty(
      "parsed",
    );
    expect(made.pids).toEqual([]);
    expect(await namesOf(made, "def a(): pass\n")).toEqual(["a"]);
    expect(made.pids).toHaveLength(1);
  });

  it("keeps files and answers together, however many wait", async () => {
    const made = make();
    const results = await Promise.all(
      Array.from({ length: 200 }, (_, i) => namesOf(made, `def f${i}():\n    pass\n`)),
    );
    expect(results).toEqual(Array.from({ length: 200 }, (_, i) => [`f${i}`]));
  });

  it("goes on after its process was killed, and loses nothing", async () => {
    const made = make();
    await namesOf(made, "def a(): pass\n");
    const [pid] = made.pids;
    const waiting = Array.from({ length: 50 }, (_, i) => namesOf(made, `def g${i}(): pass\n`));
    process.kill(pid as number, "SIGKILL");
    const results = await Promise.all(waiting);
    expect(results).toEqual(Array.from({ length: 50 }, (_, i) => [`g${i}`]));
    expect(await namesOf(made, "def b(): pass\n")).toEqual(["b"]);
  });

  it("gives up on a file that takes too much work, and goes on with the next", async () => {
    const slow = "def f(a):\n    return [a + 1, {2: 3}, (4, 5)]\n".repeat(20_000);
    const made = make({ mostSteps: 50 });
    expect(await namesOf(made, slow)).toBe("too-slow");
    expect(await namesOf(made, "def a(): pass\n")).toEqual(["a"]);
    await made.close();
    // In steps it is the same work every time; the default leaves room for several times as much.
    expect(await namesOf(make(), slow)).toHaveLength(20_000);
  });

  it("counts CPU time where single steps take long", async () => {
    const slow = "def f(a):\n    return [a + 1, {2: 3}, (4, 5)]\n".repeat(20_000);
    const made = make({ mostCpuMs: 1 });
    expect(await namesOf(made, slow)).toBe("too-slow");
    expect(await namesOf(made, "def a(): pass\n")).toEqual(["a"]);
  });

  it("tries a file again when its process was killed, and blames it at the second time", async () => {
    const made = make();
    await namesOf(made, "def a(): pass\n");
    const slow = "def f(a):\n    return [a + 1, {2: 3}, (4, 5)]\n".repeat(20_000);
    const kill = async (): Promise<void> => {
      while (made.pids.length === 0) await new Promise((done) => setTimeout(done, 5));
      process.kill(made.pids[0] as number, "SIGKILL");
    };
    const once = namesOf(made, slow);
    await kill();
    expect(await once).toHaveLength(20_000);
    const twice = namesOf(made, slow);
    const [first] = made.pids;
    await kill();
    while (made.pids[0] === undefined || made.pids[0] === first) {
      await new Promise((done) => setTimeout(done, 5));
    }
    await kill();
    expect(await twice).toBe("parser-died");
    expect(await namesOf(made, "def a(): pass\n")).toEqual(["a"]);
  });

  it("leaves long texts alone", async () => {
    expect(await namesOf(make({ maxChars: 100 }), `x = "${"a".repeat(100)}"\n`)).toBe("too-large");
  });

  it("does without a missing or damaged grammar, and keeps the others", async () => {
    const fileOf = (name: string): string => grammarFile(scratch, name);
    for (const name of ["python", "json", "toml", "css"]) {
      cpSync(grammarFile(grammarsFolder(), name), fileOf(name));
    }
    const whole = readFileSync(fileOf("json"));
    writeFileSync(fileOf("json"), whole.subarray(0, whole.length / 2));
    writeFileSync(fileOf("toml"), brotliCompressSync(Buffer.alloc(65_000_000)));
    writeFileSync(fileOf("css"), brotliCompressSync("this is no WebAssembly"));
    const made = make({ grammars: scratch });
    const file = (path: string, language: string, text: string) => ({ path, language, text });
    for (const name of ["json", "toml", "css"]) {
      const outcome = await made.parse(file(`a.${name}`, name, "{}"));
      expect(outcome, name).toEqual({ failed: "grammar-failed" });
    }
    expect(await made.parse(file("a.go", "go", "package a"))).toEqual({ failed: "grammar-failed" });
    expect(await namesOf(made, "def a(): pass\n")).toEqual(["a"]);
  });

  it("does without a folder of grammars", async () => {
    expect(await namesOf(make({ grammars: join(scratch, "none") }), "x = 1\n")).toBe(
      "grammar-failed",
    );
  });

  it("takes broken syntax, and says so", async () => {
    const outcome = await make().parse(python("def a(:\n  )))\n\nclass B:\n    pass\n"));
    expect(outcome).toMatchObject({ parsed: { hasErrors: true } });
  });

  it.each([
    ["nothing", ""],
    ["a lone surrogate", "x = '\ud800'\n"],
    ["a NUL", "x = 1\u0000\n"],
    ["deep nesting", `${"(".repeat(5000)}${")".repeat(5000)}\n`],
    ["one long line", `x = [${"1, ".repeat(100_000)}]\n`],
    ["carriage returns", "def a():\r\n    pass\r\n"],
  ])("answers for %s", async (_, text) => {
    const outcome = await make().parse(python(text));
    expect("parsed" in outcome || "failed" in outcome).toBe(true);
    expect(await namesOf(parser as TreeSitterParser, "def after(): pass\n")).toEqual(["after"]);
  });

  it("with one process for all grammars, hands over to a new one when it is full, and loses nothing", async () => {
    // Any process that has parsed is above one byte: each file fills it.
    const made = make({ oneProcessBytes: 1 });
    const outcomes = await Promise.all(
      Array.from({ length: 5 }, (_, i) =>
        i % 2 === 0
          ? made.parse(python(`def name${i}(): pass\n`))
          : made.parse({ path: "a.sh", language: "shell", text: `name${i}() { true; }\n` }),
      ),
    );
    const names = outcomes.map((one) =>
      "failed" in one ? one.failed : one.parsed.definitions.map(({ name }) => name).join(),
    );
    expect(names).toEqual(["name0", "name1", "name2", "name3", "name4"]);
    expect(made.pids.length).toBeLessThanOrEqual(1);
  });

  it("rests only when nobody waits for it", async () => {
    const made = make();
    const waiting = namesOf(made, "def a(): pass\n");
    // The end of another run over the same parser: until issue 11 it cost this file its definitions.
    await made.rest();
    expect(await waiting).toEqual(["a"]);
    await made.rest();
    expect(made.pids).toEqual([]);
  });

  it("rests and starts again; closed it fails", async () => {
    const made = make();
    await namesOf(made, "x = 1\n");
    const [pid] = made.pids;
    await made.rest();
    expect(made.pids).toEqual([]);
    expect(() => process.kill(pid as number, 0)).toThrow();
    expect(await namesOf(made, "def a(): pass\n")).toEqual(["a"]);
    const cut = namesOf(made, "x = 1\n");
    const closed = { code: "HAYPILE_CLOSED" };
    const failing = expect(cut).rejects.toMatchObject(closed);
    await made.close();
    await failing;
    await made.close();
    await expect(namesOf(made, "x = 1\n")).rejects.toMatchObject(closed);
  });
});
