import { fieldsOf } from "../../base/text/chunk-fields.ts";
import type { ChunkInput } from "../../ports/store.ts";
import type { Definition } from "../../ports/syntax.ts";

/** Longest context put before a chunk, characters: the model's room is for the text. */
const maxContext = 160;

/**
 * Says of each chunk what the syntax tree knows: the names, signatures and docs of the definitions
 * that begin in it, and as its context the headers of those that hold it and begin above.
 *
 * @param minLines chunks made of shorter definitions alone are found by word and name, and not embedded
 */
export function annotate(
  chunks: readonly ChunkInput[],
  all: readonly Definition[],
  minLines: number,
): ChunkInput[] {
  const definitions = withoutParts(all);
  let next = 0;
  const open: Definition[] = [];
  return chunks.map((chunk) => {
    // Definitions come in the order of their first lines, chunks too.
    while (open.length > 0 && (open.at(-1) as Definition).endLine < chunk.startLine) open.pop();
    for (; next < definitions.length; next += 1) {
      const one = definitions[next] as Definition;
      if (one.headLine >= chunk.startLine) break;
      while (open.length > 0 && (open.at(-1) as Definition).endLine < one.startLine) open.pop();
      if (one.endLine >= chunk.startLine) open.push(one);
    }
    const context = open
      .filter(({ endLine }) => endLine >= chunk.startLine)
      .map(({ signature, name }) => signature || name)
      .join(" > ")
      .slice(0, maxContext);
    const within = beginningIn(definitions, next, chunk.endLine);
    const longest = within.reduce((most, one) => Math.max(most, one.endLine - one.headLine + 1), 0);
    const isShort = within.length > 0 && context === "" && longest < minLines;
    return {
      ...chunk,
      context,
      ...fieldsOf(within),
      embed: isShort ? false : undefined,
    };
  });
}

/** Names of the file's own place, and other names for what is elsewhere. */
const ofTheFile =
  /^(?:package|namespace|extern crate|(?:pub(?:\([^)]*\))? )?mod)\b|^export \*|^\S+ as \S+$/;

/**
 * Without what is but a part of another definition's own lines: members of enums and of plain objects, attributes that
 * a constructor sets, keys below the second level, headings of one line, the name of the file's package. The words of a chunk hold those already.
 */
function withoutParts(definitions: readonly Definition[]): readonly Definition[] {
  const kinds = new Map<string, string>();
  return definitions.filter(({ name, kind, container, signature }) => {
    kinds.set(container === "" ? name : `${container}.${name}`, kind);
    const holder = kinds.get(container);
    if (kind === "constant") return holder !== "enum";
    if (kind === "property") return holder !== "variable" && !signature.startsWith("self.");
    if (kind === "key") return !container.includes(".");
    if (kind === "declaration") return !ofTheFile.test(signature);
    return kind !== "section" || !/^<(h[1-6]|title)\b/i.test(signature);
  });
}

function beginningIn(
  definitions: readonly Definition[],
  from: number,
  lastLine: number,
): Definition[] {
  const within: Definition[] = [];
  for (let index = from; index < definitions.length; index += 1) {
    const one = definitions[index] as Definition;
    if (one.headLine > lastLine) break;
    within.push(one);
  }
  return within;
}
