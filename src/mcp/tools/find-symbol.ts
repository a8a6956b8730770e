import { z } from "zod";
import { defined } from "../../base/defined.ts";
import { isSecretPath } from "../../base/paths/secret-paths.ts";
import type { SymbolHit } from "../../ports/answers/definitions.ts";
import { definitionKinds } from "../../ports/syntax.ts";
import { atNote } from "../answer/at-note.ts";
import { cursorFor, offsetOf } from "../answer/cursor.ts";
import { indexingNote, missingNote, staleNote } from "../answer/missing-note.ts";
import { ToolFailure } from "../answer/tool-failure.ts";
import { oneLine } from "../answer/visible-text.ts";
import { defineTool, reads } from "../call/tool.ts";
import { emptyFilter, filterIn, historyFor, indexFor } from "../project/project.ts";
import { at, cursor, limit, path, project } from "./fields.ts";

/** What findSymbol() gives at most. */
const mostHits = 1000;

export const findSymbol = defineTool({
  name: "find_symbol",
  title: "Find symbol",
  description:
    "Jump to the definition of a function, class, method, type or constant by its name or a part of it; typos and Class.method are fine. Gives place, signature and the first line of its doc.",
  group: "code",
  input: z.strictObject({
    name: z.string().min(1).max(300),
    kind: z.string().max(20).describe("function, class, method …").optional(),
    path: path.describe("Folder or glob").optional(),
    at,
    limit: limit(20, 200),
    cursor,
    project,
  }),
  annotations: reads,
  hasRecord: false,
  async run({ cursor: from, ...question }, call) {
    const { name, kind, limit: most } = question;
    const offset = offsetOf(question, from);
    if (kind !== undefined && !(definitionKinds as readonly string[]).includes(kind)) {
      throw new ToolFailure(
        `Expected a kind out of ${definitionKinds.join(", ")}, but got ${oneLine(kind, 20)}.`,
      );
    }
    const { at: said } = question;
    const isNow = said === undefined;
    const index = await (isNow ? indexFor : historyFor)(call, question.project);
    const inside = isNow ? filterIn(index, question.path) : question.path;
    // All there may be: those with secrets are taken out before a page is cut.
    const hits = await index.code.findSymbol(name, {
      k: mostHits,
      ...defined({ path: inside, kinds: kind === undefined ? undefined : [kind] }),
      ...(isNow ? {} : { at: said, signal: call.signal }),
    });
    const found = hits.filter((hit) => !isSecretPath(hit.path)).slice(offset);
    const shown = found.slice(0, most);
    const notes = isNow
      ? [await missingNote(index.code), indexingNote(call, index.root)]
      : [atNote(hits[0]?.at ?? (await index.code.revision(said)))];
    const noted = notes.filter((one) => one !== undefined);
    if (shown.length === 0) {
      const none = `No definition is named like ${oneLine(name, 100)} in ${oneLine(index.root)}. Try a part of the name, or find_code with what it does.${isNow ? await emptyFilter(index, inside) : ""}`;
      return { text: [none, ...noted].join("\n") };
    }
    const lines = shown.map((hit, at) => `${offset + at + 1} ${symbolLine(hit)}`);
    if (found.length > most) lines.push(`more: cursor="${cursorFor(question, offset + most)}"`);
    return { text: [...lines, ...noted].join("\n") };
  },
});

function symbolLine({
  path: file,
  startLine,
  endLine,
  kind,
  name,
  container,
  signature,
  doc,
  match,
  uses,
  stale,
  at: past,
}: SymbolHit): string {
  const full = container === "" ? name : `${container}.${name}`;
  const near = match === "exact" || match === "case" ? "" : ` (${match} match)`;
  const first = doc.split("\n")[0] ?? "";
  return `${oneLine(`${file}:${startLine}-${endLine} ${kind} ${full}${near}${past === undefined ? `, ${uses} uses` : ""}${staleNote(stale)}`, 1000)}\n    ${oneLine(signature)}${first === "" ? "" : `\n    ${oneLine(first, 160)}`}`;
}
