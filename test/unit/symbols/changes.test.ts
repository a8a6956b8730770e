/* Which definitions differ between two states of files, parsed by the real grammars. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { languageOf } from "../../../src/indexing/read/language.ts";
import { type FileState, touchedDefinitions } from "../../../src/symbols/graph/changes.ts";
import { grammarsFolder } from "../../../src/syntax/grammars.ts";
import { TreeSitterParser } from "../../../src/syntax/parser.ts";

let parser: TreeSitterParser;

beforeAll(() => {
  parser = new TreeSitterParser({ grammars: grammarsFolder() });
});

afterAll(() => parser.close());

async function state(path: string, text: string): Promise<FileState> {
  const outcome = await parser.parse({ path, language: languageOf(path), text });
  if (!("parsed" in outcome)) throw new Error(outcome.failed);
  return { path, text, definitions: outcome.parsed.definitions };
}

async function touched(before: Record<string, string>, after: Record<string, string>) {
  const paths = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const changes = await Promise.all(
    paths.map(async (path) => ({
      before: before[path] === undefined ? undefined : await state(path, before[path]),
      after: after[path] === undefined ? undefined : await state(path, after[path]),
    })),
  );
  return touchedDefinitions(changes).map(
    ({ change, path, container, name, kind }) =>
      `${change} ${path} ${container === "" ? "" : `${container}.`}${name || kind}`,
  );
}

const text = `import os


class Lamp:
    """A lamp."""

    size = 1

    def on(self):
        return os.getpid()

    def off(self):
        return 0


def lonely():
    return 2
`;

it.each<[string, string, string[]]>([
  ["a member", text.replace("return 0", "return 7"), ["changed a.py Lamp.off"]],
  ["the class and no member", text.replace("A lamp.", "A lantern."), ["changed a.py Lamp"]],
  [
    "white space and line ends alone",
    text.replaceAll("\n", "\r\n").replace("return 2", "return 2   "),
    [],
  ],
  ["lines above alone", `# A comment\n\n${text}`, ["changed a.py file"]],
  ["a name", text.replace("def lonely", "def alone"), ["removed a.py lonely", "added a.py alone"]],
  [
    "a new member",
    text.replace("    def off", "    def dim(self):\n        return 1\n\n    def off"),
    ["added a.py Lamp.dim"],
  ],
])("sees %s", async (_, later, expected) => {
  expect((await touched({ "a.py": text }, { "a.py": later })).sort()).toEqual(expected.sort());
});

it("takes what left one file and stands in another for moved", async () => {
  const [head, tail] = text.split("\n\n\ndef lonely") as [string, string];
  const moved = await touched(
    { "a.py": text, "b.py": "x = 1\n" },
    { "a.py": `${head}\n`, "b.py": `x = 1\n\n\ndef lonely${tail}` },
  );
  expect(moved).toEqual(["moved b.py lonely"]);
});

it("names what came and what went with a file", async () => {
  expect(await touched({ "a.py": "def one():\n    pass\n" }, {})).toEqual(["removed a.py one"]);
  expect(await touched({}, { "a.py": "def one():\n    pass\n" })).toEqual(["added a.py one"]);
});
