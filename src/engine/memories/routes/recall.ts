/*
 * One recall over several stores. Scores are on one scale for every question, so the best of each are the best of all. A
 * store that is away leaves its part out where nobody asked for it by name: the answer says that it is partial.
 */
import { HaypileError } from "../../../base/errors.ts";
import { log } from "../../../base/log.ts";
import { fitTokens } from "../../../memories/recall/show.ts";
import type { RecallHit, RecallOptions, RecallResult } from "../../../ports/memories.ts";
import type { Part, Parts } from "./parts.ts";

const defaultK = 8;

export async function recallAcross(
  parts: Parts,
  query: string,
  options: RecallOptions,
): Promise<RecallResult> {
  const asked = parts.asked(options.namespace);
  const [only] = asked;
  if (asked.length === 1 && only !== undefined) {
    return await only.part.memories.recall(query, { ...options, namespace: only.namespace });
  }
  const answers = await Promise.all(
    asked.map(async ({ part, namespace }) => {
      const said = { ...options, namespace, maxTokens: undefined };
      const answer = part.memories.recall(query, said);
      const result =
        options.namespace === undefined ? await unlessAway(part, answer) : await answer;
      return { part, result };
    }),
  );
  const found = answers.flatMap(({ part, result }) =>
    result === undefined ? [] : { part, result },
  );
  const [first] = found;
  if (first === undefined) {
    throw new HaypileError(
      "HAYPILE_STORE_AWAY",
      "None of the stores of these memories can be reached. Wait until one is back, then ask again.",
    );
  }
  const hits = found.flatMap(({ part, result }) => {
    const own = result.hits.filter(({ memory }) => parts.isOwn(part, memory.namespace));
    for (const { memory } of own) parts.note(memory.id, part);
    return own;
  });
  const best = hits.sort(query.trim() === "" ? byTime : byScore).slice(0, options.k ?? defaultK);
  const fitted = await fitTokens(best, options.maxTokens, undefined);
  const results = found.map(({ result }) => result);
  const nearest = results.flatMap((one) => one.nearest ?? []);
  const sum = (of: (result: RecallResult) => number): number =>
    results.reduce((all, result) => all + of(result), 0);
  return {
    hits: fitted.hits,
    searched: sum(({ searched }) => searched),
    nearest: nearest.length === 0 ? undefined : Math.max(...nearest),
    withoutVector: sum(({ withoutVector }) => withoutVector),
    isPartial:
      fitted.isCut || found.length < asked.length || results.some(({ isPartial }) => isPartial),
    // They ran side by side: the slowest is what was waited for.
    timesMs: results.reduce((a, b) => (b.timesMs.total > a.timesMs.total ? b : a)).timesMs,
  };
}

/** Undefined: its server is away. */
async function unlessAway(
  { store }: Part,
  answer: Promise<RecallResult>,
): Promise<RecallResult | undefined> {
  try {
    return await answer;
  } catch (error) {
    const isAway = HaypileError.isInstance(error) && error.code === "HAYPILE_STORE_AWAY";
    if (!isAway) throw error;
    log("warn", `memories of ${store} are left out: ${error.message}`);
    return undefined;
  }
}

const byScore = (a: RecallHit, b: RecallHit): number => b.score - a.score;
const byTime = (a: RecallHit, b: RecallHit): number =>
  a.memory.updatedAt < b.memory.updatedAt ? 1 : a.memory.updatedAt > b.memory.updatedAt ? -1 : 0;
