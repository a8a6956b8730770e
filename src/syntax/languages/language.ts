import type { ParsedFile } from "../../ports/syntax.ts";

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
   *     @doc (a docstring inside the body), @end (a node after the definition's own that belongs to it)
   *   @scope with @name: names what is inside, and is no definition ("impl T")
   */
  query: string;
  /**
   * Tree-sitter query, in src/syntax/uses:
   *   @reference.<kind>: the name itself is captured; kinds are call, type, inherit
   *   @import.module, @import.name, @import.alias
   */
  uses?: string | undefined;
  /** Definitions are written as calls: at a definition's own name there is no use. */
  definesByCalls?: boolean | undefined;
  /** Text of the same length and lines that the grammar reads better: names and places are taken from it. */
  prepare?: ((text: string) => string) | undefined;
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
  return ({ signature }) => (pattern.test(signature) ? "private" : "public");
}

/** Public only where a modifier says so. */
export function publicWhen(pattern: RegExp): (definition: { signature: string }) => Visibility {
  return ({ signature }) => (pattern.test(signature) ? "public" : "private");
}

/** Everything can be seen from elsewhere. */
export const allPublic = (): Visibility => "public";
