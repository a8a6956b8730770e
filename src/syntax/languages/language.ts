import type { Node } from "web-tree-sitter";
import type { DefinitionKind, ParsedFile } from "../../ports/syntax.ts";

/** What is known of one language's syntax. Adding a language is one file like its neighbours, a line in index.ts, a line in tools/grammars/grammars.json and a fixture. */
export interface SyntaxLanguage {
  /** As languageOf() names it, with a suffix where one name has two grammars ("tsx"). */
  name: string;
  /** File name of the grammar, without ".wasm.br". */
  grammar: string;
  /** V8's optimising compiler needs hundreds of megabytes for its lexer. */
  isHeavy?: boolean | undefined;
  /**
   * Tree-sitter query. One match is one thing:
   *   @definition.<kind> with @name, and optionally @container (a name the nesting does not show),
   *     @doc (a docstring inside the body)
   *   @scope with @name: names what is inside, and is no definition ("impl T")
   *   @end: a node after the definition's own that belongs to it
   *   @outer: the declaration around it, which may hold others ("int a, b"): the first begins with it
   *   @lifted: what stands in a function and belongs to the class around that ("self.x = 1")
   * Where two patterns name one thing, the first of the query says what it is.
   */
  query: string;
  /**
   * Patterns like those of `query`, for what stands at the top of a file alone: they are tried down to `topDepth`
   * (default 1, the children of the root), so that they cost nothing below. What `query` names first holds.
   */
  topQuery?: string | undefined;
  topDepth?: number | undefined;
  /**
   * Tree-sitter query, in src/syntax/uses:
   *   @reference.<kind>: the name itself is captured; kinds are call, type, inherit
   *   @import.module, @import.name, @import.alias
   */
  uses?: string | undefined;
  /** Its definitions may be wrapped: in "export", decorators, templates. */
  wraps?: boolean | undefined;
  /** Texts of macros are looked through: of what they define a match has the name alone. */
  readsMacros?: boolean | undefined;
  /** Assigning defines: of several values of a name in one place the first one is the definition. */
  definesOnce?: boolean | undefined;
  /** The functions whose lifted definitions count; undefined: all. */
  liftsFrom?: ReadonlySet<string> | undefined;
  /** Where the captured name is a declarator: the name in it, and what it makes of the kind. */
  innerName?:
    | ((
        node: Node,
        kind: DefinitionKind | "scope",
      ) => { node: Node; kind: DefinitionKind | "scope" })
    | undefined;
  /** The name as people write it, where the text is not it; and what it says of its container. */
  nameOf?:
    | ((text: string, kind: string, node: Node) => { name: string; container?: string | undefined })
    | undefined;
  /** A captured container as people write it, where the text is not it. */
  containerOf?: ((text: string) => string) | undefined;
  /** The text to parse, with what the grammar does not know blanked out: as long as before, line for line. */
  prepare?: ((text: string) => string) | undefined;
  /** Definitions are written as calls: at a definition's own name there is no use. */
  definesByCalls?: boolean | undefined;
  /** What a query cannot say of definitions; keeps the order of what stays. */
  finish?: ((parsed: ParsedFile, text: string) => ParsedFile) | undefined;
  /** Whether code elsewhere may use the definition. */
  visibility(definition: {
    name: string;
    /** From its first line to its body, one line. */
    signature: string;
    container: string | undefined;
  }): Visibility;
}

export type Visibility = "public" | "private";

/** Private where a modifier says so. */
export function privateWhen(pattern: RegExp): (definition: { signature: string }) => Visibility {
  return ({ signature }) => (pattern.test(withoutParameters(signature)) ? "private" : "public");
}

/** What modifiers of parameters say is said of them. */
function withoutParameters(signature: string): string {
  return signature.replace(/\([^()]*(?:\([^()]*\)[^()]*)*\)/g, "()");
}

/** Public only where a modifier says so. */
export function publicWhen(pattern: RegExp): (definition: { signature: string }) => Visibility {
  return ({ signature }) => (pattern.test(signature) ? "public" : "private");
}

/** Everything can be seen from elsewhere. */
export const allPublic = (): Visibility => "public";
