/* What an engine is asked by who makes an index for others, and by who starts with one of others. */
import { checkTextArgument } from "../../base/check-options.ts";
import type {
  ExportedIndex,
  ExportIndexOptions,
  ImportedIndex,
  ImportIndexOptions,
} from "../../ports/answers/index-upkeep.ts";
import { checkCall, codeCalls } from "../../ports/calls.ts";
import type { AsOnDisk } from "../disk/as-on-disk.ts";
import type { EngineParts } from "../engine-parts.ts";
import type { KeptStore } from "../index/kept-store.ts";
import { HistoryCalls } from "../questions/history-calls.ts";
import { assertFile } from "../store/only-files.ts";
import { exportIndex } from "./export-index.ts";
import { importIndex } from "./import-index.ts";

/** How an engine lends all of itself for a call. */
export const ownParts = Symbol("own parts");

export abstract class ArtefactCalls extends HistoryCalls {
  /** @internal */
  abstract readonly disk: AsOnDisk;

  /** @throws HaypileError HAYPILE_CLOSED @internal */
  protected abstract get [ownParts](): { parts: EngineParts; kept: KeptStore };

  /**
   * Writes the vectors of what a commit has of this index to a file for others, signed.
   * @throws HaypileError HAYPILE_USAGE, HAYPILE_NOT_INDEXED, HAYPILE_GIT, HAYPILE_REVISION_MISSING, HAYPILE_DISK_FULL,
   *   HAYPILE_PERMISSION, HAYPILE_ABORTED
   */
  async exportIndex(options: ExportIndexOptions): Promise<ExportedIndex> {
    checkCall(codeCalls, "exportIndex", [options]);
    checkTextArgument("exportIndex()", "file", options?.file);
    const { parts, kept } = this[ownParts];
    const instead =
      "Who shares the server has its vectors already; for others, index into a file with --db and export that.";
    assertFile(parts, "export the index", instead);
    return await kept.during(async () => {
      // Says that there is none, and brings an older one up to date.
      kept.get(false);
      return await exportIndex(parts, options);
    });
  }

  /**
   * Brings the index up to date with the folder, as index() does, but takes vectors from such a file where it has them.
   * @throws HaypileError HAYPILE_SNAPSHOT_INVALID, HAYPILE_UNTRUSTED, HAYPILE_USAGE for one of another repository,
   *   HAYPILE_DIMENSIONS_DIFFER, HAYPILE_VECTORS_DIFFER; nothing was changed then. And as index()
   */
  async importIndex(options: ImportIndexOptions): Promise<ImportedIndex> {
    checkCall(codeCalls, "importIndex", [options]);
    checkTextArgument("importIndex()", "file", options?.file);
    const { parts, kept } = this[ownParts];
    const { root, model, located, source } = parts;
    const { file: _, ...ofRun } = options;
    return await this.runs.with(options.signal, async (signal) => {
      await this.disk.makeWay();
      const run = { ...ofRun, signal };
      return await importIndex(
        {
          ...{ root, model, located, source },
          indexModel: () => {
            if (!parts.databaseExists()) return undefined;
            const { facts, vectors } = kept.get(false);
            return facts.stats().chunks === 0 ? undefined : vectors.model();
          },
          run: (known) => this.disk.index(run, { known }),
        },
        { ...options, signal },
      );
    });
  }
}
