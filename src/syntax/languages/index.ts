/* The table of languages with a grammar. */
import { headerLanguage } from "../../base/text/c-header.ts";
import { bash } from "./bash.ts";
import { c } from "./c.ts";
import { cpp } from "./cpp.ts";
import { csharp } from "./csharp.ts";
import { dart } from "./dart.ts";
import { css, html, json, toml, yaml } from "./data.ts";
import { elixir } from "./elixir.ts";
import { go } from "./go.ts";
import { haskell } from "./haskell.ts";
import { java } from "./java.ts";
import { javascript } from "./javascript.ts";
import { julia } from "./julia.ts";
import { kotlin } from "./kotlin.ts";
import type { SyntaxLanguage } from "./language.ts";
import { lua } from "./lua.ts";
import { nix } from "./nix.ts";
import { objectiveC } from "./objective-c.ts";
import { ocaml, ocamlInterface } from "./ocaml.ts";
import { perl } from "./perl.ts";
import { php } from "./php.ts";
import { powershell } from "./powershell.ts";
import { python } from "./python.ts";
import { r } from "./r.ts";
import { ruby } from "./ruby.ts";
import { rust } from "./rust.ts";
import { scala } from "./scala.ts";
import { solidity } from "./solidity.ts";
import { swift } from "./swift.ts";
import { terraform } from "./terraform.ts";
import { tsx, typescript } from "./typescript.ts";
import { zig } from "./zig.ts";

export const syntaxLanguages: readonly SyntaxLanguage[] = [
  typescript,
  tsx,
  javascript,
  python,
  java,
  go,
  rust,
  c,
  cpp,
  csharp,
  ruby,
  php,
  kotlin,
  swift,
  scala,
  bash,
  html,
  css,
  json,
  yaml,
  toml,
  dart,
  elixir,
  haskell,
  julia,
  lua,
  nix,
  objectiveC,
  ocaml,
  ocamlInterface,
  perl,
  powershell,
  r,
  solidity,
  terraform,
  zig,
];

const byName = new Map(syntaxLanguages.map((language) => [language.name, language]));

/** Languages that are read well by the grammar of another. */
const sameGrammar: ReadonlyMap<string, SyntaxLanguage> = new Map([
  ["cuda", cpp],
  ["starlark", python],
]);

const isFlow = /^\s*(?:\/\/|\/?\*).*@flow\b/m;

/**
 * The grammar for a file: by its language, and by its name or text where one language has two.
 * Undefined when there is none.
 */
export function syntaxOf(language: string, path: string, text: string): SyntaxLanguage | undefined {
  if (language === "typescript" && /\.[mc]?tsx$/i.test(path)) return tsx;
  // Flow's types are those of TypeScript, by and large.
  if (language === "javascript" && isFlow.test(text.slice(0, 2_000))) return tsx;
  if (language === "ocaml" && /\.mli$/i.test(path)) return ocamlInterface;
  if (language === "c" && /\.h$/i.test(path)) return byName.get(headerLanguage(text));
  return byName.get(language) ?? sameGrammar.get(language);
}

/** Whether files of a language have a grammar. */
export function hasGrammar(language: string): boolean {
  return byName.has(language) || sameGrammar.has(language);
}
