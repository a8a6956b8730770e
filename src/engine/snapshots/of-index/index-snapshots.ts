/* Snapshots of the index of one folder: as those of memories, by the same thread and files, but none is made or goes by itself. */
import { fileError, HaypileError } from "../../../base/errors.ts";
import { snapshotsFolder } from "../../../config/places/paths.ts";
import type {
  IndexSnapshot,
  IndexSnapshotCounts,
  IndexSnapshotsResult,
  RestoredIndexSnapshot,
  VerifiedIndexSnapshot,
} from "../../../ports/answers/time/index-snapshots.ts";
import type {
  RestoreOptions,
  Snapshot,
  SnapshotOptions,
} from "../../../ports/answers/time/snapshots.ts";
import type { Place } from "../kinds.ts";
import { type Looked, lookAtAll } from "../look.ts";
import { assertId, assertNote, mostListed } from "../names.ts";
import { bytesIn } from "../remove.ts";
import { inThread } from "../thread/ask.ts";

export class IndexSnapshots {
  readonly #place: Place;

  constructor(place: Omit<Place, "folder"> & { root: string }) {
    this.#place = { ...place, folder: snapshotsFolder(place.database) };
  }

  async make({ note = "", full = false }: SnapshotOptions): Promise<IndexSnapshot> {
    assertNote(note);
    const wanted = { at: Date.now(), note, reason: "asked", full } as const;
    const { id } = await inThread(this.#place, "make", wanted);
    return await this.#one(id);
  }

  async list(): Promise<IndexSnapshotsResult> {
    const { folder } = this.#place;
    try {
      const all = await lookAtAll(this.#place);
      const snapshots = all.slice(0, mostListed).map(ofIndex);
      return { snapshots, folder, bytesOnDisk: bytesIn(folder) };
    } catch (error) {
      throw fileError(error, `list the snapshots in ${folder}`);
    }
  }

  async remove(id: string): Promise<void> {
    assertId(id);
    await inThread(this.#place, "remove", { id });
  }

  async verify(id: string): Promise<VerifiedIndexSnapshot> {
    assertId(id);
    const { recalls, counts, ...rest } = await inThread(this.#place, "verify", { id });
    return { ...rest, counts: countsOf(counts), searches: recalls };
  }

  async restore(id: string, { to }: RestoreOptions): Promise<RestoredIndexSnapshot> {
    assertId(id);
    const restored = await inThread(this.#place, "restore", { id, to });
    const { kept, counts, syncedWith: _, ...rest } = restored;
    const before = kept && (await this.#one(kept.id));
    return { ...rest, counts: countsOf(counts), kept: before };
  }

  async #one(id: string): Promise<IndexSnapshot> {
    const all = await lookAtAll(this.#place);
    const found = all.find(({ snapshot }) => snapshot.id === id);
    if (found !== undefined) return ofIndex(found);
    throw new HaypileError(
      "HAYPILE_SNAPSHOT_MISSING",
      `The snapshot ${id} was made, and another process has removed it since.`,
      { data: { id } },
    );
  }
}

function ofIndex({ snapshot, manifest }: Looked): IndexSnapshot {
  const { reason, counts, goes: _, ...rest } = snapshot;
  return {
    ...rest,
    reason: reason === "restore" ? reason : "asked",
    indexOf: manifest?.format === 2 ? manifest.indexOf : undefined,
    counts: countsOf(counts),
  };
}

/** What the manifest of an index counts: its reader has seen to it. */
function countsOf(counts: Snapshot["counts"]): IndexSnapshotCounts | undefined {
  return counts as unknown as IndexSnapshotCounts | undefined;
}
