/* The table of languages with a grammar. */
import { bash } from "./bash.ts";
import { c } from "./c.ts";
import { cpp } from "./cpp.ts";
import { csharp } from "./csharp.ts";
import { css, html, json, toml, yaml } from "./data.ts";
import { go } from "./go.ts";
import { java } from "./java.ts";
import { javascript } from "./javascript.ts";
import { kotlin } from "./kotlin.ts";
import type { SyntaxLanguage } from "./language.ts";
import { php } from "./php.ts";
import { python } from "./python.ts";
import { ruby } from "./ruby.ts";
import { rust } from "./rust.ts";
import { scala } from "./scala.ts";
import { swift } from "./swift.ts";
import { tsx, typescript } from "./typescript.ts";

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
];

const byName = new Map(syntaxLanguages.map((language) => [language.name, language]));

const cppOnly = /^\s*(class\s+\w+|namespace\b|template\s*<|using\s+\w|public:|private:)/m;

const isFlow = /^\s*(?:\/\/|\/?\*).*@flow\b/m;

/**
 * The grammar for a file: by its language, and by its name or text where one language has two.
 * Undefined when there is none.
 */
export function syntaxOf(language: string, path: string, text: string): SyntaxLanguage | undefined {
  if (language === "typescript" && /\.[mc]?tsx$/i.test(path)) return tsx;
  // Flow's types are those of TypeScript, by and large.
  if (language === "javascript" && isFlow.test(text.slice(0, 2_000))) return tsx;
  if (language === "c" && /\.h$/i.test(path) && cppOnly.test(text)) return cpp;
  return byName.get(language);
}
