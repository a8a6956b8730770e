/* Deletion by filter in several stores: each gives a token of its own, and they are said together. */
import { HaypileError } from "../../../base/errors.ts";
import type { ForgetResult } from "../../../ports/answers/memory-reports.ts";
import type { ForgetPreview, MemoryFilter } from "../../../ports/memories.ts";
import type { Parts } from "./parts.ts";

export type Confirmed = { confirm: string; hard?: boolean | undefined };

/** Between tokens, and between times, of several stores. */
export const between = ",";

const mostShown = 10;

/** What is found in its own store only goes, whatever another one has of that namespace. @throws as forgetWhere() of one */
export async function forgetAcross(
  parts: Parts,
  filter: MemoryFilter,
  options?: Confirmed,
): Promise<ForgetPreview | ForgetResult> {
  const asked = await parts.askedForOwn(filter.namespace);
  if (options === undefined) {
    const previews: ForgetPreview[] = [];
    for (const { part, namespace } of asked) {
      const isNone = filter.namespace === undefined && namespace?.length === 0;
      previews.push(
        isNone
          ? { matched: 0, sample: [], confirm: "" }
          : await part.memories.forgetWhere({ ...filter, namespace }),
      );
    }
    return {
      matched: previews.reduce((sum, { matched }) => sum + matched, 0),
      sample: previews.flatMap(({ sample }) => sample).slice(0, mostShown),
      confirm: previews.map(({ confirm }) => confirm).join(between),
    };
  }
  const confirms = String(options.confirm).split(between);
  const results: ForgetResult[] = [];
  for (const [at, { part, namespace }] of asked.entries()) {
    const { [at]: confirm = "" } = confirms;
    const isNone = filter.namespace === undefined && namespace?.length === 0;
    if (isNone && confirm !== "") throw noneAnyMore();
    if (isNone) continue;
    const said = { ...options, confirm };
    results.push(await part.memories.forgetWhere({ ...filter, namespace }, said));
  }
  return together(results);
}

function together(results: readonly ForgetResult[]): ForgetResult {
  const some = results.filter(({ deleted }) => deleted > 0);
  const [only = results[0]] = some;
  if (some.length < 2) return only ?? { deleted: 0, recoverableUntil: undefined, at: undefined };
  const until = some.flatMap(({ recoverableUntil }) => recoverableUntil ?? []).sort();
  return {
    deleted: some.reduce((sum, { deleted }) => sum + deleted, 0),
    recoverableUntil: until[0],
    at: some.every(({ at }) => at !== undefined)
      ? some.map(({ at }) => at).join(between)
      : undefined,
  };
}

function noneAnyMore(): HaypileError {
  return new HaypileError(
    "HAYPILE_CONFIRM",
    "Expected the token of a preview of these memories, but a store that it is of holds none of them any more. Ask for the preview again and confirm with its token.",
    { data: { matched: 0 } },
  );
}
