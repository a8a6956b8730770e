/* From what was found to the answer: the part that was, what stands around it, whether its code is still the same. */
import { throwIfAborted } from "../../base/abort.ts";
import { log } from "../../base/log.ts";
import { StageClock } from "../../base/stages.ts";
import type { AnchorReader } from "../../ports/anchor-reader.ts";
import type { Memory, RecallHit, RecallOptions, RecallResult } from "../../ports/memories.ts";
import { type MemoryStore, type StoredAnchor, toldAt } from "../../ports/memory-rows.ts";
import { type ChangedAnchor, compareAnchors } from "../anchors/anchors.ts";
import { changesAsOf, datedChanges, unverifiedSince } from "../anchors/since.ts";
import { checkCount, checkTime } from "../checks/options.ts";
import { findMemories, type RecallParts } from "./recall.ts";
import type { Found } from "./scored.ts";
import { fitTokens, isoTime, showRows } from "./show.ts";

const mostNeighbours = 100;
const mostTokens = 10_000_000;
/** Git is waited for so long, where anchored code has changed; as of then it is asked about all anchored code. */
const mostGitMs = 400;
const mostGitAsOfMs = 1_500;
/** As of less than so long ago, files are compared as they are. */
const nowMs = 60_000;

/** Beside what is found: what stands beside memories, and the write that shortens the text of an anchor. */
type Answering = Pick<MemoryStore, "relations" | "write" | "forRecall">;

export interface AnswerParts extends RecallParts {
  store: RecallParts["store"] & Answering;
  anchorReader: AnchorReader | undefined;
  /** How long git is waited for, milliseconds. Default 400, and 1,500 with asOf. */
  gitMs?: number | undefined;
}

/** @throws HaypileError HAYPILE_USAGE, HAYPILE_ABORTED, HAYPILE_CLOSED */
export async function recall(
  given: AnswerParts,
  query: string,
  options: RecallOptions,
  clock = new StageClock(),
): Promise<Omit<RecallResult, "isPartial" | "timesMs"> & { isLeftOut: boolean }> {
  const parts = { ...given, store: given.store.forRecall?.() ?? given.store };
  const { store, embedder } = parts;
  const began = performance.now();
  const neighbours = checkCount("neighbours", options.neighbours ?? 0, 0, mostNeighbours);
  const maxTokens =
    options.maxTokens === undefined
      ? undefined
      : checkCount("maxTokens", options.maxTokens, 1, mostTokens);
  const { found, allowed, nearest, withoutVector, isPartial } = await findMemories(
    parts,
    query,
    options,
    clock,
  );
  const mark = performance.now();
  const rows = found.map(({ row }) => row);
  const memories = showRows(store.relations, rows);
  const spans = new Map(
    store.rows.parts(rows.map(({ rowId }) => rowId)).map((span) => [span.partId, span]),
  );
  const unverified = await unverifiedOf(parts, found, memories, options, began);
  const hits = found.map((one, at): RecallHit => {
    const span = one.partId === undefined ? undefined : spans.get(one.partId);
    const text = one.row.text.slice(span?.start ?? 0, span?.end);
    const memory = memories[at] as Memory;
    const around = neighbours === 0 ? undefined : allowed.around(one.row.rowId, neighbours);
    const shown = (rowIds: number[] = []): Memory[] =>
      showRows(store.relations, store.rows.get(rowIds));
    return {
      memory,
      score: one.score,
      part: { text, isWhole: text.length === one.row.text.length },
      olderThan: one.olderThan && { id: one.olderThan.key, at: isoTime(toldAt(one.olderThan)) },
      unverifiedSince: unverified[at],
      before: shown(around?.before),
      after: shown(around?.after),
      why: options.why === true ? one.why : undefined,
    };
  });
  const fitted = await fitTokens(hits, maxTokens, embedder);
  clock.add("show", mark);
  return {
    hits: fitted.hits,
    searched: allowed.count,
    nearest,
    withoutVector,
    isLeftOut: isPartial || fitted.isCut,
  };
}

/** For each hit, in order. Git is asked once, and not at all where nothing changed. */
async function unverifiedOf(
  { store, anchorReader, clock, gitMs }: AnswerParts,
  found: readonly Found[],
  memories: readonly Memory[],
  { asOf, deadlineMs = Number.POSITIVE_INFINITY, signal }: RecallOptions,
  began: number,
): Promise<RecallHit["unverifiedSince"][]> {
  if (anchorReader === undefined || memories.every(({ anchors }) => anchors.length === 0))
    return [];
  const then = checkTime("asOf", asOf, "end");
  const isPast = then !== undefined && then < (clock ?? Date.now)() - nowMs;
  const limits = (mostMs: number) => ({
    end: Math.min(performance.now() + (gitMs ?? mostMs), began + deadlineMs),
    signal,
  });
  try {
    const stored = found.map(({ row }, at) =>
      memories[at]?.anchors.length === 0 ? [] : anchorsOf(store, row.key),
    );
    if (isPast) {
      const asked = { ...limits(mostGitAsOfMs), asOf: then };
      return (await changesAsOf(anchorReader, stored, asked)).map(unverifiedSince);
    }
    const changed = await compared(store, anchorReader, found, stored);
    return (await datedChanges(anchorReader, changed, limits(mostGitMs))).map(unverifiedSince);
  } catch (error) {
    throwIfAborted(signal, "Recall");
    log("debug", `anchors of memories could not be compared: ${String(error)}`);
    return [];
  }
}

/** None where they are damaged: the memory itself is told. */
function anchorsOf({ relations }: Answering, key: string): StoredAnchor[] {
  try {
    return relations.anchors([key]);
  } catch (error) {
    log("debug", `anchors of a memory could not be read: ${String(error)}`);
    return [];
  }
}

async function compared(
  store: Answering,
  reader: AnchorReader,
  found: readonly Found[],
  stored: readonly (readonly StoredAnchor[])[],
): Promise<ChangedAnchor[][]> {
  return await Promise.all(
    found.map(async ({ row }, at) => {
      const anchors = stored[at] ?? [];
      if (anchors.length === 0) return [];
      try {
        const { changed, trimmed } = await compareAnchors(reader, anchors);
        if (trimmed !== undefined) trim(store, row.key, trimmed);
        return changed;
      } catch (error) {
        log("debug", `anchors of a memory could not be compared: ${String(error)}`);
        return [];
      }
    }),
  );
}

/** While another process writes, the next recall does it. */
function trim(store: Answering, key: string, anchors: readonly StoredAnchor[]): void {
  try {
    store.write("keep less of what is anchored to", () => store.relations.setAnchors(key, anchors));
  } catch (error) {
    log("debug", `the text of an anchor stays for now: ${String(error)}`);
  }
}
