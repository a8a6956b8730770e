/* A map of a project for the beginning of a session. */
import { isSecretPath } from "../../base/paths/secret-paths.ts";
import type { Fenced } from "../../mcp/answer/fence.ts";
import { cutToTokens, oneLine } from "../../mcp/answer/visible-text.ts";
import type { CodeIndex } from "../../ports/haypile.ts";

const mostFiles = 400;
const namesOfFile = 8;

/** @returns undefined where nothing is indexed */
export async function mapOf(code: CodeIndex, budget: number): Promise<Fenced | undefined> {
  const { files, filesLeftOut } = await code.outline("", { maxFiles: mostFiles, depth: 0 });
  const lines = files
    .filter(({ path, definitions }) => definitions.length > 0 && !isSecretPath(path))
    .map(({ path, definitions }) => {
      const names = definitions.slice(0, namesOfFile).map(({ name }) => oneLine(name, 60));
      const more = definitions.length > namesOfFile ? ", …" : "";
      return `${oneLine(path, 200)}: ${names.join(", ")}${more}`;
    });
  if (lines.length === 0) return undefined;
  const text = cutToTokens(lines.join("\n"), budget);
  const total = files.length + filesLeftOut;
  return { head: `map: files of the index with their definitions (${total} files)`, text };
}
