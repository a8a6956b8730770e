/* Languages without a packaged grammar whose definitions can be read off their lines. */
import type { ParsedFile } from "../../ports/syntax.ts";
import { goModule } from "./gomod.ts";
import { markdownSections } from "./markdown.ts";
import { sqlDefinitions } from "./sql.ts";

const readers: Readonly<Record<string, (text: string) => ParsedFile>> = {
  gomod: goModule,
  markdown: markdownSections,
  sql: sqlDefinitions,
};

/** The reader for a language, or undefined. */
export function linesDefine(language: string): ((text: string) => ParsedFile) | undefined {
  return Object.hasOwn(readers, language) ? readers[language] : undefined;
}
