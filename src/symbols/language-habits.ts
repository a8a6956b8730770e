/* What languages have in common when names are looked up. */

const families: readonly (readonly string[])[] = [
  ["typescript", "javascript", "vue", "svelte", "astro", "html"],
  ["java", "kotlin", "scala", "groovy"],
  ["c", "cpp", "objective-c", "objc", "swift"],
];
const familyOf = new Map(families.flatMap((all, at) => all.map((one) => [one, at] as const)));

/** Code in the first can use what is defined in the second. */
export function canUse(from: string, to: string): boolean {
  if (from === to) return true;
  const family = familyOf.get(from);
  return family !== undefined && family === familyOf.get(to);
}

/** A plain name inside a class may be one of its members. */
export const plainMembers: ReadonlySet<string> = new Set([
  "java",
  "csharp",
  "kotlin",
  "swift",
  "cpp",
  "ruby",
  "scala",
]);

/** Files of one folder see each other's names without an import. */
export const folderIsPackage: ReadonlySet<string> = new Set([
  "go",
  "java",
  "kotlin",
  "scala",
  "csharp",
  "php",
  "swift",
]);

/** A name of another file is had by an import, or by "include everything" of one. */
export const namesAreImported: ReadonlySet<string> = new Set(["typescript", "python"]);

export function isScript(language: string): boolean {
  return familyOf.get(language) === 0;
}

/** Kinds of things that have members. */
export const typeKinds: ReadonlySet<string> = new Set([
  "class",
  "interface",
  "struct",
  "trait",
  "enum",
  "type",
]);
