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

export function isScriptOrPython(language: string): boolean {
  return isScript(language) || language === "python";
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

const ofScripts =
  "apply at bind call catch charAt charCodeAt concat entries every filter finally find findIndex flat flatMap forEach hasOwnProperty includes indexOf join keys lastIndexOf length map match matchAll padEnd padStart pop push reduce repeat replace replaceAll reverse shift slice some sort splice split startsWith endsWith substring test then toFixed toLowerCase toString toUpperCase trim unshift valueOf values";
const ofPython =
  "append capitalize clear copy count decode encode endswith extend find format get index insert isdigit items join keys lower lstrip pop popitem read readline replace reverse rstrip setdefault sort split splitlines startswith strip title update upper values write";
const everyones: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  ["typescript", new Set(ofScripts.split(" "))],
  ["javascript", new Set(ofScripts.split(" "))],
  ["python", new Set(ofPython.split(" "))],
]);

/** Members that strings, lists and their like have: on something unknown they are hardly the project's. */
export function isOfEveryone(name: string, language: string): boolean {
  if (language === "python" && name.startsWith("__")) return true;
  return everyones.get(language)?.has(name) === true;
}
