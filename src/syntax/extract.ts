/* Turns a tree into definitions, references and imports: by the query of its language, and by what it says of names. */
import type { Node, Query, QueryMatch, Tree } from "web-tree-sitter";
import type {
  DefinitionKind,
  Fact,
  Import,
  ParsedFile,
  Reference,
  ReferenceKind,
} from "../ports/syntax.ts";
import { addBroken, widenInMacros } from "./broken.ts";
import { type Found, maxName, nest, note, type PlacedReference, unquoted } from "./definitions.ts";
import { importsOfStatement } from "./import-tree.ts";
import type { SyntaxLanguage } from "./languages/language.ts";
import { collectUses } from "./names/collect.ts";
import { flatten } from "./names/flat-tree.ts";
import type { CompiledRules } from "./names/rules.ts";

/** A generated file may hold millions; what is beyond is not looked up by anyone. */
const maxReferences = 50_000;
const maxImports = 5_000;
const maxFacts = 5_000;
/** What a function keeps to itself. */
const valueKinds: ReadonlySet<string> = new Set(["variable", "constant", "property"]);

export interface Grammar {
  language: SyntaxLanguage;
  query: Query;
  /** Patterns of the top of a file, tried there alone. */
  top?: Query | undefined;
  /** Undefined where only what the query captures is a use. */
  rules: CompiledRules | undefined;
}

export function extract(
  tree: Tree,
  { language, query, top, rules }: Grammar,
  text: string,
  isOver: () => boolean = () => false,
): ParsedFile {
  const root = tree.rootNode;
  const lines = text.split("\n");
  const found = new Map<number, Found>();
  const references: PlacedReference[] = [];
  const imports: Import[] = [];
  const imported = new Map<number, "name" | "alias">();
  const said: (Fact & { at: number })[] = [];
  for (const { captures, patternIndex } of matchesOf(root, { language, query, top }, isOver)) {
    let head: { kind: Found["kind"]; node: Node } | undefined;
    let name: Node | undefined;
    let container: string | undefined;
    let doc: string | undefined;
    let outer: Node | undefined;
    let end: Node | undefined;
    let isLifted = false;
    const parts = new ImportParts();
    for (const { name: capture, node } of captures) {
      if (capture === "name") name = node;
      else if (capture === "container") container = node.text;
      else if (capture === "doc") doc = node.text;
      else if (capture === "outer") outer = node;
      else if (capture === "end") end = node;
      else if (capture === "lifted") isLifted = true;
      else if (capture === "scope") head = { kind: "scope", node };
      else if (capture.startsWith("definition.")) {
        head = { kind: capture.slice(11) as DefinitionKind, node };
      } else if (capture.startsWith("reference.") && references.length < maxReferences) {
        const kind = capture.slice(10) as ReferenceKind;
        const { row } = node.startPosition;
        // What node.text does with more steps, for tens of thousands of them.
        const at = node.startIndex;
        const called = text.slice(at, node.endIndex);
        references.push({ name: called, kind, line: row + 1, within: -1, at });
      } else parts.take(capture, node);
    }
    if (head !== undefined && name !== undefined) {
      const said = { container, doc, outer, end, isLifted, pattern: patternIndex };
      note(found, head.kind, head.node, name, said, language, text);
    }
    if (imports.length < maxImports) parts.put(imports, imported, language.name);
  }
  if (rules !== undefined) {
    const { uses: met, facts } = collectUses(
      flatten(tree, (type) => rules.hasFields(type), isOver),
      rules,
      text,
      {
        definitionAt: (at) => {
          const kind = found.get(at)?.kind;
          // "impl Run for Job": what has members there is defined elsewhere.
          if (kind === undefined || kind === "scope") return undefined;
          return valueKinds.has(kind) ? "value" : "other";
        },
        imported: (at) => imported.get(at),
      },
    );
    const lineOf = lineCounter(text);
    for (const use of met) references.push({ ...use, line: lineOf(use.at), within: -1 });
    for (const fact of facts) said.push({ ...fact, line: lineOf(fact.at), within: -1 });
  }
  if (language.readsMacros === true) widenInMacros(found, lines);
  if (root.hasError) addBroken(found, root, language, text);
  const uses =
    language.definesByCalls === true ? references.filter(({ at }) => !found.has(at)) : references;
  uses.sort((a, b) => a.at - b.at);
  // What is said of members stands in definitions as uses do.
  const placed = [...uses, ...(said as unknown as PlacedReference[])];
  const definitions = nest([...found.values()], language, lines, text, placed);
  useOwnNames(uses, imports);
  const parsed: ParsedFile = {
    definitions,
    references: dedupe(uses),
    imports,
    ...(said.length > 0 && { facts: said.slice(0, maxFacts).map(({ at: _, ...fact }) => fact) }),
    hasErrors: root.hasError,
  };
  return language.finish?.(parsed, text) ?? parsed;
}

/** Behind the last pattern of any query. */
const topPatterns = 100_000;

function matchesOf(
  root: Node,
  { language, query, top }: Pick<Grammar, "language" | "query" | "top">,
  isOver: () => boolean,
): QueryMatch[] {
  const matches = query.matches(root, { progressCallback: isOver });
  if (top === undefined) return matches;
  const maxStartDepth = language.topDepth ?? 1;
  for (const match of top.matches(root, { progressCallback: isOver, maxStartDepth })) {
    match.patternIndex += topPatterns;
    matches.push(match);
  }
  return matches;
}

/** What one match says of an import. */
class ImportParts {
  #module: Node | undefined;
  #name: Node | undefined;
  #alias: Node | undefined;
  #tree: Node | undefined;
  #whole = "";
  #exports: "no" | "yes" | "default" = "no";
  #line = 0;

  take(capture: string, node: Node): void {
    if (capture === "import.module") this.#module = node;
    else if (capture === "import.name") this.#name = node;
    else if (capture === "import.alias") this.#alias = node;
    else if (capture === "import.tree") this.#tree = node;
    else if (capture === "import.star") this.#whole = "*";
    else if (capture === "import.default") {
      this.#whole = "default";
      this.#alias = node;
    } else if (capture === "export") this.#exports = "yes";
    else if (capture === "export.default") this.#exports = "default";
    if (capture === "import.module" || this.#line === 0) this.#line = node.startPosition.row + 1;
  }

  put(imports: Import[], places: Map<number, "name" | "alias">, language: string): void {
    const line = this.#line;
    if (this.#tree !== undefined) {
      const found = importsOfStatement(this.#tree.text, language);
      imports.push(...found.map((one) => ({ ...one, line })));
      return;
    }
    const isExport = this.#exports !== "no";
    if (this.#module === undefined && !isExport) return;
    if (this.#module !== undefined || this.#exports === "yes") {
      if (this.#name !== undefined) places.set(this.#name.startIndex, "name");
      if (this.#alias !== undefined) {
        places.set(this.#alias.startIndex, this.#whole === "default" ? "name" : "alias");
      }
    }
    imports.push({
      module: this.#module === undefined ? "" : unquoted(this.#module.text),
      name: this.#name?.text ?? this.#whole,
      alias: this.#exports === "default" ? "default" : (this.#alias?.text ?? ""),
      line,
      ...(isExport && { isExport }),
    });
  }
}

/** What was renamed by its import is a use of the name it has at home. */
function useOwnNames(references: PlacedReference[], imports: readonly Import[]): void {
  const own = new Map<string, string>();
  for (const { name, alias, isExport } of imports) {
    const isRenamed = name !== "" && name !== "*" && name !== "default" && alias !== "";
    if (isRenamed && isExport !== true) own.set(alias, name);
  }
  if (own.size === 0) return;
  for (const reference of references) {
    if ((reference.on ?? "") !== "" || reference.kind === "import") continue;
    const name = own.get(reference.name);
    if (name === undefined) continue;
    reference.on = `=${reference.name}`;
    reference.name = name;
  }
}

/** One of a name, kind, line and what it hangs on is enough. */
function dedupe(references: readonly PlacedReference[]): Reference[] {
  const seen = new Set<string>();
  const kept: Reference[] = [];
  for (const { at: _, ...reference } of references) {
    const key = `${reference.line} ${reference.kind} ${reference.name} ${reference.on ?? ""}`;
    if (seen.has(key) || reference.name.length > maxName) continue;
    seen.add(key);
    kept.push(reference);
  }
  return kept;
}

/** 1-based lines of places that are asked for in the order of the text, or nearly. */
function lineCounter(text: string): (at: number) => number {
  let line = 1;
  let next = text.indexOf("\n");
  let last = 0;
  return (at) => {
    if (at < last) {
      line = 1;
      next = text.indexOf("\n");
    }
    last = at;
    while (next >= 0 && next < at) {
      line += 1;
      next = text.indexOf("\n", next + 1);
    }
    return line;
  };
}
