/* A made-up source tree: many small files of several languages, and a few large ones. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { work } from "../common.ts";

const nouns = [
  "order",
  "user",
  "cache",
  "token",
  "page",
  "query",
  "chunk",
  "lock",
  "price",
  "route",
];
const verbs = [
  "load",
  "store",
  "parse",
  "merge",
  "split",
  "check",
  "send",
  "count",
  "find",
  "drop",
];

const writers: Readonly<Record<string, (name: string, noun: string, i: number) => string>> = {
  py: (name, noun, i) =>
    `def ${name}(${noun}, limit=${i}):\n    """Returns what is left of the ${noun} after ${i} steps."""\n    left = [one for one in ${noun} if one.size < limit]\n    return sorted(left, key=lambda one: one.rank * ${i})\n\n\n`,
  ts: (name, noun, i) =>
    `/** Keeps the ${noun} below a limit. */\nexport function ${name}(${noun}: readonly number[], limit = ${i}): number[] {\n  return ${noun}.filter((one) => one < limit).map((one) => one * ${i});\n}\n\n`,
  go: (name, noun, i) =>
    `// ${name} counts every ${noun} above the limit.\nfunc ${name}(${noun} []int) int {\n\tcount := 0\n\tfor _, one := range ${noun} {\n\t\tif one > ${i} {\n\t\t\tcount++\n\t\t}\n\t}\n\treturn count\n}\n\n`,
  sh: (name, noun, i) =>
    `# Prints each ${noun}.\n${name}() {\n  local ${noun}="$1"\n  for one in $(seq ${i % 90}); do\n    echo "$${noun} $one"\n  done\n}\n\n`,
  cpp: (name, noun, i) =>
    `// Adds up the ${noun}.\nint ${name}(const std::vector<int>& ${noun}) {\n  int sum = ${i};\n  for (const int one : ${noun}) sum += one;\n  return sum;\n}\n\n`,
  md: (name, noun, i) =>
    `## ${name}\n\nThe ${noun} is looked at ${i} times before it is given back to its owner.\n\n`,
};

const kinds = Object.keys(writers);

/** Definitions of one file. */
function content(kind: string, file: number, definitions: number): string {
  let text = kind === "go" ? "package made\n\n" : "";
  for (let at = 0; at < definitions; at += 1) {
    const i = file * 7 + at;
    const noun = nouns[i % nouns.length] as string;
    const name = `${verbs[(i * 3) % verbs.length]}_${noun}_${i}`;
    text += writers[kind]?.(name, noun, i) ?? "";
  }
  return text;
}

/** The folder of a tree of so many files, made once. Every 250th file is large. */
export function madeUpTree(files: number): string {
  const folder = join(work, `made-up-${files}`);
  if (existsSync(join(folder, "done"))) return folder;
  rmSync(folder, { recursive: true, force: true });
  for (let i = 0; i < files; i += 1) {
    const kind = kinds[i % kinds.length] as string;
    const path = join(folder, `part${i % 40}`, `file${i}.${kind}`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content(kind, i, i % 250 === 249 ? 60 : 1 + (i % 2)));
  }
  writeFileSync(join(folder, "done"), "");
  return folder;
}
