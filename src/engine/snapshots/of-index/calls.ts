/* What an engine is asked about snapshots of its index. */
import type {
  IndexSnapshot,
  IndexSnapshotsResult,
  RestoredIndexSnapshot,
  VerifiedIndexSnapshot,
} from "../../../ports/answers/time/index-snapshots.ts";
import type { RestoreOptions, SnapshotOptions } from "../../../ports/answers/time/snapshots.ts";
import { checkCall, codeCalls } from "../../../ports/calls.ts";
import { ArtefactCalls, ownParts } from "../../artefact/artefact-calls.ts";
import { assertFile } from "../../store/only-files.ts";
import { IndexSnapshots } from "./index-snapshots.ts";

export abstract class IndexSnapshotCalls extends ArtefactCalls {
  /**
   * Keeps a copy of the index as it is at one moment, also while a run is at work.
   * @throws HaypileError HAYPILE_NOT_INDEXED, HAYPILE_USAGE, those of the database, HAYPILE_DISK_FULL, HAYPILE_PERMISSION, HAYPILE_IO
   */
  async snapshotIndex(options: SnapshotOptions = {}): Promise<IndexSnapshot> {
    checkCall(codeCalls, "snapshotIndex", [options]);
    const { kept } = this[ownParts];
    // Says that there is none, and brings an older one up to date.
    kept.get(false);
    return await this.#snapshots().make(options);
  }

  /** Newest first; none is read. @throws HaypileError HAYPILE_PERMISSION, HAYPILE_IO */
  async indexSnapshots(): Promise<IndexSnapshotsResult> {
    return await this.#snapshots().list();
  }

  /**
   * Restores one into a scratch folder, compares every page and the whole file, opens it, counts it and searches it.
   * @throws HaypileError HAYPILE_SNAPSHOT_MISSING, HAYPILE_USAGE, HAYPILE_DISK_FULL, HAYPILE_PERMISSION, HAYPILE_IO
   */
  async verifyIndexSnapshot(id: string): Promise<VerifiedIndexSnapshot> {
    return await this.#snapshots().verify(id);
  }

  /**
   * Puts one in the place of the index, all or nothing; what was there before is kept as a snapshot.
   * @throws HaypileError HAYPILE_SNAPSHOT_MISSING, HAYPILE_SNAPSHOT_INVALID, HAYPILE_USAGE, HAYPILE_DB_BUSY while a run is at
   *   work, HAYPILE_DISK_FULL, HAYPILE_PERMISSION, HAYPILE_IO
   */
  async restoreIndexSnapshot(
    id: string,
    options: RestoreOptions = {},
  ): Promise<RestoredIndexSnapshot> {
    checkCall(codeCalls, "restoreIndexSnapshot", [id, options]);
    // Runs that nobody asked for end for it.
    if (options.to === undefined) await this.disk.makeWay();
    return await this.#snapshots().restore(id, options);
  }

  /** @throws HaypileError HAYPILE_SNAPSHOT_MISSING, HAYPILE_USAGE, HAYPILE_PERMISSION, HAYPILE_IO */
  async removeIndexSnapshot(id: string): Promise<void> {
    await this.#snapshots().remove(id);
  }

  #snapshots(): IndexSnapshots {
    const { parts } = this[ownParts];
    const instead =
      "Back the server up as a whole (pg_dump), or index again: an index is made from its folder.";
    assertFile(parts, "keep or read snapshots of the index", instead);
    const { database, root, addonFolder } = parts;
    return new IndexSnapshots({ database, root, addonFolder });
  }
}
