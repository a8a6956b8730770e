const proseLanguages: ReadonlySet<string> = new Set([
  "text",
  "markdown",
  "restructuredtext",
  "asciidoc",
  "latex",
  "org",
]);

/** True for languages people write sentences in: a line may be a paragraph, words are words. */
export function isProse(language: string): boolean {
  return proseLanguages.has(language);
}
