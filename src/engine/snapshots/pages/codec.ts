/*
 * How blocks of pages are made smaller. zstd is in Node since 22.15 and 23.8; an older Node writes deflate, which every
 * Node reads. Each block says which of them it is, so one snapshot may have both.
 */
import zlib from "node:zlib";
import { HaypileError } from "../../../base/errors.ts";

/** Numbers in files: none changes its meaning, and none is used again. */
const codes = { raw: 0, zstd: 1, deflate: 2 } as const;

export type Codec = keyof typeof codes;

type Zlib = Partial<Pick<typeof zlib, "zstdCompressSync" | "zstdDecompressSync">>;

/** What blocks are written with here. */
const writtenWith: Codec = (zlib as Zlib).zstdCompressSync === undefined ? "deflate" : "zstd";

/** Speed counts more than the last tenth of the size: a snapshot is made while somebody works. */
const zstdLevel = 1;
const deflateLevel = 1;

export interface Packed {
  code: number;
  bytes: Buffer;
}

/**
 * What gets no smaller stays as it is. It is done at once, on the thread for snapshots: threads of the system's pool would
 * each keep what they allocated.
 */
export function pack(block: Buffer, codec: Codec = writtenWith): Packed {
  const bytes = squeezed(block, codec);
  return bytes === undefined || bytes.length >= block.length
    ? { code: codes.raw, bytes: block }
    : { code: codes[codec], bytes };
}

function squeezed(block: Buffer, codec: Codec): Buffer | undefined {
  if (codec === "raw") return undefined;
  if (codec === "deflate") return zlib.deflateRawSync(block, { level: deflateLevel });
  const params = {
    [zlib.constants.ZSTD_c_compressionLevel]: zstdLevel,
    // What its frame says is never believed: each block has a digest of its own.
    [zlib.constants.ZSTD_c_checksumFlag]: 0,
  };
  return zlib.zstdCompressSync(block, { params });
}

/**
 * @param size bytes that come out; more are never made
 * @returns undefined when it is no such block
 * @throws HaypileError HAYPILE_SNAPSHOT_INVALID when this Node cannot read it
 */
export function unpack({ code, bytes }: Packed, size: number): Buffer | undefined {
  try {
    const block = unpacked(code, bytes, size);
    return block?.length === size ? block : undefined;
  } catch (error) {
    if (HaypileError.isInstance(error)) throw error;
    return undefined;
  }
}

function unpacked(code: number, bytes: Buffer, size: number): Buffer | undefined {
  const limit = { maxOutputLength: size };
  if (code === codes.raw) return bytes;
  if (code === codes.deflate) return zlib.inflateRawSync(bytes, limit);
  if (code !== codes.zstd) return undefined;
  const { zstdDecompressSync } = zlib as Zlib;
  if (zstdDecompressSync !== undefined) return zstdDecompressSync(bytes, limit);
  throw new HaypileError(
    "HAYPILE_SNAPSHOT_INVALID",
    `The snapshot is compressed with zstd, which Node ${process.versions.node} cannot read. Run Haypile with Node 22.15 or newer.`,
  );
}
