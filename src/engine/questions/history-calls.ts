/* How code came to be, as an engine answers it: out of git's objects and the files of now. */
import { checkTextArgument } from "../../base/check-options.ts";
import type { HistoryOptions, HistoryResult } from "../../ports/answers/history.ts";
import { checkCall, codeCalls } from "../../ports/calls.ts";
import type { SyntaxParser } from "../../ports/syntax.ts";
import { history } from "../history/changes/history.ts";
import { GraphCalls, withGraphParts } from "./graph-calls.ts";

/** Parse processes are kept for the next page, milliseconds. */
const parserRestMs = 20_000;

const resting = new WeakMap<SyntaxParser, NodeJS.Timeout>();

export abstract class HistoryCalls extends GraphCalls {
  /**
   * The commits that changed a definition's body, a file or lines of it, the newest first; what is not committed yet
   * comes before them. Renames and moves are followed.
   *
   * @param target "NAME", "FILE", "FILE#NAME" or "FILE:10-20"
   * @throws HaypileError HAYPILE_USAGE, HAYPILE_SYMBOL_MISSING, HAYPILE_PATH_REFUSED, HAYPILE_GIT,
   *   HAYPILE_REVISION_MISSING, HAYPILE_ABORTED, HAYPILE_NOT_INDEXED
   */
  async history(target: string, options: HistoryOptions = {}): Promise<HistoryResult> {
    checkTextArgument("history()", "target", target);
    checkCall(codeCalls, "history", [target, options]);
    return await this[withGraphParts]((parts) =>
      restingAfter(parts.parser, () => history(parts, target, options)),
    );
  }
}

async function restingAfter<T>(parser: SyntaxParser, work: () => Promise<T>): Promise<T> {
  clearTimeout(resting.get(parser));
  try {
    return await work();
  } finally {
    clearTimeout(resting.get(parser));
    const timer = setTimeout(() => void parser.rest(), parserRestMs);
    timer.unref();
    resting.set(parser, timer);
  }
}
