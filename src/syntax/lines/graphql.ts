import type { DefinitionKind, ParsedFile } from "../../ports/syntax.ts";
import { bracedStatements, type Statement } from "./braces.ts";
import { Collector } from "./collect.ts";

const kinds: Readonly<Record<string, DefinitionKind>> = {
  type: "class",
  interface: "interface",
  input: "struct",
  enum: "enum",
  union: "type",
  scalar: "type",
  directive: "macro",
  fragment: "function",
  query: "function",
  mutation: "function",
  subscription: "function",
};
const head =
  /^(?:(extend)\s+)?(type|interface|input|enum|union|scalar|directive|fragment|query|mutation|subscription)\s+@?([A-Za-z_]\w*)/;

/** Types of a schema with their fields and values; operations and fragments of documents. */
export function graphqlDefinitions(text: string): ParsedFile {
  const found = new Collector(text, "graphql");
  const inside = new Map<Statement, { name: string; word: string }>();
  const rules = { lineComments: ["#"], endsAtLines: true, longQuotes: ['"""'], quotes: '"' };
  for (const one of bracedStatements(text, rules)) {
    const { row, endRow, parent } = one;
    const said = one.head.replace(/^"""[\s\S]*?"""\s*|^"[^"]*"\s*/, "");
    const [, extend, word = "", name = ""] = (parent === undefined ? head.exec(said) : null) ?? [];
    if (parent === undefined && name !== "") {
      inside.set(one, { name, word });
      const kind = kinds[word] as DefinitionKind;
      if (extend === undefined)
        found.define({ name, kind, container: "", row: rowOf(one, said), endRow, signature: said });
      else found.use(name, "type", row);
      const relation = /\b(?:implements|on|=)\s*([^@{(]*)/.exec(
        said.slice(said.indexOf(name) + name.length),
      )?.[1];
      if (word !== "directive") {
        for (const [type] of (relation ?? "").matchAll(/[A-Za-z_]\w*/g)) {
          found.use(type, word === "type" || word === "interface" ? "inherit" : "type", row);
        }
      }
      continue;
    }
    if (/^(extend\s+)?schema\b/.test(said) && parent === undefined) {
      found.define({ name: "schema", kind: "section", container: "", row, endRow });
      inside.set(one, { name: "schema", word: "schema" });
      continue;
    }
    const holder = parent === undefined ? undefined : inside.get(parent);
    if (holder === undefined) {
      for (const [, spread = ""] of said.matchAll(/\.\.\.\s*(?!on\b)([A-Za-z_]\w*)/g))
        found.use(spread, "call", row);
      continue;
    }
    if (holder.word === "enum") {
      for (const [value] of said.replace(/@\w+(\([^()]*\))?/g, "").matchAll(/[A-Za-z_]\w*/g)) {
        found.define({
          name: value,
          kind: "constant",
          container: holder.name,
          row: rowOf(one, said),
          endRow,
          signature: value,
        });
      }
    } else if (/^(type|interface|input|schema)$/.test(holder.word)) {
      // Several fields may stand on a line.
      for (const [, field = "", type = ""] of said.matchAll(
        /(?:^|[\s,])([A-Za-z_]\w*)\s*(?:\([\s\S]*?\))?\s*:\s*\[*\s*([A-Za-z_]\w*)(?![^(]*\))/g,
      )) {
        found.define({
          name: field,
          kind: "property",
          container: holder.name,
          row: rowOf(one, said),
          endRow,
          signature: said,
        });
        found.use(type, "type", row);
      }
    } else {
      for (const [, spread = ""] of said.matchAll(/\.\.\.\s*(?!on\b)([A-Za-z_]\w*)/g))
        found.use(spread, "call", row);
    }
  }
  return found.parsed();
}

/** A description before it may take several lines. */
function rowOf({ head: all, row, endRow, opens }: Statement, said: string): number {
  if (all === said || opens) return row;
  return Math.max(row, endRow);
}
