/* Packs the texts of an index: all of them when it is compacted, or as they come when an option says so. */
import { HaypileError } from "../../../base/errors.ts";
import type { Database, Statement } from "../file/driver.ts";
import { hasCodec, makeDictionary, pack, type TextCodec, textSql } from "../file/packed-text.ts";
import { inOneWrite } from "../roles/in-one-write.ts";

const mostSamples = 1_000;
const rowsPerStep = 256;
/** A dictionary takes 33 kB: fewer texts are not worth one, and so many are enough to make it of. */
const leastTexts = 64;
const enoughTexts = 256;
/** With more texts than these, those that stand plain are left to "haypile compact": it would take seconds. */
const mostPackedAtOnce = 4_000;

/** @throws HaypileError HAYPILE_USAGE for one that this Node does not have */
export function assertCodec(codec: TextCodec): void {
  if (hasCodec(codec)) return;
  throw new HaypileError(
    "HAYPILE_USAGE",
    `Expected a text compression that this Node has, but ${codec} came and this is Node ${process.versions.node}. Use "deflate", or Node 22.15 or newer.`,
  );
}

/**
 * Makes a dictionary of the texts, and packs all of them with it.
 * @returns whether there was anything to pack
 */
export function packTexts(db: Database, codec: TextCodec): boolean {
  const dictionary = dictionaryOf(db, codec);
  if (dictionary === undefined) return false;
  const packAll = (): void => {
    const by = addDictionary(db, dictionary);
    packRows(db, dictionary, by);
    db.prepare("DELETE FROM dictionaries WHERE id <> ?").run(by);
  };
  inOneWrite(db, packAll, "texts");
  return true;
}

/** Begins to pack the texts of an index as they come. */
export class TextCompression {
  readonly #db: Database;
  readonly #codec: TextCodec | undefined;
  readonly #hasDictionary: Statement;
  readonly #count: Statement;
  #isDone: boolean;

  constructor(db: Database, codec: TextCodec | "off" = "off") {
    this.#db = db;
    this.#codec = codec === "off" ? undefined : codec;
    this.#isDone = codec === "off";
    if (this.#codec !== undefined) assertCodec(this.#codec);
    this.#hasDictionary = db.prepare("SELECT EXISTS (SELECT 1 FROM dictionaries)").pluck();
    this.#count = db.prepare("SELECT count(*) FROM chunks").pluck();
  }

  get isWanted(): boolean {
    return this.#codec !== undefined;
  }

  /**
   * Once there are texts enough to make a dictionary of, new ones are packed with it (TextPacker), and those
   * that came before now. Cheap until then and after.
   * @param isEnd no more texts come in this run: fewer are enough
   */
  begin(isEnd: boolean): void {
    const codec = this.#codec;
    if (this.#isDone || codec === undefined) return;
    if (this.#hasDictionary.get() === 1) {
      this.#isDone = true;
      return;
    }
    const count = this.#count.get() as number;
    if (count < (isEnd ? leastTexts : enoughTexts)) return;
    if (count <= mostPackedAtOnce) packTexts(this.#db, codec);
    else {
      const dictionary = dictionaryOf(this.#db, codec);
      if (dictionary !== undefined) addDictionary(this.#db, dictionary);
    }
    this.#isDone = true;
  }
}

function dictionaryOf(db: Database, codec: TextCodec): Uint8Array | undefined {
  const samples = db
    .prepare(
      `SELECT ${textSql} FROM chunks WHERE id IN
       (SELECT id FROM chunks ORDER BY id * 2654435761 % 4294967296 LIMIT ${mostSamples}) ORDER BY id`,
    )
    .pluck()
    .all() as string[];
  return samples.length === 0 ? undefined : makeDictionary(samples, codec);
}

function addDictionary(db: Database, dictionary: Uint8Array): number {
  const added = db.prepare("INSERT INTO dictionaries(data) VALUES (?)").run(dictionary);
  return Number(added.lastInsertRowid);
}

function packRows(db: Database, dictionary: Uint8Array, by: number): void {
  const page = db.prepare(
    `SELECT id, ${textSql} AS text FROM chunks WHERE id > ? ORDER BY id LIMIT ${rowsPerStep}`,
  );
  const put = db.prepare("UPDATE chunks SET text = ?, packed = ?, packed_by = ? WHERE id = ?");
  for (let after = 0; ; ) {
    const rows = page.all(after) as { id: number; text: string }[];
    for (const { id, text } of rows) {
      const packed = pack(text, dictionary);
      const isSmaller = packed.byteLength < Buffer.byteLength(text);
      put.run(isSmaller ? "" : text, isSmaller ? packed : null, isSmaller ? by : null, id);
      after = id;
    }
    if (rows.length < rowsPerStep) return;
  }
}
