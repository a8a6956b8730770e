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
 * Places that stand for no name, or for a part of one, before a document counts as one of another text: a tenth, and so
 * for definitions under another name, of which one is nothing; places that do not fit at all: a half. Indexers give a few places that nothing in the text spells: scip-python 0.6.6
 * takes members for their classes in a tenth of some files (docs/decisions/0174-scip-indexes.md).
 */
const mostNameless = 0.1;
const mostUnfit = 0.5;

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
  const lines = new Lines(text);
  const imports = importLines(lines.all);
  const names = document.symbols.map(readSymbol);
  const definitions: ExactDefinition[] = [];
  const uses: UsesByKey = new Map();
  let compared = 0;
  let unfit = 0;
  let nameless = 0;
  let undefinedHere = 0;
  let hasEnd = true;
  for (const one of document.occurrences) {
    const symbol = names[one.symbol];
    if (symbol === undefined) continue;
    const isOfFile = one.line === one.endLine && one.start === one.end;
    if (isOfFile || isUnspelled(symbol)) {
      if (one.line >= lines.all.length) hasEnd = false;
      continue;
    }
    compared += 1;
    const spot = spotOf(one, symbol, lines, document.encoding, aliases);
    if (typeof spot === "string") {
      unfit += 1;
      if (spot === "no name") nameless += 1;
      if (one.isDefinition) undefinedHere += 1;
      continue;
    }
    if (symbol.sort === "parameter" || symbol.sort === "type-parameter") continue;
    // A constructor has the name by which it is called.
    const name = symbol.ownerKey === undefined ? atHome(symbol) : spot.text;
    const line = one.line + 1;
    if (one.isDefinition) definitions.push({ symbol: symbol.key, name, line });
    else {
      const isCall = callFollows.test(
        (lines.at(one.line) as string).slice(spot.end, spot.end + mostBeside),
      );
      const how = isCall ? "call" : imports.has(one.line) ? "import" : "other";
      // Whoever calls a constructor uses the class.
      for (const key of [symbol.key, symbol.ownerKey]) {
        if (key !== undefined) note(uses, key, name, line, how);
      }
    }
  }
  const isOther =
    nameless > compared * mostNameless ||
    undefinedHere > Math.max(1, definitions.length * mostNameless) ||
    unfit > compared * mostUnfit;
  if (isOther || !hasEnd) return undefined;
  return {
    isWhole: nameless === 0 && unfit <= compared * mostNameless,
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

/** What stands there and where it ends in its line, UTF-16 units; or what it is instead. */
function spotOf(
  one: ScipOccurrence,
  symbol: SymbolName,
  text: Lines,
  encoding: ScipEncoding,
  aliases: ReadonlySet<string>,
): { text: string; end: number } | "another name" | "no name" {
  const line = text.at(one.line);
  if (line === undefined || one.endLine !== one.line) return "no name";
  const isAscii = text.isAscii(one.line);
  if (!isAscii && line.length > mostCounted) return "no name";
  let isName = false;
  for (const counted of encoding === 0 && !isAscii ? ([2, 1, 3] as const) : [encoding]) {
    const start = isAscii ? one.start : unitsAt(line, one.start, counted || 2);
    const end = isAscii ? one.end : unitsAt(line, one.end, counted || 2);
    if (start === undefined || end === undefined || end <= start || end > line.length) continue;
    if (spells(line, start, end, symbol, aliases)) return { text: line.slice(start, end), end };
    isName ||= isWord.test(line.slice(start, end)) && !isPartOfWord(line, start, end);
  }
  return isName ? "another name" : "no name";
}

/** In a longer line that is not all ASCII no characters are counted: each place would go over it again. */
const mostCounted = 4_000;
/** Characters beside a name that are looked at. */
const mostBeside = 200;

/** The lines of a text, and which of them are ASCII. */
class Lines {
  readonly all: readonly string[];
  readonly #ascii: (boolean | undefined)[] = [];

  constructor(text: string) {
    this.all = text.split(/\r\n|\n|\r/u);
  }

  at(line: number): string | undefined {
    return this.all[line];
  }

  isAscii(line: number): boolean {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII is meant
    this.#ascii[line] ??= /^[\x00-\x7f]*$/u.test(this.all[line] as string);
    return this.#ascii[line];
  }
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
    renaming.exec(line.slice(Math.max(0, start - mostBeside), start))?.[1] === name ||
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
  if (encoding === 2) return count <= line.length ? count : undefined;
  let units = 0;
  let counted = 0;
  for (const character of line) {
    if (counted >= count) break;
    units += character.length;
    counted += encoding === 3 ? 1 : Buffer.byteLength(character);
  }
  return counted === count ? units : undefined;
}
