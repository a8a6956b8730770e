/* How code came to be, as an engine answers it: out of git's objects and the files of now. */
import { checkTextArgument } from "../../base/check-options.ts";
import type { DiffImpact, DiffOptions, DiffResult } from "../../ports/answers/time/diff.ts";
import type { HistoryOptions, HistoryResult } from "../../ports/answers/time/history.ts";
import { checkCall, codeCalls } from "../../ports/calls.ts";
import type { SymbolTable } from "../../ports/symbols.ts";
import type { SyntaxParser } from "../../ports/syntax.ts";
import { insideAny } from "../../symbols/find-symbol.ts";
import { assertImpactOptions, type Change, impactOf } from "../../symbols/graph/impact.ts";
import { type Diff, diff } from "../history/changes/diff.ts";
import { history } from "../history/changes/history.ts";
import { gated, withGraphParts } from "./graph-calls.ts";
import { standIn, toChange } from "./impact.ts";
import { SymbolCalls } from "./symbol-calls.ts";

/** Parse processes are kept for the next page, milliseconds. */
const parserRestMs = 20_000;

const resting = new WeakMap<SyntaxParser, NodeJS.Timeout>();

export abstract class HistoryCalls extends SymbolCalls {
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
      restingAfter(parts.parser, () =>
        history({ ...parts, cache: this.past.cache }, target, options),
      ),
    );
  }

  /**
   * The files that differ between two commits, or between a commit and the files as they are; definitions that were
   * added, removed, renamed, moved or changed, and what uses them.
   *
   * @param from a revision or time; "A..B", or "A...B" for what B has since it parted from A
   * @param to the same; default: that of `from`, else the files as they are
   * @throws HaypileError HAYPILE_USAGE, HAYPILE_PATH_REFUSED, HAYPILE_GIT, HAYPILE_REVISION_MISSING, HAYPILE_ABORTED,
   *   HAYPILE_NOT_INDEXED
   */
  async diff(from: string, to?: string, options: DiffOptions = {}): Promise<DiffResult> {
    checkTextArgument("diff()", "from", from);
    if (to !== undefined) checkTextArgument("diff()", "to", to);
    checkCall(codeCalls, "diff", [from, to, options]);
    const { depth, limit } = options;
    assertImpactOptions({ depth, limit: limit === undefined ? undefined : Math.min(limit, 5_000) });
    return await this[withGraphParts](async ({ symbols, root, parser }) => {
      const fits = insideAny(gated(root, options.path));
      const found = await restingAfter(parser, () =>
        diff({ root, parser, cache: this.past.cache, fits }, from, to, options),
      );
      if (options.impact !== true) return found.result;
      return { ...found.result, impact: await impactBy(symbols, found, options) };
    });
  }
}

/** Uses are looked for in the index as it is: of what has another name or place since, as it was. */
async function impactBy(
  symbols: SymbolTable,
  { differing, result }: Diff,
  { depth, limit, signal }: DiffOptions,
): Promise<DiffImpact> {
  const changes = differing.map(({ told, now, old }, at): Change => {
    const definition = now ?? old;
    const { path, kind, line, change: said, before } = told;
    const { name = "", container = "" } = definition ?? {};
    const change = said === "renamed" ? "changed" : said;
    const touched = { path, name, container, kind, change, line, definition } as const;
    const isElsewhere = before !== undefined && (said === "renamed" || said === "moved");
    const was =
      isElsewhere && old !== undefined ? standIn(before.path, old, -2 - at * 2) : undefined;
    return { ...toChange(symbols, touched, at), was };
  });
  const commit = result.to.commit ?? result.from.commit;
  const found = await impactOf(symbols, { commit, files: [], changes }, { depth, limit, signal });
  const { tests, affected, leftOut, notFollowed, isCut } = found;
  return { usesOf: "index", tests, affected, leftOut, notFollowed, isCut };
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
