/*
 * A document of a SCIP index against the text it is said to be of. Nothing in SCIP says which state of a file a document
 * was made of, so each of its places has to spell the name it stands for; what does not is left out, and a document of
 * which too much does not is of another state of the file, whole.
 */
import { hash32 } from "../../base/text/names.ts";
import {
  type ExactDefinition,
  type ExactFile,
  type ExactInherit,
  type ExactLine,
  type ExactUses,
  exactHows,
} from "../../ports/answers/exact-uses.ts";
import type { ScipDocument, ScipEncoding, ScipOccurrence } from "./read-index.ts";
import { readSymbol, type SymbolName } from "./symbol-name.ts";

/**
 * Places that may not fit before a document counts as one of another text: a tenth. Indexers give a few places that
 * stand for nothing in the text (docs/decisions/0174-scip-indexes.md).
 */
const mostUnfit = 0.1;

export type Matched = Pick<ExactFile, "isWhole" | "definitions" | "uses" | "inherits"> & {
  /** Places that did not fit, of those compared. */
  unfit: number;
  compared: number;
};

/** Undefined: the document is of another text. @param aliases what the file's imports call things by */
export function matchDocument(
  document: ScipDocument,
  text: string,
  aliases: ReadonlySet<string>,
): Matched | undefined {
  const lines = text.split(/\r\n|\n|\r/u);
  const imports = importLines(lines);
  const names = document.symbols.map(readSymbol);
  const definitions: ExactDefinition[] = [];
  const uses: UsesByKey = new Map();
  let compared = 0;
  let unfit = 0;
  let hasEnd = true;
  for (const one of document.occurrences) {
    const symbol = names[one.symbol];
    if (symbol === undefined) continue;
    const isOfFile = one.line === one.endLine && one.start === one.end;
    if (isOfFile || isUnspelled(symbol)) {
      if (one.line >= lines.length) hasEnd = false;
      continue;
    }
    compared += 1;
    const spot = spotOf(one, symbol, lines, document.encoding, aliases);
    if (spot === undefined) {
      unfit += 1;
      continue;
    }
    if (symbol.sort === "parameter" || symbol.sort === "type-parameter") continue;
    // A constructor has the name by which it is called.
    const name = symbol.ownerKey === undefined ? atHome(symbol) : spot.text;
    const line = one.line + 1;
    if (one.isDefinition) definitions.push({ symbol: symbol.key, name, line });
    else {
      const isCall = callFollows.test((lines[one.line] as string).slice(spot.end));
      const how = isCall ? "call" : imports.has(one.line) ? "import" : "other";
      // Whoever calls a constructor uses the class.
      for (const key of [symbol.key, symbol.ownerKey]) {
        if (key !== undefined) note(uses, key, name, line, how);
      }
    }
  }
  if (unfit > compared * mostUnfit || !hasEnd) return undefined;
  return {
    isWhole: unfit === 0,
    definitions,
    uses: [...uses].map(
      ([symbol, { nameHash, lines: on }]): ExactUses => ({
        symbol,
        nameHash,
        lines: [...on].sort(([a], [b]) => a - b).map(([line, how]) => ({ line, how })),
      }),
    ),
    inherits: inheritsOf(document),
    unfit,
    compared,
  };
}

type UsesByKey = Map<number, { nameHash: number; lines: Map<number, ExactLine["how"]> }>;

function note(
  uses: UsesByKey,
  key: number,
  name: string,
  line: number,
  how: ExactLine["how"],
): void {
  let known = uses.get(key);
  if (known === undefined) {
    known = { nameHash: hash32(name), lines: new Map() };
    uses.set(key, known);
  }
  const before = known.lines.get(line);
  if (before === undefined || exactHows.indexOf(how) < exactHows.indexOf(before)) {
    known.lines.set(line, how);
  }
}

/** Lines of statements that import, by how they begin, with those that a bracket goes on to. 0-based. */
function importLines(lines: readonly string[]): ReadonlySet<number> {
  const found = new Set<number>();
  for (let at = 0; at < lines.length; at += 1) {
    if (!importBegins.test(lines[at] as string)) continue;
    let open = 0;
    for (const last = at + mostImportLines; at < Math.min(lines.length, last); at += 1) {
      found.add(at);
      const line = lines[at] as string;
      open += (line.match(/[({]/gu)?.length ?? 0) - (line.match(/[)}]/gu)?.length ?? 0);
      if (open <= 0) break;
    }
  }
  return found;
}

const mostImportLines = 200;
const importBegins =
  /^\s*(?:import\b(?!\s*[(.])|from\s+\S+\s+import\b|export\s+(?:type\s+)?(?:\*|\{[^}]*(?:\}\s*from\b|$))|(?:pub(?:\([^)]*\))?\s+)?use\s|using\s+[\w.:= ]+;|#\s*include\b)/u;

function inheritsOf({ inherits }: ScipDocument): ExactInherit[] {
  return inherits.flatMap(({ symbol, from }) => {
    const own = readSymbol(symbol);
    const other = readSymbol(from);
    return own === undefined || other === undefined ? [] : [{ symbol: own.key, from: other.key }];
  });
}

/** Files and packages, which a text names by paths. */
function isUnspelled({ sort, name }: SymbolName): boolean {
  return sort === "namespace" || (sort === "meta" && name === "__init__");
}

/** Names that scip-typescript gives to keys of object literals have a number behind them. */
function atHome({ sort, name }: SymbolName): string {
  return sort === "meta" ? name.replace(/\d+$/u, "") : name;
}

/** "(", also behind type arguments and the sign of a macro. */
const callFollows = /^\s*!?\s*(?:::)?(?:<[\w\s,.:[\]<>|&?]*>)?\s*\(/u;

/** What stands there and where it ends in its line, UTF-16 units; undefined: it is something else. */
function spotOf(
  one: ScipOccurrence,
  symbol: SymbolName,
  lines: readonly string[],
  encoding: ScipEncoding,
  aliases: ReadonlySet<string>,
): { text: string; end: number } | undefined {
  const line = lines[one.line];
  if (line === undefined || one.endLine !== one.line) return undefined;
  for (const counted of encoding === 0 ? ([2, 1, 3] as const) : [encoding]) {
    const start = unitsAt(line, one.start, counted);
    const end = unitsAt(line, one.end, counted);
    if (start === undefined || end === undefined || end <= start) continue;
    if (spells(line, start, end, symbol, aliases)) return { text: line.slice(start, end), end };
    // All count alike.
    if (isAscii(line)) break;
  }
  return undefined;
}

function spells(
  line: string,
  start: number,
  end: number,
  symbol: SymbolName,
  aliases: ReadonlySet<string>,
): boolean {
  const text = line.slice(start, end);
  const name = atHome(symbol);
  const bare = text.replace(/^(?:r#|[#@$:~"'`[]+)|["'`\]]+$/gu, "");
  if (text === name || bare === name || text === symbol.name) return true;
  // The place of a renaming: of both names ("make as mk"), or of the new one behind the old.
  if (renamed.exec(text)?.[1] === name) return true;
  if (!isWord.test(text) || isPartOfWord(line, start, end)) return false;
  // What stands there is the class, or a word of the language.
  if (symbol.ownerKey !== undefined) return true;
  return (
    aliases.has(text) ||
    renaming.exec(line.slice(0, start))?.[1] === name ||
    standIns.has(text) ||
    text.toLowerCase() === name.toLowerCase()
  );
}

const renamed = /^([\p{L}\p{N}_$]+)\s+as\s+[\p{L}\p{N}_$]+$/u;
const renaming = /([\p{L}\p{N}_$]+)\s+as\s+$/u;
const isWord = /^[\p{L}\p{N}_$]+$/u;
const wordSign = /[\p{L}\p{N}_$]/u;

function isPartOfWord(line: string, start: number, end: number): boolean {
  const before = start === 0 ? "" : line.charAt(start - 1);
  return wordSign.test(before) || wordSign.test(line.charAt(end));
}

/** Words that mean a definition without its name. */
const standIns: ReadonlySet<string> = new Set([
  "Self",
  "base",
  "cls",
  "constructor",
  "crate",
  "default",
  "new",
  "self",
  "super",
  "this",
]);

/** Index of a character in UTF-16 units; undefined where the line has no such place. */
function unitsAt(line: string, count: number, encoding: 1 | 2 | 3): number | undefined {
  if (encoding === 2 || isAscii(line)) return count <= line.length ? count : undefined;
  let units = 0;
  let counted = 0;
  for (const character of line) {
    if (counted >= count) break;
    units += character.length;
    counted += encoding === 3 ? 1 : Buffer.byteLength(character);
  }
  return counted === count ? units : undefined;
}

function isAscii(line: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant
  return /^[\x00-\x7f]*$/u.test(line);
}
