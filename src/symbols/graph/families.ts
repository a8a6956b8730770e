/* Languages whose names meet: a use in one of them may mean a definition in another. */

const families: Readonly<Record<string, string>> = {
  astro: "script",
  c: "c",
  cpp: "c",
  cuda: "c",
  elixir: "beam",
  erlang: "beam",
  groovy: "jvm",
  html: "script",
  java: "jvm",
  javascript: "script",
  kotlin: "jvm",
  "objective-c": "c",
  objectivec: "c",
  scala: "jvm",
  svelte: "script",
  swift: "c",
  tsx: "script",
  typescript: "script",
  vue: "script",
};

/** A name for all languages that share names with one; its own where it shares them with none. */
export function familyOf(language: string): string {
  return families[language] ?? language;
}

/** Kinds that no use of a program means: keys of data, headings, rules of style sheets. */
export const dataKinds: ReadonlySet<string> = new Set(["key", "section", "rule"]);
