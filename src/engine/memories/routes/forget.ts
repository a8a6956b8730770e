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
      previews.push(
        filter.namespace === undefined && namespace?.length === 0
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
  const isNone = (namespace: MemoryFilter["namespace"]): boolean =>
    filter.namespace === undefined && namespace?.length === 0;
  // Before the first of them is forgotten.
  for (const [at, { namespace }] of asked.entries()) {
    const { [at]: confirm = "" } = confirms;
    if (isNone(namespace) !== (confirm === "")) throw otherNow();
  }
  for (const [at, { part, namespace }] of asked.entries()) {
    const { [at]: confirm = "" } = confirms;
    if (isNone(namespace)) continue;
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

function otherNow(): HaypileError {
  return new HaypileError(
    "HAYPILE_CONFIRM",
    "Expected the token of a preview of these memories, but the stores that it is of hold others by now. Ask for the preview again and confirm with its token.",
    { data: { matched: 0 } },
  );
}
