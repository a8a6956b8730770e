/* From what was found to the answer: the part that was, what stands around it, whether its code is still the same. */
import { log } from "../../base/log.ts";
import { StageClock } from "../../base/stages.ts";
import type { AnchorReader } from "../../ports/anchor-reader.ts";
import type { Memory, RecallHit, RecallOptions, RecallResult } from "../../ports/memories.ts";
import { type MemoryStore, type StoredAnchor, toldAt } from "../../ports/memory-rows.ts";
import { compareAnchors } from "../anchors/anchors.ts";
import { checkCount } from "../checks/options.ts";
import { findMemories, type RecallParts } from "./recall.ts";
import type { Found } from "./scored.ts";
import { fitTokens, isoTime, showRows } from "./show.ts";

const mostNeighbours = 100;
const mostTokens = 10_000_000;

/** Beside what is found: what stands beside memories, and the write that shortens the text of an anchor. */
type Answering = Pick<MemoryStore, "relations" | "write">;

export interface AnswerParts extends RecallParts {
  store: RecallParts["store"] & Answering;
  anchorReader: AnchorReader | undefined;
}

/** @throws HaypileError HAYPILE_USAGE, HAYPILE_ABORTED, HAYPILE_CLOSED */
export async function recall(
  parts: AnswerParts,
  query: string,
  options: RecallOptions,
  clock = new StageClock(),
): Promise<Omit<RecallResult, "isPartial" | "timesMs"> & { isLeftOut: boolean }> {
  const { store, embedder, anchorReader } = parts;
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
  const hits = await Promise.all(
    found.map(async (one, at): Promise<RecallHit> => {
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
        unverifiedSince: await unverified(store, anchorReader, one, memory),
        before: shown(around?.before),
        after: shown(around?.after),
        why: options.why === true ? one.why : undefined,
      };
    }),
  );
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

async function unverified(
  store: Answering,
  reader: AnchorReader | undefined,
  { row }: Found,
  { anchors }: Memory,
): Promise<RecallHit["unverifiedSince"]> {
  if (anchors.length === 0) return undefined;
  try {
    const { unverified: found, trimmed } = await compareAnchors(
      reader,
      store.relations.anchors([row.key]),
    );
    if (trimmed !== undefined) trim(store, row.key, trimmed);
    return found;
  } catch (error) {
    log("debug", `anchors of a memory could not be compared: ${String(error)}`);
    return undefined;
  }
}

/** While another process writes, the next recall does it. */
function trim(store: Answering, key: string, anchors: readonly StoredAnchor[]): void {
  try {
    store.write("keep less of what is anchored to", () => store.relations.setAnchors(key, anchors));
  } catch (error) {
    log("debug", `the text of an anchor stays for now: ${String(error)}`);
  }
}
