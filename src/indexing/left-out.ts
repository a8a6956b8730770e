/*
 * What of a folder is left out of its index, and by which rule: the walk of an index run, told by its rules. A file that
 * the walk gives and the index has not is read, since only its content can leave it out. Counts are of all, paths are a
 * page of them, so nothing grows with what is left out but the rules.
 */
import { HaypileError } from "../base/errors.ts";
import { type SkipReason, skipReasons } from "../ports/answers/index-run.ts";
import type {
  LeftOutCounts,
  LeftOutOptions,
  LeftOutPath,
  LeftOutResult,
} from "../ports/answers/left-out.ts";
import type { FileTable } from "../ports/store.ts";
import { RuleTexts } from "./rule-text.ts";
import { compareUtf8 } from "./walk/byte-order.ts";
import { defaultMaxFileBytes } from "./walk/ignore-defaults.ts";
import type { Skip } from "./walk/others-code.ts";
import { resolveRoot, walkFolder } from "./walk/walk.ts";
import { describeSkip, judgeContent, ruleOf } from "./why-left-out.ts";

export interface LeftOutRequest extends LeftOutOptions {
  /** The indexed folder. */
  root: string;
  files: Pick<FileTable, "stampOf">;
}

const defaultLimit = 100;
const mostLimit = 1_000;
/** Rules that are counted one by one; what others leave out is counted together. */
const mostRules = 5_000;
const mostRulesShown = 200;
const mostWaiting = 20;

/**
 * @throws HaypileError HAYPILE_USAGE, HAYPILE_ABORTED, and those of resolveRoot()
 */
export async function leftOutOf(request: LeftOutRequest): Promise<LeftOutResult> {
  const { files, signal, maxFileBytes = defaultMaxFileBytes } = request;
  const limit = checkedLimit(request.limit);
  const reasons = checkedReasons(request.reasons);
  const after = request.cursor === undefined ? undefined : pathOf(request.cursor);
  const root = await resolveRoot(request.root);
  const tally = after === undefined ? new Tally() : undefined;
  const page: [string, Skip][] = [];
  let isMore = false;
  /** The page is full, and there is nothing to count: where all is left out the walk gives nothing to stop at. */
  const full = new AbortController();
  const add = (reason: SkipReason, path: string, because = ""): void => {
    // A folder that the last page ended with is come by once more.
    if (after !== undefined && compareUtf8(path, after) <= 0) return;
    const rule = ruleOf(reason, because);
    tally?.add(reason, rule);
    if (reasons !== undefined && !reasons.has(reason)) return;
    if (request.rule !== undefined && request.rule !== rule) return;
    if (page.length < limit) page.push([path, { reason, because }]);
    else {
      isMore = true;
      if (tally === undefined) full.abort();
    }
  };
  const part = { under: request.under, after };
  const stop = signal === undefined ? full.signal : AbortSignal.any([signal, full.signal]);
  try {
    const skips = { add };
    for await (const { path } of walkFolder(root, { skips, maxFileBytes, signal: stop, part })) {
      if (after !== undefined && compareUtf8(path, after) <= 0) continue;
      if (files.stampOf(path) !== undefined) continue;
      const skip = await judgeContent(root, path, maxFileBytes);
      if (skip === undefined) tally?.wait(path);
      else add(skip.reason, path, skip.because);
    }
  } catch (error) {
    // Nobody asked for more than the page.
    if (!full.signal.aborted || signal?.aborted === true) throw error;
  }
  const rules = new RuleTexts(root);
  const paths: LeftOutPath[] = [];
  for (const [path, skip] of page) paths.push(await describeSkip(path, skip, rules));
  const last = page.at(-1)?.[0];
  return {
    root,
    paths,
    cursor: isMore && last !== undefined ? cursorOf(last) : undefined,
    counts: await tally?.counts(rules),
  };
}

/** Counts by reason and by rule, in bounded memory. */
class Tally {
  readonly #byReason = new Map<SkipReason, number>();
  readonly #byRule = new Map<string, { reason: SkipReason; rule: string; count: number }>();
  readonly #waiting: string[] = [];
  #total = 0;
  #waits = 0;
  #rulesLeftOut = 0;

  add(reason: SkipReason, rule: string): void {
    this.#total += 1;
    this.#byReason.set(reason, (this.#byReason.get(reason) ?? 0) + 1);
    const key = `${reason}\n${rule}`;
    const known = this.#byRule.get(key);
    if (known !== undefined) known.count += 1;
    else if (this.#byRule.size < mostRules) this.#byRule.set(key, { reason, rule, count: 1 });
    else this.#rulesLeftOut += 1;
  }

  wait(path: string): void {
    this.#waits += 1;
    if (this.#waiting.length < mostWaiting) this.#waiting.push(path);
  }

  async counts(rules: RuleTexts): Promise<LeftOutCounts> {
    const all = [...this.#byRule.values()].sort(
      (a, b) => b.count - a.count || compareUtf8(a.rule, b.rule),
    );
    const byRule: LeftOutCounts["byRule"] = [];
    for (const one of all.slice(0, mostRulesShown)) {
      const at = one.reason.startsWith("ignored-by") ? await rules.at(one.rule) : undefined;
      byRule.push(at === undefined ? one : { ...one, at });
    }
    return {
      total: this.#total,
      byReason: Object.fromEntries(this.#byReason),
      byRule,
      rulesLeftOut: this.#rulesLeftOut + all.length - byRule.length,
      waiting: { count: this.#waits, examples: this.#waiting },
    };
  }
}

function checkedLimit(limit: number = defaultLimit): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= mostLimit) return limit;
  throw new HaypileError(
    "HAYPILE_USAGE",
    `Expected a whole number from 1 to ${mostLimit} for limit but got ${limit}.`,
    { data: { limit } },
  );
}

function checkedReasons(reasons: readonly string[] | undefined): ReadonlySet<string> | undefined {
  if (reasons === undefined || reasons.length === 0) return undefined;
  for (const reason of reasons) {
    if (Object.hasOwn(skipReasons, reason)) continue;
    throw new HaypileError(
      "HAYPILE_USAGE",
      `Expected reasons among ${Object.keys(skipReasons).join(", ")} but got ${JSON.stringify(reason.slice(0, 64))}.`,
      { data: { reasons: [...reasons] } },
    );
  }
  return new Set(reasons);
}

/** Paths in cursors: for who keeps them they are one word. */
function cursorOf(path: string): string {
  return Buffer.from(path, "utf8").toString("base64url");
}

function pathOf(cursor: string): string {
  const path = Buffer.from(cursor, "base64url").toString("utf8");
  if (path !== "" && cursorOf(path) === cursor) return path;
  throw new HaypileError("HAYPILE_USAGE", "Expected a cursor of the page before this one.");
}
