import { z } from "zod";
import { parseTarget } from "../../base/text/read-target.ts";
import type { AnsweredAt } from "../../ports/answers/time/answered-at.ts";
import type { CodeIndex } from "../../ports/haypile.ts";
import { atNote } from "../answer/at-note.ts";
import { staleNote } from "../answer/missing-note.ts";
import { ToolFailure } from "../answer/tool-failure.ts";
import { oneLine, shownCode, tokensOf } from "../answer/visible-text.ts";
import { defineTool, reads } from "../call/tool.ts";
import { historyFor, indexFor } from "../project/project.ts";
import { type IndexedText, readIndexed } from "../project/read-indexed.ts";
import { at as atField, maxTokens, path, project } from "./fields.ts";
import { withSpan } from "./read-span.ts";

/** Longer lines are cut: they are data or minified. */
const mostLineChars = 2000;

export const read = defineTool({
  name: "read",
  title: "Read",
  description:
    "Open source at a place that another tool gave: a span of lines with their numbers, or the whole body of a definition. Indexed files only.",
  group: "code",
  input: z.strictObject({
    target: path.min(1).describe("path, path:10-40 or path#Symbol"),
    at: atField,
    context: z.int().min(0).max(200).describe("Lines around it").default(0),
    max_tokens: maxTokens(6000),
    project,
  }),
  rewrite: withSpan,
  annotations: reads,
  hasRecord: false,
  async run({ target, at: said, context, max_tokens: most, project: folder }, call) {
    const index = await (said === undefined ? indexFor : historyFor)(call, folder);
    const wanted = parseTarget(target);
    const past = said === undefined ? undefined : { at: said, signal: call.signal };
    const readNow = async (): Promise<IndexedText & { at?: AnsweredAt }> =>
      past === undefined
        ? await readIndexed(index, wanted.path)
        : await index.code.fileAt(wanted.path, past);
    let { path: name, lines, at: revision } = await readNow();
    let span: Span = wanted;
    if (wanted.symbol !== undefined) {
      span = await spanOf(index.code, name, wanted.symbol, past);
      // What was looked up is of the text as it is by now.
      if (past === undefined) ({ path: name, lines, at: revision } = await readNow());
    }
    const first = Math.max(1, (span.first ?? 1) - context);
    const last = Math.min(lines.length, (span.last ?? lines.length) + context);
    if (first > lines.length || first > last) {
      throw new ToolFailure(
        `${oneLine(name)} has ${lines.length} lines; ${first}-${span.last ?? first} is outside. Pass a span within.`,
      );
    }
    const shown: string[] = [];
    let left = most;
    const width = String(last).length;
    for (let at = first; at <= last; at += 1) {
      const line = lines[at - 1] ?? "";
      const text =
        line.length > mostLineChars
          ? `${line.slice(0, mostLineChars)}… (${line.length} characters)`
          : line;
      const numbered = `${String(at).padStart(width)}  ${shownCode(text)}`;
      left -= tokensOf(numbered) + 1;
      if (left < 0 && shown.length > 0) break;
      shown.push(numbered);
    }
    const end = first + shown.length - 1;
    const head = `${oneLine(name, 1000)}:${first}-${end} of ${lines.length} lines${staleNote(span.stale)}`;
    const more = end < last ? [`more: target="${oneLine(name, 1000)}:${end + 1}-${last}"`] : [];
    const note = revision === undefined ? [] : [atNote(revision)];
    return { text: [head, ...shown, ...more, ...note].join("\n") };
  },
});

interface Span {
  first?: number | undefined;
  last?: number | undefined;
  /** The file has changed, and where its definitions are now is not known. */
  stale?: boolean | undefined;
}

async function spanOf(
  code: CodeIndex,
  file: string,
  name: string,
  past: { at: string; signal: AbortSignal } | undefined,
): Promise<Span> {
  const [found] = await code.findSymbol(name, { path: file, k: 1, ...past });
  if (found === undefined) {
    throw new ToolFailure(
      `${oneLine(file)} has no definition named ${oneLine(name, 100)}. outline of the file lists them.`,
    );
  }
  return { first: found.startLine, last: found.endLine, stale: found.stale };
}
