import { crc32 } from "node:zlib";
import { openRaw } from "./sqlite-files.ts";

interface Row {
  id: number;
  count: number;
  ids: Buffer;
  bits: Buffer;
  sum: number;
}

/** What the segments of an index hold, and what is wrong with them; no faults = []. */
export function segmentFacts(path: string): {
  segments: { id: number; rows: number }[];
  dead: number;
  loose: number;
  faults: string[];
} {
  const db = openRaw(path, { readonly: true });
  try {
    const faults: string[] = [];
    const list = (sql: string): number[] => db.prepare(sql).pluck().all() as number[];
    const segments = db.prepare("SELECT * FROM segments ORDER BY id").all() as Row[];
    const dead = new Set(list("SELECT chunk_id FROM dead"));
    const loose = list("SELECT chunk_id FROM unsegmented");
    const live = new Set<number>();
    const held = new Set<number>();
    for (const { id, count, ids, bits, sum } of segments) {
      if (crc32(bits, crc32(ids)) !== sum) faults.push(`segment ${id} has another sum`);
      if (ids.byteLength !== count * 4) faults.push(`segment ${id} has another count`);
      for (let at = 0; at < ids.byteLength; at += 4) {
        const chunk = ids.readUInt32LE(at);
        if (held.has(chunk)) faults.push(`chunk ${chunk} is in two segments`);
        held.add(chunk);
        if (!dead.has(chunk)) live.add(chunk);
      }
    }
    for (const id of dead) if (!held.has(id)) faults.push(`chunk ${id} died in no segment`);
    for (const id of loose) {
      if (live.has(id)) faults.push(`chunk ${id} is loose and in a segment`);
      live.add(id);
    }
    const vectors = list("SELECT chunk_id FROM vectors");
    const missing = vectors.filter((id) => !live.has(id)).length;
    if (missing > 0) faults.push(`${missing} vectors are nowhere`);
    if (live.size !== vectors.length - missing) faults.push("rows without a vector");
    return {
      segments: segments.map(({ id, count }) => ({ id, rows: count })),
      dead: dead.size,
      loose: loose.length,
      faults,
    };
  } finally {
    db.close();
  }
}
