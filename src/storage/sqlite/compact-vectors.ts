/*
 * The steps of compaction that lose something: vectors of the copy are packed, each format anew from the
 * full vectors of the index, so that no loss comes on top of another.
 */
import { yieldToEventLoop } from "../../base/yield.ts";
import { type VectorFormat, vectorFormats } from "../../ports/vector-scan.ts";
import type { Database } from "./file/driver.ts";
import { codebookBytes, levelsFor, mostTrained, trainCodes } from "./vectors/train-codes.ts";
import { bytesOfFormat, type Codebook, VectorCoder } from "./vectors/vector-codes.ts";

const rowsPerStep = 256;
/** Fewer vectors, or shorter ones, are smaller than what would be saved. */
const leastVectors = 64;
const leastDimensions = 16;
/** An estimate of what a format saves may be so much too low. */
const estimateMargin = 1.15;
const estimateSlackBytes = 65_536;

/** What there is to pack. */
export interface FullVectors {
  count: number;
  dimensions: number;
}

/** Undefined: they are packed already, or are too few. `db`: the index. */
export function packableVectors(db: Database): FullVectors | undefined {
  if (db.prepare("SELECT EXISTS (SELECT 1 FROM vector_codes)").pluck().get() === 1)
    return undefined;
  const found = db
    .prepare(
      `SELECT length(data) AS dimensions, count(*) AS count FROM vectors WHERE scale > 0
       GROUP BY length(data) ORDER BY count(*) DESC LIMIT 1`,
    )
    .get() as FullVectors | undefined;
  if (found === undefined || found.count < leastVectors) return undefined;
  return found.dimensions < leastDimensions ? undefined : found;
}

/**
 * Formats worth trying for a target, from the one that loses least; the smallest is always among them.
 * @param bytes the copy's, with full vectors
 */
export function formatsFor(full: FullVectors, bytes: number, targetBytes: number): VectorFormat[] {
  const { count, dimensions } = full;
  return vectorFormats.filter((format, at) => {
    const saved =
      count * (dimensions - bytesOfFormat(format, dimensions)) -
      codebookBytes(format, levelsFor(format, count), dimensions);
    const mayReach = bytes - saved * estimateMargin - estimateSlackBytes <= targetBytes;
    return mayReach || at === vectorFormats.length - 1;
  });
}

/**
 * Packs every vector of the copy. Bits of segments stay: they were made of the full vectors.
 * @param source the index, @param copy its copy, both open
 */
export async function packVectors(
  source: Database,
  copy: Database,
  format: VectorFormat,
  full: FullVectors,
): Promise<void> {
  const samples = sampleOf(source, full);
  const codebook = await trainCodes(
    samples,
    format,
    levelsFor(format, full.count),
    yieldToEventLoop,
  );
  const coder = new VectorCoder(codebook);
  const page = source
    .prepare(
      `SELECT chunk_id, scale, data FROM vectors WHERE chunk_id > ? AND length(data) = ${full.dimensions}
       ORDER BY chunk_id LIMIT ${rowsPerStep}`,
    )
    .raw();
  const triggers = copy
    .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'vectors'")
    .all() as { name: string; sql: string }[];
  const put = copy.prepare("UPDATE vectors SET scale = ?, data = ? WHERE chunk_id = ?");
  copy.exec("BEGIN IMMEDIATE");
  try {
    for (const { name } of triggers) copy.exec(`DROP TRIGGER "${name}"`);
    insertCodebook(copy, codebook);
    for (let after = 0; ; await yieldToEventLoop()) {
      const rows = page.all(after) as [number, number, Uint8Array][];
      for (const [id, rowScale, codes] of rows) {
        const { scale, data } = coder.pack(valuesOf(rowScale, codes));
        put.run(scale, data, id);
        after = id;
      }
      if (rows.length < rowsPerStep) break;
    }
    for (const { sql } of triggers) copy.exec(sql);
    copy.exec("COMMIT");
  } catch (error) {
    if (copy.inTransaction) copy.exec("ROLLBACK");
    throw error;
  }
}

/** Notes in the copy what its vectors still find. */
export function noteRecall(copy: Database, recallAt10: number): void {
  copy.prepare("UPDATE vector_codes SET recall = ?").run(recallInWords(recallAt10));
}

/**
 * The next index run makes all packed vectors anew; until then they serve. Call it inside a transaction.
 * @returns how many
 */
export function retireVectors(db: Database): number {
  const codes = db.prepare("SELECT dimensions FROM vector_codes").pluck().get();
  if (codes === undefined) return 0;
  db.exec("UPDATE vector_codes SET retired = 1");
  const { changes } = db
    .prepare(
      `INSERT INTO pending(chunk_id) SELECT chunk_id FROM vectors WHERE length(data) < ?
       AND chunk_id NOT IN (SELECT chunk_id FROM pending)`,
    )
    .run(codes);
  return changes;
}

/** Always as long, so that the size that was measured stays. */
function recallInWords(recallAt10: number): string {
  return recallAt10.toFixed(4);
}

function insertCodebook(copy: Database, codebook: Codebook): void {
  const { format, dimensions, levels, step, entries } = codebook;
  copy.exec("DELETE FROM vector_codes");
  copy
    .prepare(
      "INSERT INTO vector_codes(format, dimensions, levels, step, recall, data) VALUES (?, ?, ?, ?, ?, ?)",
    )
    .run(format, dimensions, levels, step, recallInWords(0), entries);
}

/** Vectors spread over all of them. */
function sampleOf(source: Database, { dimensions }: FullVectors): Float32Array[] {
  const rows = source
    .prepare(
      `SELECT scale, data FROM vectors WHERE scale > 0 AND length(data) = ${dimensions} AND chunk_id IN
       (SELECT chunk_id FROM vectors ORDER BY chunk_id * 2654435761 % 4294967296 LIMIT ${mostTrained})
       ORDER BY chunk_id`,
    )
    .raw()
    .all() as [number, Uint8Array][];
  return rows.map(([scale, codes]) => valuesOf(scale, codes));
}

function valuesOf(scale: number, data: Uint8Array): Float32Array {
  const codes = new Int8Array(data.buffer, data.byteOffset, data.byteLength);
  return Float32Array.from(codes, (code) => code * scale);
}
