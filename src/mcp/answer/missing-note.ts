import { isSecretPath } from "../../base/paths/secret-paths.ts";
import { missingInWords } from "../../engine/questions/structure.ts";
import type { CodeEngine } from "../backend/code-engine.ts";
import { oneLine } from "./visible-text.ts";

/** The line that says which files have no definitions; undefined when all have. */
export function missingNote(engine: Pick<CodeEngine, "unparsed">): string | undefined {
  const missing = engine.unparsed().filter(({ path }) => !isSecretPath(path));
  return missing.length === 0 ? undefined : `note: ${oneLine(missingInWords(missing), 600)}.`;
}
