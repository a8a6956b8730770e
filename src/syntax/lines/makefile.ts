import type { ParsedFile } from "../../ports/syntax.ts";
import { Collector, type FoundInLines } from "./collect.ts";

const assignment =
  /^(?:(?:export|override|private|unexport)\s+)*([\w.\-%/$(){}]+)\s*(?::::?|::|[:?+!])?=/;
const rule = /^([^\s:=#][^:=#]*?)\s*(::?|&:)(?!=)\s*([^#]*)/;
const ofTarget = /^(?:(?:export|override|private)\s+)*[\w.-]+\s*(?:::?|[?+!])?=/;

/** Of a longer line the beginning is read. */
const mostChars = 4_000;

/** Targets, variables and macros. */
export function makefileDefinitions(text: string): ParsedFile {
  const found = new Collector(text, "makefile");
  const { lines } = found;
  let open: FoundInLines[] = [];
  const closeAt = (row: number): void => {
    for (const one of open) one.endRow = Math.max(one.row, row);
    open = [];
  };
  for (let row = 0; row < lines.length; row += 1) {
    let line = lines[row] as string;
    const first = row;
    while (line.endsWith("\\") && row + 1 < lines.length) {
      row += 1;
      const next = lines[row] as string;
      line = line.length < mostChars ? `${line.slice(0, -1)} ${next.trim()}` : next;
    }
    for (const [, name = ""] of line.matchAll(/\$[({]([\w.-]+)[)}]/g))
      found.use(name, "call", first);
    for (const [, name = ""] of line.matchAll(/\$[({]call\s+([\w.-]+)/g))
      found.use(name, "call", first);
    if (line.startsWith("\t") && open.length > 0) {
      for (const one of open) one.endRow = row;
      continue;
    }
    const said = line.trim().slice(0, mostChars);
    if (said === "" || said.startsWith("#")) continue;
    const at = { container: "", row: first, endRow: row, signature: said };
    const macro = /^(?:override\s+)?define\s+([\w.-]+)/.exec(said)?.[1];
    if (macro !== undefined) {
      closeAt(first - 1);
      while (row + 1 < lines.length && !/^\s*endef\b/.test(lines[row] as string)) row += 1;
      found.define({ ...at, name: macro, kind: "macro", endRow: row });
      continue;
    }
    const included = /^[-s]?include\s+(.+)$/.exec(said)?.[1];
    if (included !== undefined) {
      for (const file of included.split(/\s+/)) found.import(file, first);
      continue;
    }
    const variable = assignment.exec(said)?.[1];
    if (variable !== undefined) {
      closeAt(first - 1);
      found.define({ ...at, name: variable, kind: "variable" });
      continue;
    }
    const [, targets = "", , needs = ""] = rule.exec(said) ?? [];
    if (
      targets === "" ||
      /^(ifeq|ifneq|ifdef|ifndef|else|endif|export|unexport|vpath)\b/.test(said)
    )
      continue;
    closeAt(first - 1);
    if (ofTarget.test(needs)) continue;
    for (const need of needs.split(/[\s|;]+/))
      if (/^[\w.%/-]+$/.test(need)) found.use(need, "call", first);
    for (const name of targets.split(/\s+/)) {
      // .PHONY and its like say something of targets.
      if (name === "" || /^\.[A-Z_]+$/.test(name)) continue;
      open.push(found.define({ ...at, name, kind: "rule" }));
    }
  }
  return found.parsed();
}
