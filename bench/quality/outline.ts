/*
 * Definitions against universal-ctags on a real tree, each way: of what ctags tags, how much does the outline name at
 * that line; and the other way round. ctags is no truth: it knows fewer forms, and it has its own faults.
 *
 *   node bench/quality/outline.ts --tree DIR [--most 500] [--language go] [--missing 10]
 *
 * --most files a language; --missing prints so many that only ctags has, a language and kind.
 */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { languageOf } from "../../src/indexing/read/language.ts";
import { grammarsFolder } from "../../src/syntax/grammars.ts";
import { TreeSitterParser } from "../../src/syntax/parser.ts";
import { argument, printMachine, say } from "../common.ts";
import { debianTree } from "../tree.ts";

const tree = argument("--tree") ?? debianTree();
const most = Number(argument("--most", "500"));
const only = argument("--language");
const shown = Number(argument("--missing", "0"));
const mostBytes = 400_000;
/** What is of a function alone, or no definition here. */
const leftOut: ReadonlySet<string> = new Set([
  "local",
  "label",
  "parameter",
  "unknown",
  "package", // of Go and Java: a file's own, here a declaration
  "packageName",
  "header",
  "script",
  "alias", // of imports
  "implementation",
  "anonMember",
  "stylesheet",
]);

interface Tag {
  name: string;
  kind: string;
  line: number;
}

if (spawnSync("ctags", ["--version"]).error !== undefined) {
  say(
    "universal-ctags is not installed (apt-get install universal-ctags): nothing to compare with.",
  );
  process.exit(0);
}
printMachine();

const files = new Map<string, string[]>();
function collect(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) collect(path);
    else if (entry.isFile()) {
      const language = languageOf(path);
      const list = files.get(language) ?? [];
      if ((only === undefined || only === language) && list.length < most) {
        if (statSync(path).size <= mostBytes) files.set(language, [...list, path]);
      }
    }
  }
}
collect(tree);

function tagsOf(paths: readonly string[]): Map<string, Tag[]> {
  const run = spawnSync(
    "ctags",
    ["--fields=KnF", "--sort=no", "--pseudo-tags=", "-L", "-", "-f", "-"],
    { input: paths.join("\n"), encoding: "utf8", maxBuffer: 1 << 30 },
  );
  const tags = new Map<string, Tag[]>();
  for (const line of run.stdout.split("\n")) {
    const [name, path] = line.split("\t", 2);
    const found = /;"\t(?:file:\t)?([^\t]+)\t(?:.*\t)?line:(\d+)/.exec(line);
    if (name === undefined || path === undefined || found === null) continue;
    const tag = {
      name: name.replaceAll("\\\\", "\\"),
      kind: found[1] as string,
      line: Number(found[2]),
    };
    if (leftOut.has(tag.kind) || /^(__anon|anonymous|<lambda>)/i.test(tag.name)) continue;
    tags.set(path, [...(tags.get(path) ?? []), tag]);
  }
  return tags;
}

const parser = new TreeSitterParser({ grammars: grammarsFolder() });
const bare = (name: string): string => name.replace(/^[$@&:.#]+|[\s"'`]+/g, "");

for (const [language, paths] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) {
  if (!parser.knows(language)) continue;
  const tags = tagsOf(paths);
  let theirs = 0;
  let both = 0;
  let ours = 0;
  let confirmed = 0;
  const missing = new Map<string, string[]>();
  const kinds = new Map<string, { all: number; good: number }>();
  for (const path of paths) {
    const listed = tags.get(path) ?? [];
    const text = readFileSync(path, "utf8");
    const outcome = await parser.parse({ path, language, text });
    const definitions = "parsed" in outcome ? outcome.parsed.definitions : [];
    const places = new Map<string, [number, number][]>();
    for (const { name, startLine, headLine, endLine } of definitions) {
      const key = bare(name);
      const end = Math.min(endLine, headLine + 8);
      places.set(key, [...(places.get(key) ?? []), [startLine, end]]);
    }
    const isFound = ({ name, line }: Tag): boolean =>
      [name, name.split(/::|\./).pop() as string].some((one) =>
        places.get(bare(one))?.some(([from, to]) => from <= line && line <= to),
      );
    const lines = new Set(listed.map(({ name, line }) => `${line} ${bare(name)}`));
    for (const tag of listed) {
      const good = isFound(tag);
      theirs += 1;
      both += good ? 1 : 0;
      const row = kinds.get(tag.kind) ?? { all: 0, good: 0 };
      kinds.set(tag.kind, { all: row.all + 1, good: row.good + (good ? 1 : 0) });
      if (good) continue;
      const list = missing.get(tag.kind) ?? [];
      missing.set(tag.kind, list);
      if (list.length < shown) list.push(`${path.slice(tree.length + 1)}:${tag.line} ${tag.name}`);
    }
    for (const { name, headLine } of definitions) {
      ours += 1;
      confirmed += [-1, 0, 1, 2].some((by) => lines.has(`${headLine + by} ${bare(name)}`)) ? 1 : 0;
    }
  }
  if (theirs === 0) continue;
  const part = (good: number, all: number): string =>
    `${((100 * good) / Math.max(1, all)).toFixed(1)} % of ${all}`;
  say(
    `${language}: ${paths.length} files; of the tags of ctags ${part(both, theirs)}; of ours ctags has ${part(confirmed, ours)}`,
  );
  for (const [kind, { all, good }] of [...kinds].sort(([, a], [, b]) => b.all - a.all)) {
    say(`  ${kind}: ${part(good, all)}`);
    for (const one of missing.get(kind) ?? []) say(`    ${one}`);
  }
}
await parser.close();
