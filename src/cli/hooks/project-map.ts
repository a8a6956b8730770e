/* A map of a project for the beginning of a session: files with the most definitions of their own, as folders hold them. */
import { pathTraits } from "../../base/paths/path-traits.ts";
import { isSecretPath } from "../../base/paths/secret-paths.ts";
import type { Fenced } from "../../mcp/answer/fence.ts";
import { cutToTokens, oneLine, tokensOf } from "../../mcp/answer/visible-text.ts";
import type { FileOutline } from "../../ports/answers/definitions.ts";
import type { CodeIndex } from "../../ports/haypile.ts";

const mostFiles = 1_500;
const namesOfFile = 8;
/** A map of fewer tokens says nothing. */
const leastTokens = 40;

/** What a reader looks for: not the variables and headings of a file. */
const left: ReadonlySet<string> = new Set(["variable", "section", "key", "property", "field"]);

/** @returns undefined where nothing is indexed that has definitions, or there is no room */
export async function mapOf(code: CodeIndex, budget: number): Promise<Fenced | undefined> {
  if (budget < leastTokens) return undefined;
  const { files, filesLeftOut } = await code.outline("", { maxFiles: mostFiles, depth: 0 });
  const best = files
    .filter(({ path }) => !isSecretPath(path) && isSource(path))
    .map((file) => ({ path: file.path, names: namesOf(file) }))
    .filter(({ names }) => names.length > 0)
    .sort((a, b) => b.names.length - a.names.length || a.path.localeCompare(b.path));
  const lines: { path: string; line: string }[] = [];
  let room = budget;
  for (const { path, names } of best) {
    const more = names.length > namesOfFile ? ", …" : "";
    const line = `${oneLine(path, 200)}: ${names.slice(0, namesOfFile).join(", ")}${more}`;
    const cost = tokensOf(`${line}\n`);
    if (cost > room) break;
    lines.push({ path, line });
    room -= cost;
  }
  if (lines.length === 0) return undefined;
  const text = lines
    .sort((a, b) => a.path.localeCompare(b.path))
    .map(({ line }) => line)
    .join("\n");
  const total = files.length + filesLeftOut;
  const head = `map: ${lines.length} of ${total} files of the index, with their definitions`;
  return { head, text: cutToTokens(text, budget) };
}

function isSource(path: string): boolean {
  const { isTest, isVendored, isGenerated } = pathTraits(path);
  return !isTest && !isVendored && !isGenerated;
}

function namesOf({ definitions }: FileOutline): string[] {
  const names = definitions.filter(({ kind }) => !left.has(kind)).map(({ name }) => name);
  return [...new Set(names)].map((name) => oneLine(name, 60));
}
