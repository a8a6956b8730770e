/*
 * Makes an index smaller without losing anything: a copy is made, step by step, until it is small enough;
 * then the copy's pages take the place of the index's in one transaction. The index itself is
 * untouched until then, so a full disk or a kill leaves it as it was. Whoever calls holds the index lock.
 */
import { rmSync, statSync } from "node:fs";
import { type Database, loadDriver, openDatabase } from "./open.ts";
import { makeDictionary, pack, type TextCodec, textSql } from "./packed-text.ts";
import { sqliteError } from "./sqlite-errors.ts";

const cacheBytes = 8 * 1_024 * 1_024;
const mostSamples = 1_000;
const rowsPerStep = 256;

export type CompactStepName = "tidy" | "texts" | "static vectors";

export interface CompactStep {
  name: CompactStepName;
  /** Size of the database after it. */
  bytes: number;
}

export interface CompactCopyOptions {
  /** The index. */
  path: string;
  /** Steps end when the copy has at most so many bytes. 0: all are taken. */
  targetBytes: number;
  codec: TextCodec | "off";
}

/** Where the copy is made: beside the index, on its disk. */
export function compactCopyPath(path: string): string {
  return `${path}.compact`;
}

/** The database with its log. */
export function databaseBytes(path: string): number {
  const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  return sizeOf(path) + sizeOf(`${path}-wal`);
}

/** A copy left behind by a process that was killed goes too. */
export function removeCompactCopy(path: string): void {
  for (const ending of ["", "-wal", "-shm", "-journal"]) {
    rmSync(`${compactCopyPath(path)}${ending}`, { force: true });
  }
}

/**
 * Makes the copy. On failure there is none.
 * @throws HaypileError those of the database, HAYPILE_DISK_FULL among them
 */
export function makeCompactCopy(options: CompactCopyOptions): CompactStep[] {
  const { path, targetBytes, codec } = options;
  const copy = compactCopyPath(path);
  removeCompactCopy(path);
  try {
    const source = openDatabase({ path, cacheBytes, readonly: false }).db;
    try {
      for (const table of ["chunk_words", "path_words", "name_words", "ref_names"]) {
        source.exec(`INSERT INTO ${table}(${table}) VALUES ('optimize')`);
      }
      source.prepare("VACUUM INTO ?").run(copy);
    } finally {
      source.close();
    }
    const steps: CompactStep[] = [];
    const { db } = openDatabase({ path: copy, cacheBytes, readonly: false });
    try {
      const taken = (name: CompactStepName): boolean => {
        steps.push({ name, bytes: shrunkBytes(db, copy) });
        return (steps.at(-1)?.bytes ?? 0) <= targetBytes;
      };
      if (taken("tidy")) return steps;
      if (codec !== "off" && packTexts(db, codec) && taken("texts")) return steps;
      if (dropStatic(db)) taken("static vectors");
      return steps;
    } finally {
      db.close();
    }
  } catch (error) {
    removeCompactCopy(path);
    throw sqliteError(error, copy, "make a smaller copy of the index");
  }
}

/** Puts the copy in the place of the index, in one transaction, and removes it. */
export async function takeCompactCopy(path: string): Promise<void> {
  const driver = loadDriver();
  const copy = new driver(compactCopyPath(path), { readonly: true });
  try {
    await copy.backup(path);
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
 * Takes back what was packed or dropped: texts stand as they are, and static vectors are made by the next
 * index run for what needs them. In one transaction.
 */
export function undoCompact(path: string): { texts: number } {
  const { db } = openDatabase({ path, cacheBytes, readonly: false });
  try {
    const texts = db.transaction(() => {
      const { changes } = db
        .prepare(
          `UPDATE chunks SET text = ${textSql}, packed = NULL, packed_by = NULL WHERE packed IS NOT NULL`,
        )
        .run();
      db.exec(`DELETE FROM dictionaries;
        INSERT INTO static_pending SELECT id FROM chunks
        WHERE id NOT IN (SELECT chunk_id FROM static_vectors)
        AND id NOT IN (SELECT chunk_id FROM static_pending)`);
      return changes;
    });
    const changed = texts.immediate();
    db.pragma("wal_checkpoint(TRUNCATE)");
    return { texts: changed };
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

/** Whether there was anything to pack. */
function packTexts(db: Database, codec: TextCodec): boolean {
  const samples = db
    .prepare(
      `SELECT ${textSql} FROM chunks WHERE id IN
       (SELECT id FROM chunks ORDER BY id * 2654435761 % 4294967296 LIMIT ${mostSamples}) ORDER BY id`,
    )
    .pluck()
    .all() as string[];
  if (samples.length === 0) return false;
  const dictionary = makeDictionary(samples, codec);
  const page = db.prepare(
    `SELECT id, ${textSql} AS text FROM chunks WHERE id > ? ORDER BY id LIMIT ${rowsPerStep}`,
  );
  const put = db.prepare("UPDATE chunks SET text = ?, packed = ?, packed_by = ? WHERE id = ?");
  db.transaction(() => {
    const by = Number(
      db.prepare("INSERT INTO dictionaries(data) VALUES (?)").run(dictionary).lastInsertRowid,
    );
    let after = 0;
    for (;;) {
      const rows = page.all(after) as { id: number; text: string }[];
      for (const { id, text } of rows) {
        const packed = pack(text, dictionary);
        const isSmaller = packed.byteLength < Buffer.byteLength(text);
        put.run(isSmaller ? "" : text, isSmaller ? packed : null, isSmaller ? by : null, id);
        after = id;
      }
      if (rows.length < rowsPerStep) break;
    }
    db.prepare("DELETE FROM dictionaries WHERE id <> ?").run(by);
  }).immediate();
  return true;
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
