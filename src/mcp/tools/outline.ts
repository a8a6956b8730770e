import { z } from "zod";
import { defined } from "../../base/defined.ts";
import { isSecretPath } from "../../base/paths/secret-paths.ts";
import type { FileOutline } from "../../ports/answers/definitions.ts";
import { parseFailures, partlyInWords } from "../../ports/syntax.ts";
import { atNote } from "../answer/at-note.ts";
import { cursorFor, offsetOf } from "../answer/cursor.ts";
import { indexingNote, staleNote } from "../answer/missing-note.ts";
import { oneLine, tokensOf } from "../answer/visible-text.ts";
import { defineTool, reads } from "../call/tool.ts";
import { historyFor, indexFor, inProject } from "../project/project.ts";
import { at as atField, cursor, maxTokens, path, project } from "./fields.ts";

const mostFiles = 5000;
/** Those of a commit may have to be parsed first. */
const mostPastFiles = 300;

export const outline = defineTool({
  name: "outline",
  title: "Outline",
  description:
    "List the structure of a file (its classes and functions with signatures and line ranges) or of a folder (its files and their top level), without the bodies. An overview before opening anything.",
  group: "code",
  input: z.strictObject({
    path: path.describe("File or folder").default(""),
    depth: z.int().min(0).max(20).describe("Nesting shown").optional(),
    at: atField,
    max_tokens: maxTokens(3000),
    cursor,
    project,
  }),
  annotations: reads,
  hasRecord: false,
  async run({ cursor: from, max_tokens: most, ...question }, call) {
    const offset = offsetOf(question, from);
    const { at: said } = question;
    const isNow = said === undefined;
    const index = await (isNow ? indexFor : historyFor)(call, question.project);
    const own = isNow ? inProject(index, question.path) : question.path;
    const found = await index.code.outline(own, {
      maxFiles: isNow ? mostFiles : mostPastFiles,
      ...defined({ depth: question.depth }),
      ...(isNow ? {} : { at: said, signal: call.signal }),
    });
    const { files, filesLeftOut } = found;
    // One entry a line; where the budget ends, the next page goes on with the line after.
    const lines = files.filter((file) => !isSecretPath(file.path)).flatMap(linesOf);
    const shown: string[] = [];
    let left = most;
    let file = "";
    for (const line of lines.slice(offset)) {
      left -= tokensOf(line.text) + 1;
      if (left < 0 && shown.length > 0) break;
      file = line.file;
      shown.push(line.text);
    }
    const at = offset + shown.length;
    const begin = lines[offset];
    const goesOn =
      offset > 0 && begin !== undefined && begin.text !== begin.file
        ? [`(${begin.file}, continued)`]
        : [];
    const rest = lines.length - at;
    return {
      text: [
        ...goesOn,
        ...shown,
        rest > 0
          ? `${rest} lines follow${file === lines[at]?.file ? ` of ${file} and later files` : ""}; narrow the path, or more: cursor="${cursorFor(question, at)}"`
          : "",
        filesLeftOut > 0
          ? `${filesLeftOut} files beyond the first ${files.length} are left out: narrow the path.`
          : "",
        found.at === undefined ? (indexingNote(call, index.root) ?? "") : atNote(found.at),
      ]
        .filter((line) => line !== "")
        .join("\n"),
    };
  },
});

function linesOf({ path: name, definitions, missing, partly, stale }: FileOutline): {
  file: string;
  text: string;
}[] {
  const file = oneLine(name, 1000);
  return [
    { file, text: `${file}${staleNote(stale)}` },
    ...(missing === undefined
      ? []
      : [{ file, text: `  definitions are missing: ${parseFailures[missing]}` }]),
    ...(partly === true ? [{ file, text: `  ${partlyInWords}` }] : []),
    ...definitions.map(({ depth, startLine, endLine, kind, name: own, signature }) => ({
      file,
      text: `${"  ".repeat(depth + 1)}${startLine}-${endLine} ${oneLine(signature === "" ? `${kind} ${own}` : signature, 200)}`,
    })),
  ];
}
