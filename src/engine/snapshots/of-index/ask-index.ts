/* Asks an index that was restored into a scratch folder: by words, which needs no model and no folder. */
import { sqlFunctions, wordSplitter } from "../../../native/words.ts";
import type { VerifiedSnapshot } from "../../../ports/answers/time/snapshots.ts";
import { someChunks } from "../../../storage/sqlite/copies/index-kind.ts";
import { openSqliteStore } from "../../../storage/sqlite/store.ts";
import type { Place } from "../kinds.ts";

const searches = 3;
const mostLookedAt = 60;
const wordsAsked = 8;
const hitsLookedAt = 20;

/** Chunks from everywhere in it are looked for by their own first words. @throws HaypileError those of the database */
export function askIndex(
  { addonFolder }: Place,
  path: string,
  { recalls: asked, findings }: Pick<VerifiedSnapshot, "recalls" | "findings">,
): void {
  const store = openSqliteStore({
    path,
    readonly: true,
    splitWords: wordSplitter(addonFolder),
    sqlFunctions: sqlFunctions(addonFolder),
  });
  try {
    for (const { id, text } of spread(store.texts.passagesOf(someChunks(path, mostLookedAt)))) {
      if (asked.length === searches) return;
      const words = text.match(/(?<![\p{L}\p{N}])[\p{L}\p{N}]{3,40}(?![\p{L}\p{N}])/gu) ?? [];
      if (words.length === 0) continue;
      const some = [...new Set(words)].slice(0, wordsAsked);
      const query = some.join(" ");
      const began = performance.now();
      const hits = store.texts.search(query, hitsLookedAt);
      const ms = Math.round((performance.now() - began) * 10) / 10;
      // Where many chunks say the same, another of them may be nearer.
      const texts = store.texts.passagesOf(hits.map(({ chunkId }) => chunkId));
      const found = texts.some(
        (hit) => hit.id === id || some.every((word) => hit.text.includes(word)),
      );
      asked.push({ query, found, ms });
      if (hits.length === 0) findings.push(`a search finds nothing: ${JSON.stringify(query)}`);
    }
  } finally {
    store.close();
  }
}

/** The first, one of the middle, one near the end; then the others. */
function spread<T>(all: readonly T[]): T[] {
  const firsts = Array.from({ length: searches }, (_, at) =>
    Math.floor((at * all.length) / searches),
  );
  const chosen = new Set(firsts);
  return [...firsts.map((at) => all[at]), ...all.filter((_, at) => !chosen.has(at))].filter(
    (one) => one !== undefined,
  ) as T[];
}
