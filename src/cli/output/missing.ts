import { missingInWords, type UnparsedFile } from "../../engine/questions/structure.ts";
import { printable } from "./format.ts";

/** What is asked of symbols knows nothing of these files: said beside the answer. */
export function noteMissing(unparsed: readonly UnparsedFile[]): void {
  if (unparsed.length > 0)
    process.stderr.write(`haypile: ${printable(missingInWords(unparsed))}.\n`);
}

/** What stands after a place in a file that has changed since it was indexed, and could not be read anew. */
export function staleWords(stale: boolean | undefined): string {
  return stale === true ? "  (changed since it was indexed)" : "";
}
