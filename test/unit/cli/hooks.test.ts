/* What a hook makes of its words and of the commands a model is about to run. */
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { grepIn, questionOf } from "../../../src/cli/hooks/grep-words.ts";
import { readInput } from "../../../src/cli/hooks/hook-input.ts";
import { readWords } from "../../../src/cli/hooks/run-hook.ts";

const bash = (command: string): ReturnType<typeof grepIn> => grepIn("Bash", { command });

describe("the words of a shell", () => {
  it("are searched for greps that read files", () => {
    for (const [command, pattern, path] of [
      ["grep -rn foo src", "foo", "src"],
      ["grep -rn --include='*.ts' -A 3 'two words' .", "two words", "."],
      ['cd a && rg -t ts "class Foo" lib', "class Foo", "lib"],
      ["git grep -n handleError", "handleError", undefined],
      ["/usr/bin/egrep -e one -e two x", "one", "x"],
      ["false || ag foo", "foo", undefined],
      ["ls; grep -- -v file", "-v", "file"],
      ["(grep foo\\ bar)", "foo bar", undefined],
      ['grep -rn "say \\"hi\\"" .', 'say "hi"', "."],
      ["find . -name x\ngrep foo y", "foo", "y"],
    ] as const) {
      expect(bash(command), command).toEqual({ pattern, path });
    }
  });

  it("are left alone where nothing of the project is searched", () => {
    for (const command of [
      "ps | grep x",
      "echo grep foo",
      "ls",
      "",
      "grep",
      "'grep foo'",
      "a".repeat(5_000),
    ]) {
      expect(bash(command), command).toBeUndefined();
    }
    expect(grepIn("Bash", { command: 7 })).toBeUndefined();
    expect(grepIn("Read", { pattern: "x" })).toBeUndefined();
    expect(grepIn("Grep", {})).toBeUndefined();
  });
});

describe("what is asked in the place of a pattern", () => {
  it("is a name, or words", () => {
    for (const [pattern, text, isName] of [
      ["parseConfig", "parseConfig", true],
      ["\\bparseConfig\\b", "parseConfig", true],
      ["function parseConfig\\(", "parseConfig", true],
      ["def parse_config", "parse_config", true],
      ["class Größe", "Größe", true],
      ["retry|backoff", "retry backoff", false],
      ["TODO: fix the.*parser", "TODO fix the parser", false],
    ] as const) {
      expect(questionOf(pattern), pattern).toEqual({ text, isName });
    }
    for (const pattern of [
      "",
      "a",
      "ab",
      "[0-9]+",
      "^\\s*$",
      "=>",
      "\\d{3}-\\d{4}",
      "(?<=x).{9,}",
    ]) {
      expect(questionOf(pattern), pattern).toBeUndefined();
    }
  });
});

describe("the words of a hook", () => {
  it("are within bounds, and unknown ones are none", () => {
    const usual = { hook: "grep", client: "x", maxTokens: 1_500, deadlineMs: 5_000 };
    expect(readWords(["grep", "--client", "x"])).toEqual(usual);
    expect(readWords(["grep", "--client", "x", "--max-tokens", "9e9"])?.maxTokens).toBe(3_000);
    expect(readWords(["grep", "--client", "x", "--max-tokens", "x"])?.maxTokens).toBe(400);
    expect(readWords(["grep", "--client", "x", "--deadline-ms", "-1"])?.deadlineMs).toBe(100);
    for (const words of [[], ["x"], ["grep", "x"], ["grep", "--x", "y"]]) {
      expect(readWords(words)).toBeUndefined();
    }
  });
});

describe("what a client sends", () => {
  it("is read whole, and is nothing where it is no object, too long or never ends", async () => {
    const read = (...pieces: string[]) =>
      readInput(Readable.from(pieces.map((one) => Buffer.from(one))), 500);
    expect(await read('{"cwd":"/a",', '"session_id":"s","tool_input":[]}')).toEqual({
      cwd: "/a",
      session: "s",
      source: "",
      tool: "",
      toolInput: [],
    });
    expect((await read('{"workspace_roots":["/w"],"cwd":"/c"}'))?.cwd).toBe("/w");
    expect((await read('{"cwd":7,"source":null}'))?.cwd).toBeUndefined();
    for (const text of ["", "[1]", "null", "{", '"x"']) expect(await read(text)).toBeUndefined();
    expect(await read(`{"a":"${"x".repeat(8_000_000)}"}`)).toBeUndefined();
    expect(await readInput(new Readable({ read: () => undefined }), 50)).toBeUndefined();
  });
});
