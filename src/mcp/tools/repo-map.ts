import { z } from "zod";
import { defined } from "../../base/defined.ts";
import { isSecretPath } from "../../base/paths/secret-paths.ts";
import { entryReasons, unusedDoubts } from "../../ports/answers/graph.ts";
import type { SymbolRow } from "../../ports/symbols.ts";
import { cursorFor, offsetOf } from "../answer/cursor.ts";
import { missingNote } from "../answer/missing-note.ts";
import { ToolFailure } from "../answer/tool-failure.ts";
import { oneLine, tokensOf } from "../answer/visible-text.ts";
import { defineTool, reads, type ToolCall } from "../call/tool.ts";
import { type FoundIndex, filterIn, indexFor, namespacesOf } from "../project/project.ts";
import { cursor, maxTokens, path, project } from "./fields.ts";
import { diffText, historyText } from "./history-text.ts";
import { boundsNote, impactLines, nameOf } from "./steps-text.ts";

const mostListed = 5000;

export const repoMap = defineTool({
  name: "repo_map",
  title: "Repository map",
  description:
    "Map of an unfamiliar repository: its most important files and signatures within max_tokens. show=changes: the impact of the git diff (working tree against since) and which tests to run; unused: dead code; entry_points: where it starts; history: the commits that changed a definition.",
  group: "code",
  input: z.strictObject({
    show: z.enum(["map", "changes", "unused", "entry_points", "history"]).default("map"),
    focus: z
      .string()
      .max(500)
      .describe("map: paths, names or words; history: NAME or FILE#NAME")
      .optional(),
    since: z.string().max(200).describe("changes: a commit or A..B").default("HEAD"),
    path: path.describe("Folder or glob").optional(),
    max_tokens: maxTokens(1500),
    cursor,
    project,
  }),
  annotations: reads,
  hasRecord: false,
  async run({ cursor: from, ...question }, call) {
    const offset = offsetOf(question, from);
    const index = await indexFor(call, question.project);
    const { lines, note } = await ask(index, question, call);
    const shown: string[] = [];
    let left = question.max_tokens;
    for (const line of lines.slice(offset)) {
      left -= tokensOf(line) + 1;
      if (left < 0 && shown.length > 0) break;
      shown.push(line);
    }
    const at = offset + shown.length;
    return {
      text: [
        ...shown,
        at < lines.length && question.show !== "map"
          ? `${lines.length - at} lines follow; more: cursor="${cursorFor(question, at)}"`
          : "",
        note,
        (await missingNote(index.code)) ?? "",
      ]
        .filter((line) => line !== "")
        .join("\n"),
    };
  },
});

interface Question {
  show: "map" | "changes" | "unused" | "entry_points" | "history";
  focus?: string | undefined;
  since: string;
  path?: string | undefined;
  max_tokens: number;
}

async function ask(
  index: FoundIndex,
  { show, focus, since, path: said, max_tokens: maxTokens }: Question,
  call: ToolCall,
): Promise<{ lines: string[]; note: string }> {
  const { signal } = call;
  const inside = filterIn(index, said);
  const { code } = index;
  if (show === "map") {
    const parts = focus?.split(",").map((part) => part.trim());
    const map = await code.map({ maxTokens, signal, ...defined({ focus: parts, path: inside }) });
    const unmet = map.unmet.length === 0 ? "" : `Nothing fits ${oneLine(map.unmet.join(", "))}. `;
    return {
      lines: map.text === "" ? [] : map.text.split("\n").map(shownLine),
      note: `${unmet}${map.filesLeftOut} more files: pass focus, path or a larger max_tokens.`,
    };
  }
  if (show === "history") {
    if (focus === undefined)
      throw new ToolFailure("Pass what the history is of as focus: NAME, FILE or FILE#NAME.");
    const { memories } = call.backend.haypile;
    const spaces = [namespacesOf(call.connection)].flat().filter((one) => one !== undefined);
    return await historyText(code, focus, memories, spaces, signal);
  }
  if (show === "changes" && since.includes("..")) {
    const options = { impact: true, limit: mostListed, signal, ...defined({ path: inside }) };
    return diffText(await code.diff(since, undefined, options));
  }
  if (show === "changes") {
    const files = inside === undefined ? undefined : [inside];
    const result = await code.impact({ since, limit: mostListed, signal, ...defined({ files }) });
    if (result.files.length === 0) return { lines: [`Nothing changed since ${since}.`], note: "" };
    return { lines: impactLines(result), note: boundsNote(result) };
  }
  const result = await code.unused({ limit: mostListed, signal, ...defined({ path: inside }) });
  const found =
    show === "unused"
      ? result.unused.map(({ definition, sure, doubts }) => ({
          definition,
          head: sure,
          why: doubts.map((doubt) => unusedDoubts[doubt]).join("; "),
        }))
      : result.entryPoints.map(({ definition, why }) => ({
          definition,
          head: why,
          why: entryReasons[why],
        }));
  const shown = found.filter(({ definition }) => !isSecretPath(definition.path));
  const lines = shown.map(({ definition, head, why }) => lineOf(definition, head, why));
  const none = show === "unused" ? "Nothing is unused." : "No entry points.";
  return { lines: lines.length === 0 ? [none] : lines, note: "" };
}

function lineOf(definition: SymbolRow, head: string, why: string): string {
  const { path: file, headLine, kind } = definition;
  const tail = why === "" ? "" : ` (${why})`;
  return oneLine(`${head} ${file}:${headLine} ${kind} ${nameOf(definition)}${tail}`, 500);
}

function shownLine(line: string): string {
  return `${/^ */u.exec(line)?.[0] ?? ""}${oneLine(line, 300)}`;
}
