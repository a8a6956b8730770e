/* Reads vectors that a client is to hold: of parts that it knows, in one value. */
import type { ResidentRows } from "../../../shared/rows/resident.ts";
import type { PgLink } from "../../link/link.ts";
import { codesSent, listText } from "../../vectors/halves.ts";

/** Bytes before the values of a vector that is sent. */
const sentHeader = 4;

/** Of these parts, in the partitions of their namespaces; with the note that they are of, from the same moment. */
const vectorsOf = `SELECT (SELECT value FROM memory_meta WHERE name = 'model') AS note, array_agg(v.part_id) AS ids,
    array_agg(v.scale) AS scales, string_agg(halfvec_send(v.v), ''::bytea) AS sent
  FROM unnest($1::int4[], $2::int8[]) AS a(namespace, id)
  JOIN memory_vectors v ON v.namespace_id = a.namespace AND v.part_id = a.id
  WHERE vector_dims(v.v) = $3`;

/** What vectors are of: the note of their model, and their length. */
export interface HeldModel {
  note: string;
  dimensions: number;
}

/** In no order; parts without a vector are left out. */
export interface ReadVectors {
  ids: number[];
  /** Row after row. */
  codes: Int8Array;
  scales: Float32Array;
}

/** @throws Error where the server's vectors are of another model, or not what was asked for */
export async function readVectors(
  link: PgLink,
  resident: ResidentRows,
  partIds: readonly number[],
  { note, dimensions }: HeldModel,
): Promise<ReadVectors> {
  const known = partIds.filter((partId) => resident.slotOfPart(partId) !== -1);
  const owners = known.map((partId) => resident.namespaces[resident.slotOfPart(partId)] as number);
  const [row] = await link.later<{
    note: string | null;
    ids: number[] | null;
    scales: number[] | null;
    sent: Uint8Array | null;
  }>(vectorsOf, [listText(owners), listText(known), dimensions], {
    name: "memory-vectors-held",
    on: "replica",
  });
  const ids = row?.ids ?? [];
  const scales = row?.scales ?? [];
  const sent = row?.sent ?? new Uint8Array(0);
  const size = sentHeader + dimensions * 2;
  if (row?.note !== note) throw new Error("the vectors are of another model");
  if (scales.length !== ids.length || sent.byteLength !== ids.length * size) {
    throw new Error("the server sent other vectors than it said");
  }
  const codes = new Int8Array(ids.length * dimensions);
  for (let at = 0; at < ids.length; at += 1) {
    codes.set(codesSent(sent.subarray(at * size, (at + 1) * size)), at * dimensions);
  }
  const sound = scales.map((scale) => (Number.isFinite(scale) ? scale : 0));
  return { ids, codes, scales: Float32Array.from(sound) };
}
