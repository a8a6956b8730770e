/* What the word index holds of a chunk beside its text: of the definitions that begin in it. */

const maxField = 2000;

/** Their names, each once, their signatures and their docs; each of 2,000 characters at most. */
export function fieldsOf(
  definitions: readonly { name: string; signature: string; doc: string }[],
): { names: string; signatures: string; docs: string } {
  const names = [...new Set(definitions.map(({ name }) => name))].join(" ");
  return {
    names: names.slice(0, maxField),
    signatures: join(definitions.map(({ signature }) => signature)),
    docs: join(definitions.map(({ doc }) => doc)),
  };
}

function join(parts: readonly string[]): string {
  // Two names of one declaration have its signature both.
  return [...new Set(parts)]
    .filter((part) => part !== "")
    .join("\n")
    .slice(0, maxField);
}
