/* Patterns as people write them to narrow a question down to folders and files. */
import { HaypileError } from "../errors.ts";
import { type WildcardPart, wildcardMatcher } from "./wildcards.ts";

/** Longest pattern with wildcards, characters. */
export const mostPatternChars = 500;

/**
 * True for paths below a folder, or that fit a pattern: * within one name, ** across folders, ? one letter. Takes
 * time in proportion to the path, whatever the pattern.
 *
 * @throws HaypileError HAYPILE_USAGE for a pattern with wildcards that is too long
 */
export function globMatcher(pattern: string): (path: string) => boolean {
  const clean = withoutEnds(pattern);
  if (clean === "" || clean === ".") return () => true;
  if (!/[*?]/.test(clean)) return (path) => path === clean || path.startsWith(`${clean}/`);
  if (clean.length > mostPatternChars) {
    throw new HaypileError(
      "HAYPILE_USAGE",
      `Expected a pattern of at most ${mostPatternChars} characters for paths but got ${clean.length}. Name a folder, or shorten it.`,
      { data: { length: clean.length, most: mostPatternChars } },
    );
  }
  // A bare pattern fits a name in any folder, as in ignore files.
  return wildcardMatcher(partsOf(clean), { anywhere: !clean.includes("/"), below: true });
}

function partsOf(pattern: string): WildcardPart[] {
  const parts: WildcardPart[] = [];
  const letters = [...pattern];
  for (let at = 0; at < letters.length; at += 1) {
    const letter = letters[at] as string;
    if (letter === "*" && letters[at + 1] === "*") {
      at += 1;
      const isFolders = letters[at + 1] === "/";
      if (isFolders) at += 1;
      parts.push({ is: isFolders ? "folders" : "all" });
    } else if (letter === "*") parts.push({ is: "some" });
    else if (letter === "?") parts.push({ is: "one" });
    else parts.push({ is: "letter", letter });
  }
  return parts;
}

/** Without "./" before it and "/" after it. */
function withoutEnds(pattern: string): string {
  const from = pattern.startsWith("./") ? 2 : 0;
  let to = pattern.length;
  while (to > from && pattern[to - 1] === "/") to -= 1;
  return pattern.slice(from, to);
}
