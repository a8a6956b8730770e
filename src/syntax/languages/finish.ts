/* What some languages need after their query was run: clauses joined, names split, statements that open a scope. */
import type { Definition, ParsedFile } from "../../ports/syntax.ts";
import { textOfComment } from "../comments.ts";

/**
 * Of clauses one after the other (a signature and its equations, several heads of one function) one definition is
 * made. A signature that stands elsewhere is said with what it is of.
 */
export function joinClauses(parsed: ParsedFile, of?: "no signatures"): ParsedFile {
  const kept: Definition[] = [];
  const places: number[] = [];
  /** The last definition of each container: what stands inside of a clause comes between two. */
  const last = new Map<string, number>();
  const declared = new Map<string, number>();
  const gone = new Set<number>();
  for (const one of parsed.definitions) {
    const at = last.get(one.container);
    const before = at === undefined ? undefined : kept[at];
    if (before !== undefined && at !== undefined && isClauseOf(before, one, of === undefined)) {
      kept[at] = joined(before, one, before.startLine);
      declared.delete(nameOf(one));
      places.push(at);
      continue;
    }
    const signature = of === undefined ? declared.get(nameOf(one)) : undefined;
    places.push(kept.length);
    last.set(one.container, kept.length);
    if (one.kind === "declaration") declared.set(nameOf(one), kept.length);
    if (signature === undefined || one.kind === "declaration") kept.push(one);
    else {
      kept.push(joined(kept[signature] as Definition, one, one.startLine));
      declared.delete(nameOf(one));
      gone.add(signature);
    }
  }
  return without(parsed, kept, places, gone);
}

function without(
  parsed: ParsedFile,
  kept: readonly Definition[],
  places: readonly number[],
  gone: ReadonlySet<number>,
): ParsedFile {
  const shifted: number[] = [];
  let next = 0;
  for (let at = 0; at < kept.length; at += 1) shifted.push(gone.has(at) ? -1 : next++);
  const references = parsed.references.map((use) => ({
    ...use,
    within: shifted[places[use.within] ?? -1] ?? -1,
  }));
  return { ...parsed, definitions: kept.filter((_, at) => !gone.has(at)), references };
}

function nameOf({ container, name }: Definition): string {
  return `${container}\0${name}`;
}

const clauses: ReadonlySet<string> = new Set(["function", "method", "macro", "declaration"]);

function isClauseOf(before: Definition, one: Definition, hasSignatures: boolean): boolean {
  return (
    before.name === one.name &&
    clauses.has(before.kind) &&
    (before.kind === one.kind || (hasSignatures && before.kind === "declaration"))
  );
}

function joined(before: Definition, one: Definition, startLine: number): Definition {
  const isFunction = one.kind === "variable" && /->|→|:: *IO\b/.test(before.signature);
  return {
    ...one,
    signature: before.signature,
    kind: isFunction ? "function" : one.kind,
    doc: before.doc === "" ? one.doc : before.doc,
    startLine,
    headLine: startLine === before.startLine ? before.headLine : one.headLine,
    visibility: before.visibility,
    bodyHash: `${before.bodyHash.slice(0, 8)}${one.bodyHash.slice(0, 8)}`,
  };
}

/** Names without what is no part of them. */
export function renamed(parsed: ParsedFile, sign: RegExp, by: string): ParsedFile {
  const definitions = parsed.definitions.map((one) => ({
    ...one,
    name: one.name.replace(sign, by),
  }));
  return { ...parsed, definitions };
}

/** "( + )" is the operator "+". */
export function bareOperators(parsed: ParsedFile): ParsedFile {
  return renamed(parsed, /^\(\s*((?:let|and)?\W+?)\s*\)$/, "$1");
}

const mostDocLines = 60;

/** A text between three quotes right above a definition is its doc. */
export function documented(parsed: ParsedFile, text: string): ParsedFile {
  const lines = text.split("\n");
  const definitions = parsed.definitions.map((one) => {
    const said = /^\s*@(?:doc|moduledoc|typedoc)\s+"(.+)"\s*$/m.exec(
      lines.slice(one.startLine - 1, one.headLine - 1).join("\n"),
    );
    if (said !== null && one.doc === "") return { ...one, doc: (said[1] as string).slice(0, 600) };
    const end = one.startLine - 2;
    if (end < 0 || (lines[end] as string).trim() !== '"""') return one;
    let start = end - 1;
    while (
      start >= 0 &&
      end - start < mostDocLines &&
      !/^\s*(@\w+\s+~?\w*)?"""/.test(lines[start] as string)
    )
      start -= 1;
    if (start < 0 || end - start >= mostDocLines) return one;
    const doc = textOfComment(lines.slice(start + 1, end)).slice(0, 600);
    return { ...one, doc: one.doc === "" ? doc : one.doc, startLine: start + 1 };
  });
  return { ...parsed, definitions };
}

/** "Shop.Basket" is Basket in Shop: so both are found. */
export function splitDottedModules(parsed: ParsedFile): ParsedFile {
  return splitDotted(parsed, ({ kind }) => kind === "module" || kind === "interface");
}

export function splitDotted(parsed: ParsedFile, isSplit: (one: Definition) => boolean): ParsedFile {
  const definitions = parsed.definitions.map((one) => {
    const dot = one.name.lastIndexOf(".");
    if (dot <= 0 || dot === one.name.length - 1 || /["'$ ]/.test(one.name) || !isSplit(one))
      return one;
    const outer = one.name.slice(0, dot);
    return {
      ...one,
      name: one.name.slice(dot + 1),
      container: one.container === "" ? outer : `${one.container}.${outer}`,
    };
  });
  return { ...parsed, definitions };
}

/** A module's statement ("package Shop;") names all that follows it, to the next one or the file's end. */
export function scopeStatements(parsed: ParsedFile, text: string): ParsedFile {
  const lines = text.split("\n");
  const definitions = parsed.definitions.map((one) => ({ ...one }));
  let open: Definition | undefined;
  for (const one of definitions) {
    if (one.kind === "module" && one.container === "") {
      if (open !== undefined) open.endLine = Math.max(open.headLine, one.startLine - 1);
      const isBlock = one.endLine > one.headLine || lines[one.headLine - 1]?.includes("{");
      open = isBlock === true ? undefined : one;
    } else if (open !== undefined) {
      const outer = open.name.replaceAll("::", ".");
      one.container = one.container === "" ? outer : `${outer}.${one.container}`;
      if (one.kind === "function") one.kind = "method";
    }
  }
  if (open !== undefined) open.endLine = lines.length;
  return { ...parsed, definitions };
}
