import type { ParsedFile } from "../../ports/syntax.ts";
import { Collector, type FoundInLines } from "./collect.ts";

const mostChars = 20_000;

/** Stages by their names (or images), with the variables of each. */
export function dockerfileDefinitions(text: string): ParsedFile {
  const found = new Collector(text, "dockerfile");
  const { lines } = found;
  let stage: FoundInLines | undefined;
  let heredoc: string | undefined;
  for (let row = 0; row < lines.length; row += 1) {
    const first = row;
    let line = (lines[row] as string).trim();
    if (heredoc !== undefined) {
      if (line === heredoc) heredoc = undefined;
      continue;
    }
    if (line === "" || line.startsWith("#")) continue;
    // A backslash joins lines; comments between them are left out.
    while (/[\\`]$/.test(line) && row + 1 < lines.length) {
      row += 1;
      const more = (lines[row] as string).trim();
      if (!more.startsWith("#") && line.length < mostChars) line = `${line.slice(0, -1)} ${more}`;
    }
    heredoc = /<<-?\s*["']?(\w+)["']?/.exec(line)?.[1];
    const [, word = "", rest = ""] = /^(?:ONBUILD\s+)?([A-Za-z]+)\s+(.*)$/s.exec(line) ?? [];
    const container = stage?.name ?? "";
    const at = { container, row: first, endRow: row, signature: line };
    switch (word.toUpperCase()) {
      case "FROM": {
        const [, image = "", name] = /^(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?/i.exec(rest) ?? [];
        if (stage !== undefined) stage.endRow = first - 1;
        stage = found.define({
          ...at,
          name: name ?? image,
          kind: "section",
          container: "",
          endRow: lines.length - 1,
        });
        found.use(image, "inherit", first);
        break;
      }
      case "ARG":
        for (const [, name = ""] of rest.matchAll(
          /(?:^|\s)([A-Za-z_]\w*)(?:=("[^"]*"|'[^']*'|\S*))?/g,
        )) {
          found.define({ ...at, name, kind: "variable" });
        }
        break;
      case "ENV":
      case "LABEL": {
        const kind = word.toUpperCase() === "ENV" ? "variable" : "key";
        const pairs = [
          ...rest.matchAll(/(?:^|\s)("[^"]*"|[\w.\-/]+)=("(?:[^"\\]|\\.)*"|'[^']*'|\S*)/gs),
        ].map(([, name = ""]) => name.replace(/"/g, ""));
        const names = pairs.length > 0 ? pairs : [/^\S+/.exec(rest)?.[0] ?? ""];
        for (const name of names) found.define({ ...at, name, kind });
        break;
      }
      case "COPY":
      case "ADD":
      case "RUN":
        for (const [, from = ""] of rest.matchAll(/(?:--|[,=\s])from=([\w.\-/:]+)/g))
          found.use(from, "call", first);
        break;
      default:
    }
    for (const [, name = ""] of line.matchAll(/\$\{?([A-Za-z_]\w*)/g))
      found.use(name, "call", first);
  }
  return found.parsed();
}
