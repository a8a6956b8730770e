import type { ParsedFile } from "../../src/ports/syntax.ts";

/** A parsed file as lines that are easy to read and to compare. */
export function outlineText({ definitions, references, imports, hasErrors }: ParsedFile): string {
  const name = (one: { name: string; container: string }): string =>
    one.container === "" ? one.name : `${one.container}.${one.name}`;
  const lines = definitions.map((one) => {
    const head = one.headLine === one.startLine ? "" : ` (head ${one.headLine})`;
    const doc = one.doc === "" ? "" : `  // ${one.doc}`;
    return `${one.startLine}-${one.endLine}${head} ${one.visibility} ${one.kind} ${name(one)}: ${one.signature}${doc}`;
  });
  for (const { name: used, kind, line, within } of references) {
    const holder = definitions[within];
    lines.push(`${line} ${kind} ${used} in ${holder === undefined ? "-" : name(holder)}`);
  }
  for (const { module, name: taken, alias, line } of imports) {
    lines.push(
      `${line} import ${[taken || "*", "from", module, alias && `as ${alias}`].join(" ").trim()}`,
    );
  }
  if (hasErrors) lines.push("has errors");
  return `${lines.join("\n")}\n`;
}
