/* A map of a project for the beginning of a session: the files and definitions that most of it depends on. */
import type { Fenced } from "../../mcp/answer/fence.ts";
import { cutToTokens, shownCode } from "../../mcp/answer/visible-text.ts";
import type { CodeIndex } from "../../ports/haypile.ts";

/** The smallest map there is. */
const leastTokens = 100;

/** @returns undefined where nothing is indexed that has definitions, or there is no room */
export async function mapOf(
  code: CodeIndex,
  budget: number,
  signal: AbortSignal,
): Promise<Fenced | undefined> {
  if (budget < leastTokens) return undefined;
  const { files, text, filesLeftOut } = await code.map({ maxTokens: budget, signal });
  if (files.length === 0) return undefined;
  const total = files.length + filesLeftOut;
  return {
    head: `map: ${files.length} of ${total} files, the most depended on first`,
    text: cutToTokens(shownCode(text), budget),
  };
}
