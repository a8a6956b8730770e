/* Restores a snapshot into a folder of its own, opens what came out, counts it and asks it. */
import { join } from "node:path";
import { HaypileError } from "../../base/errors.ts";
import { removeTree } from "../../base/files/patient.ts";
import { makePrivateFolder } from "../../base/files/private-files.ts";
import type { SnapshotCounts, VerifiedSnapshot } from "../../ports/answers/time/snapshots.ts";
import type { Memories } from "../../ports/memories.ts";
import { whatIsWrong } from "../../storage/sqlite/copies/copy.ts";
import { checkMemoryDatabase } from "../../storage/sqlite/memories/file/check.ts";
import { makeImage } from "./image.ts";
import { countsIn, kindOf, type Place, wasDamaged } from "./kinds.ts";
import { lookAt } from "./look.ts";
import { beforeVersion, scratchOf } from "./names.ts";

const recalls = 3;
const wordsAsked = 8;
const mostLookedAt = 60;

/** Texts of one memory or another may be the same, or nearly. */
const hitsLookedAt = 20;

type Open = (database: string) => Promise<Memories>;

/**
 * @param open opens the memories of a file that nobody else has open
 * @throws HaypileError HAYPILE_SNAPSHOT_MISSING, HAYPILE_USAGE; what keeps it from being tried: HAYPILE_DISK_FULL,
 *   HAYPILE_PERMISSION, HAYPILE_IO
 */
export async function verifySnapshot(
  place: Place,
  id: string,
  open: Open,
): Promise<VerifiedSnapshot> {
  const began = performance.now();
  const { folder } = place;
  const scratch = scratchOf(folder, id);
  const found: VerifiedSnapshot = {
    id,
    isSound: false,
    findings: [],
    sha256: undefined,
    fileBytes: undefined,
    pages: 0,
    files: 0,
    counts: undefined,
    recalls: [],
    ms: 0,
  };
  removeTree(scratch);
  makePrivateFolder(scratch);
  try {
    await look(place, id, join(scratch, "memories.db"), found, open);
  } catch (error) {
    const isOfSnapshot =
      HaypileError.isInstance(error) &&
      ["HAYPILE_SNAPSHOT_INVALID", "HAYPILE_DB_CORRUPT", "HAYPILE_DB_NOT_A_DATABASE"].includes(
        error.code,
      );
    if (!isOfSnapshot) throw error;
    found.findings.push(String(error.data.finding ?? error.message));
  } finally {
    removeTree(scratch);
  }
  return {
    ...found,
    isSound: found.findings.length === 0,
    ms: Math.round(performance.now() - began),
  };
}

async function look(
  place: Place,
  id: string,
  file: string,
  found: VerifiedSnapshot,
  open: Open,
): Promise<void> {
  const { findings } = found;
  const image = await makeImage(place, id, file);
  const { sha256, bytes: fileBytes, pages, files } = image;
  Object.assign(found, { sha256, fileBytes, pages, files });
  const expected = beforeVersion(id) === undefined ? (await lookAt(place, id)).snapshot : undefined;
  const damage = whatIsWrong(kindOf(place), file, undefined, false);
  if (damage !== undefined) {
    // It is what was written all the same, where that is what the memories were.
    const said = expected?.damage;
    findings.push(said === undefined ? damage : wasDamaged(place, said));
    return;
  }
  const counts = countsIn(place, file);
  found.counts = counts as unknown as SnapshotCounts;
  const [holds, says] = [counts, expected?.counts ?? counts].map((one) => JSON.stringify(one));
  if (holds !== says) findings.push(`it holds ${holds} instead of ${says}`);
  if (place.root !== undefined) {
    if (findings.length > 0) return;
    const { askIndex } = await import("./of-index/ask-index.ts");
    askIndex(place, file, found);
    return;
  }
  findings.push(...checkMemoryDatabase(file).findings);
  if (findings.length > 0) return;
  const memories = await open(file);
  try {
    await ask(memories, found);
  } finally {
    await memories.close();
  }
}

/** Memories from everywhere in it are looked for by their own first words. */
async function ask(
  memories: Memories,
  { recalls: asked, findings }: VerifiedSnapshot,
): Promise<void> {
  const { total } = await memories.list({ limit: 1 });
  const step = Math.max(1, Math.floor(total / recalls));
  for (let skip = 0, looked = 0; skip < total && asked.length < recalls; looked += 1) {
    if (looked === mostLookedAt) return;
    const [memory] = (await memories.list({ limit: 1, skip })).memories;
    const words =
      memory?.text
        .match(/(?<![\p{L}\p{N}])[\p{L}\p{N}]{3,40}(?![\p{L}\p{N}])/gu)
        ?.slice(0, wordsAsked) ?? [];
    if (memory === undefined || words.length === 0) {
      skip += 1;
      continue;
    }
    const query = words.join(" ");
    const began = performance.now();
    const { hits } = await memories.recall(query, { namespace: memory.namespace, k: hitsLookedAt });
    const ms = Math.round((performance.now() - began) * 10) / 10;
    // Where many memories say the same, another of them may be nearer.
    const isIt = (text: string): boolean => words.every((word) => text.includes(word));
    const found = hits.some(({ memory: { id, text } }) => id === memory.id || isIt(text));
    asked.push({ query, found, ms });
    if (hits.length === 0) findings.push(`a recall finds nothing: ${JSON.stringify(query)}`);
    skip += step;
  }
}
