/* Memories by the code they speak of, wherever that stands now. Nothing of the code is looked at. */
import { HaypileError } from "../../base/errors.ts";
import type {
  AnchoredMemory,
  AnchoredOptions,
  AnchoredResult,
} from "../../ports/answers/time/history.ts";
import type { MemoryAnchor } from "../../ports/memories.ts";
import type { MemoryStore, StoredAnchor } from "../../ports/memory-rows.ts";
import { checkAnchors, checkCount, checkNamespaces } from "../checks/options.ts";
import { isoTime } from "../recall/show.ts";

const keysPerStep = 64;
const mostAnchors = 1_000;

/** @throws HaypileError HAYPILE_USAGE */
export function anchoredTo(
  store: Pick<MemoryStore, "rows" | "relations">,
  options: AnchoredOptions,
): AnchoredResult {
  const limit = checkCount("limit", options.limit ?? 100, 1, 1_000);
  const namespaces = checkNamespaces(options.namespace);
  const given: readonly MemoryAnchor[] = options.anchors ?? [];
  if (!Array.isArray(given) || given.length === 0 || given.length > mostAnchors) {
    throw new HaypileError(
      "HAYPILE_USAGE",
      `Expected 1 to ${mostAnchors} anchors of anchored(): a list of { path, symbol }.`,
    );
  }
  const wanted = given.flatMap((anchor) => checkAnchors([anchor]));
  const paths = [...new Set(wanted.map(({ path }) => path))];
  const now = Date.now();
  const found: AnchoredMemory[] = [];
  for (let after = ""; ; ) {
    const keys = store.relations.anchored(after, keysPerStep, paths);
    for (const key of keys) {
      after = key;
      const row = store.rows.current(key);
      const isAsked = row !== undefined && (namespaces?.includes(row.namespace) ?? true);
      if (!isAsked || row.deleted !== undefined || row.until !== undefined) continue;
      if (row.expires !== undefined && row.expires <= now) continue;
      const anchors = store.relations.anchors([key]).filter((one) => isOneOf(one, wanted));
      if (anchors.length === 0) continue;
      const shown = anchors.map(({ path, symbol, verified, commit }) => ({
        path,
        symbol,
        verifiedAt: isoTime(verified),
        verifiedCommit: commit,
      }));
      const { text, namespace, created, since } = row;
      const times = { createdAt: isoTime(created), updatedAt: isoTime(since) };
      found.push({ id: key, text, namespace, ...times, anchors: shown });
    }
    if (keys.length < keysPerStep) break;
  }
  found.sort((a, b) => (a.updatedAt < b.updatedAt ? 1 : -1));
  return { memories: found.slice(0, limit), leftOut: Math.max(0, found.length - limit) };
}

/** A name with what holds it, or without: "Retry.delay" and "delay" may be one. */
function isOneOf(
  anchor: Pick<StoredAnchor, "path" | "symbol">,
  wanted: readonly MemoryAnchor[],
): boolean {
  return wanted.some(({ path, symbol }) => {
    if (path !== anchor.path) return false;
    const own = anchor.symbol;
    if (symbol === undefined || own === symbol) return true;
    return own !== undefined && (own.endsWith(`.${symbol}`) || symbol.endsWith(`.${own}`));
  });
}
