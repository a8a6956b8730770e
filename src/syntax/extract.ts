/* Turns the matches of a language's query into definitions, references and imports. */
import type { Node, Query } from "web-tree-sitter";
import type {
  DefinitionKind,
  Import,
  ParsedFile,
  Reference,
  ReferenceKind,
} from "../ports/syntax.ts";
import { addBroken } from "./broken.ts";
import { type Found, maxName, nest, note, type PlacedReference, unquoted } from "./definitions.ts";
import type { SyntaxLanguage } from "./languages/language.ts";

/** A generated file may hold millions; what is beyond is not looked up by anyone. */
const maxReferences = 50_000;

export function extract(
  root: Node,
  query: Query,
  language: SyntaxLanguage,
  lines: readonly string[],
  text: string,
  progress?: () => boolean,
): ParsedFile {
  const found = new Map<number, Found>();
  const references: PlacedReference[] = [];
  const imports: Import[] = [];
  const matches = query.matches(root, progress && { progressCallback: progress });
  for (const { captures, patternIndex } of matches) {
    let head: { kind: Found["kind"]; node: Node } | undefined;
    let name: Node | undefined;
    let container: string | undefined;
    let doc: string | undefined;
    let outer: Node | undefined;
    let end: Node | undefined;
    let isLifted = false;
    let module: Node | undefined;
    let imported = "";
    let alias = "";
    for (const { name: capture, node } of captures) {
      if (capture === "name") name = node;
      else if (capture === "container") container = node.text;
      else if (capture === "doc") doc = node.text;
      else if (capture === "outer") outer = node;
      else if (capture === "end") end = node;
      else if (capture === "lifted") isLifted = true;
      else if (capture === "scope") head = { kind: "scope", node };
      else if (capture === "import.module") module = node;
      else if (capture === "import.name") imported = node.text;
      else if (capture === "import.alias") alias = node.text;
      else if (capture.startsWith("definition.")) {
        head = { kind: capture.slice(11) as DefinitionKind, node };
      } else if (capture.startsWith("reference.") && references.length < maxReferences) {
        const kind = capture.slice(10) as ReferenceKind;
        const { row } = node.startPosition;
        // What node.text does with more steps, for tens of thousands of them.
        const at = node.startIndex;
        const called = text.slice(at, node.endIndex);
        references.push({ name: called, kind, line: row + 1, within: -1, at });
      }
    }
    if (head !== undefined && name !== undefined) {
      const said = { container, doc, outer, end, isLifted, pattern: patternIndex };
      note(found, head.kind, head.node, name, said, language);
    }
    if (module !== undefined) {
      const { row } = module.startPosition;
      imports.push({ module: unquoted(module.text), name: imported, alias, line: row + 1 });
    }
  }
  if (root.hasError) addBroken(found, root, language, lines);
  const uses =
    language.definesByCalls === true ? references.filter(({ at }) => !found.has(at)) : references;
  const definitions = nest([...found.values()], language, lines, text, uses);
  useOwnNames(uses, imports);
  const parsed: ParsedFile = {
    definitions,
    references: dedupe(uses),
    imports,
    hasErrors: root.hasError,
  };
  return language.finish?.(parsed, text) ?? parsed;
}

/** What was renamed by its import is a use of the name it has at home. */
function useOwnNames(references: Reference[], imports: readonly Import[]): void {
  const own = new Map(
    imports
      .filter(({ name, alias }) => name !== "" && alias !== "")
      .map((one) => [one.alias, one.name]),
  );
  if (own.size === 0) return;
  for (const reference of references) reference.name = own.get(reference.name) ?? reference.name;
}

/** One of a name, kind and line is enough. */
function dedupe(references: readonly PlacedReference[]): Reference[] {
  const seen = new Set<string>();
  const kept: Reference[] = [];
  for (const { at: _, ...reference } of references) {
    const key = `${reference.line} ${reference.kind} ${reference.name}`;
    if (seen.has(key) || reference.name.length > maxName) continue;
    seen.add(key);
    kept.push(reference);
  }
  return kept;
}
