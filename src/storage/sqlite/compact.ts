/*
 * Makes an index smaller: a copy is made, step by step, until it is small enough, and what loses something
 * comes last and only when a target asks for it;
 * then the copy's pages take the place of the index's in one transaction. The index itself is
 * untouched until then, so a full disk or a kill leaves it as it was. Whoever calls holds the index lock.
 */
import { removeFile } from "../../base/files/patient.ts";
import { makePrivateDatabase } from "../../base/files/private-files.ts";
import type { VectorFormat } from "../../ports/vector-scan.ts";
import type { CompactStep, CompactStepName } from "./compact-step.ts";
import {
  formatsFor,
  noteRecall,
  packableVectors,
  packVectors,
  retireVectors,
} from "./compact-vectors.ts";
import { databaseBytes } from "./file/database-bytes.ts";
import { type Database, sqliteName } from "./file/driver.ts";
import { sqliteError } from "./file/errors.ts";
import { connect, openDatabase } from "./file/open.ts";
import { type TextCodec, textSql } from "./file/packed-text.ts";
import { packTexts } from "./texts/pack-texts.ts";

const cacheBytes = 8 * 1_024 * 1_024;

export interface CompactCopyOptions {
  /** The index. */
  path: string;
  /** Steps end when the copy has at most so many bytes. 0: all are taken. */
  targetBytes: number;
  codec: TextCodec | "off";
  /**
   * How vectors may be packed: as the target needs, from the format that loses least; not at all; or in
   * this format, target or not.
   */
  vectors: "auto" | "full" | VectorFormat;
}

/** Where the copy is made: beside the index, on its disk. */
export function compactCopyPath(path: string): string {
  return `${path}.compact`;
}

/** A copy left behind by a process that was killed goes too. */
export function removeCompactCopy(path: string): void {
  for (const ending of ["", "-wal", "-shm", "-journal"]) {
    removeFile(`${compactCopyPath(path)}${ending}`);
  }
}

/**
 * Makes the copy. On failure there is none.
 * @throws HaypileError those of the database, HAYPILE_DISK_FULL among them
 */
export async function makeCompactCopy(options: CompactCopyOptions): Promise<CompactStep[]> {
  const { path, targetBytes, codec } = options;
  const copy = compactCopyPath(path);
  removeCompactCopy(path);
  try {
    const source = openDatabase({ path, cacheBytes, readonly: false }).db;
    try {
      for (const table of ["chunk_words", "path_words", "name_words", "ref_names"]) {
        source.exec(`INSERT INTO ${table}(${table}) VALUES ('optimize')`);
      }
      // SQLite takes an empty file that is there, and its mode.
      makePrivateDatabase(copy);
      source.prepare("VACUUM INTO ?").run(sqliteName(copy));
    } finally {
      source.close();
    }
    const steps: CompactStep[] = [];
    const { db } = openDatabase({ path: copy, cacheBytes, readonly: false });
    try {
      const taken = (name: CompactStepName, format?: VectorFormat): boolean => {
        steps.push({ name, format: format ? format : undefined, bytes: shrunkBytes(db, copy) });
        return (steps.at(-1)?.bytes ?? 0) <= targetBytes;
      };
      const isForced = options.vectors !== "auto" && options.vectors !== "full";
      if (taken("tidy") && !isForced) return steps;
      if (codec !== "off" && packTexts(db, codec) && taken("texts") && !isForced) return steps;
      if (dropStatic(db) && taken("static vectors") && !isForced) return steps;
      await packAsNeeded(db, options, steps.at(-1)?.bytes ?? 0, (format) =>
        taken("vectors", format),
      );
      return steps;
    } finally {
      db.close();
    }
  } catch (error) {
    removeCompactCopy(path);
    throw sqliteError(error, copy, "make a smaller copy of the index");
  }
}

/** Packs vectors of the copy `db`, as the options say, until `taken` says that it is enough. */
async function packAsNeeded(
  db: Database,
  { path, targetBytes, vectors }: CompactCopyOptions,
  bytes: number,
  taken: (format: VectorFormat) => boolean,
): Promise<void> {
  if (vectors === "full" || (vectors === "auto" && targetBytes === 0)) return;
  const source = openDatabase({ path, cacheBytes, readonly: true }).db;
  try {
    const full = packableVectors(source);
    if (full === undefined) return;
    const formats = vectors === "auto" ? formatsFor(full, bytes, targetBytes) : [vectors];
    for (const format of formats) {
      await packVectors(source, db, format, full);
      if (taken(format)) return;
    }
  } finally {
    source.close();
  }
}

/** Notes in the copy what its packed vectors still find, as it was measured. */
export function noteRecallOfCopy(path: string, recallAt10: number): void {
  const { db } = openDatabase({ path: compactCopyPath(path), cacheBytes, readonly: false });
  try {
    noteRecall(db, recallAt10);
    db.pragma("wal_checkpoint(TRUNCATE)");
  } finally {
    db.close();
  }
}

/** Puts the copy in the place of the index, in one transaction, and removes it. */
export async function takeCompactCopy(path: string): Promise<void> {
  const copy = connect(compactCopyPath(path), { readonly: true });
  try {
    await copy.backup(sqliteName(path));
  } catch (error) {
    throw sqliteError(error, path, "put the smaller copy in place");
  } finally {
    copy.close();
  }
  removeCompactCopy(path);
  const { db } = openDatabase({ path, cacheBytes, readonly: false });
  db.pragma("wal_checkpoint(TRUNCATE)");
  db.close();
}

/**
 * Takes back what was packed or dropped, in one transaction: texts stand as they are; vectors that lost
 * something, and static vectors for what needs them, are made by the next index run.
 */
export function undoCompact(path: string): { texts: number; vectors: number } {
  const { db } = openDatabase({ path, cacheBytes, readonly: false });
  try {
    const undone = db.transaction(() => {
      const vectors = retireVectors(db);
      const { changes } = db
        .prepare(
          `UPDATE chunks SET text = ${textSql}, packed = NULL, packed_by = NULL WHERE packed IS NOT NULL`,
        )
        .run();
      db.exec(`DELETE FROM dictionaries;
        INSERT INTO static_pending SELECT id FROM chunks
        WHERE id NOT IN (SELECT chunk_id FROM static_vectors)
        AND id NOT IN (SELECT chunk_id FROM static_pending)`);
      return { texts: changes, vectors };
    });
    const changed = undone.immediate();
    db.pragma("wal_checkpoint(TRUNCATE)");
    return changed;
  } catch (error) {
    throw sqliteError(error, path, "take the compression back");
  } finally {
    db.close();
  }
}

function shrunkBytes(db: Database, copy: string): number {
  db.exec("VACUUM");
  db.pragma("wal_checkpoint(TRUNCATE)");
  return databaseBytes(copy);
}

/** They serve chunks that have no vector of the index's own yet. Whether there were any to drop. */
function dropStatic(db: Database): boolean {
  return (
    db
      .transaction(() => {
        const drop = `DELETE FROM static_vectors WHERE chunk_id NOT IN (SELECT chunk_id FROM pending)
        AND chunk_id IN (SELECT chunk_id FROM vectors)`;
        return db.prepare(drop).run().changes;
      })
      .immediate() > 0
  );
}
