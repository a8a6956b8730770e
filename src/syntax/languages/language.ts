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
   */
  query: string;
  /**
   * Tree-sitter query, in src/syntax/uses:
   *   @reference.<kind>: the name itself is captured; kinds are call, type, inherit
   *   @import.module, @import.name, @import.alias
   */
  uses?: string | undefined;
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
