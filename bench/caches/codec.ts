/*
 * Which codec pays for what is kept: vectors of the cache on disk, vectors of queries in memory, and texts of chunks, of an
 * index of a real folder. Side by side in one process, each value by itself as it is stored and read:
 *
 *   node bench/caches/codec.ts [--tree src/storage] [--rounds 5]
 *
 * Size, CPU time to pack and to unpack one value (median of the rounds), and what unpacking the texts and vectors that one
 * search reads is of the CPU time of that search. lz4 is lz4-napi, of bench/rivals: no part of Haypile.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import * as zlib from "node:zlib";
import Database from "better-sqlite3";
import { loadEmbedder } from "../../src/embedder.ts";
import { open } from "../../src/engine/open.ts";
import { makeDictionary, pack, unpack } from "../../src/storage/sqlite/file/packed-text.ts";
import { argument, keepRows, needRivals, printMachine, repository, say } from "../common.ts";

const tree = join(repository, argument("--tree", "src/storage"));
const rounds = Number(argument("--rounds", "5"));
/** A search shows some ten texts, and reads few more. */
const textsPerSearch = 30;

interface Codec {
  name: string;
  pack: (bytes: Uint8Array) => Uint8Array;
  unpack: (bytes: Uint8Array, size: number) => Uint8Array;
}

const rivals = createRequire(join(needRivals(["lz4-napi"]), "package.json"));
const lz4 = rivals("lz4-napi") as {
  compressSync: (bytes: Uint8Array) => Buffer;
  uncompressSync: (bytes: Uint8Array) => Buffer;
};

const zstd = (level: number): Codec => ({
  name: `zstd ${level}`,
  pack: (bytes) =>
    zlib.zstdCompressSync(bytes, { params: { [zlib.constants.ZSTD_c_compressionLevel]: level } }),
  unpack: (bytes) => zlib.zstdDecompressSync(bytes),
});
const deflate = (level: number): Codec => ({
  name: `deflate ${level}`,
  pack: (bytes) => zlib.deflateRawSync(bytes, { level }),
  unpack: (bytes) => zlib.inflateRawSync(bytes),
});

/** With the dictionary of the index, as its texts are packed. */
function withDictionary(texts: readonly Uint8Array[]): Codec[] {
  const strings = texts.map((text) => Buffer.from(text).toString());
  const own = (["deflate", "zstd"] as const).map((codec): Codec => {
    const dictionary = makeDictionary(strings, codec);
    return {
      name: `${codec}, dictionary (as stored)`,
      pack: (bytes) => pack(Buffer.from(bytes).toString(), dictionary),
      unpack: (bytes) => Buffer.from(unpack(bytes, dictionary)),
    };
  });
  const plain = makeDictionary(strings, "zstd").subarray(1);
  const levels = [1, 3, 19].map(
    (level): Codec => ({
      name: `zstd ${level}, dictionary`,
      pack: (bytes) =>
        zlib.zstdCompressSync(bytes, {
          dictionary: plain,
          params: { [zlib.constants.ZSTD_c_compressionLevel]: level },
        }),
      unpack: (bytes) => zlib.zstdDecompressSync(bytes, { dictionary: plain }),
    }),
  );
  return [...own, ...levels];
}

const fast: Codec = {
  name: "lz4",
  pack: (bytes) => lz4.compressSync(bytes),
  unpack: (bytes) => lz4.uncompressSync(bytes),
};

function cpuMs(run: () => void): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** All codecs over all values, in turn, so that none has a calmer machine. */
function measure(what: string, values: readonly Uint8Array[], codecs: readonly Codec[]) {
  const bytes = values.reduce((sum, { length }) => sum + length, 0);
  const times = codecs.map(() => ({ pack: [] as number[], unpack: [] as number[] }));
  const sizes = codecs.map(() => 0);
  for (let round = 0; round < rounds; round += 1) {
    for (const [at, codec] of codecs.entries()) {
      let packed: Uint8Array[] = [];
      times[at]?.pack.push(cpuMs(() => (packed = values.map((value) => codec.pack(value)))));
      sizes[at] = packed.reduce((sum, { length }) => sum + length, 0);
      const back = cpuMs(() => {
        for (const [i, one] of packed.entries()) codec.unpack(one, values[i]?.length ?? 0);
      });
      times[at]?.unpack.push(back);
      const [first] = packed;
      const same = first && Buffer.from(codec.unpack(first, values[0]?.length ?? 0));
      if (same?.equals(values[0] ?? new Uint8Array()) !== true) throw new Error(codec.name);
    }
  }
  say(`${what}: ${values.length}, ${Math.round(bytes / values.length)} bytes each`);
  return codecs.map(({ name }, at) => ({
    what,
    codec: name,
    ofSize: Number(((sizes[at] ?? 0) / bytes).toFixed(3)),
    packUs: Number(((median(times[at]?.pack ?? []) * 1_000) / values.length).toFixed(2)),
    unpackUs: Number(((median(times[at]?.unpack ?? []) * 1_000) / values.length).toFixed(2)),
  }));
}

const scratch = mkdtempSync(join(tmpdir(), "haypile-codec-"));
process.env.HAYPILE_DATA_DIR = join(scratch, "data");
process.env.HAYPILE_CACHE_DIR = join(scratch, "cache");
const here = printMachine();
const database = join(scratch, "index.db");
const engine = await open({ folder: tree, database });
await engine.index();
const questions = ["where is the log cut back", "how is a text packed", "who waits for the writer"];
for (const one of questions) await engine.search(one, { cache: false });
const searches: number[] = [];
for (let round = 0; round < rounds * 4; round += 1) {
  const before = process.cpuUsage();
  await engine.search(questions[round % questions.length] as string, { cache: false });
  const { user, system } = process.cpuUsage(before);
  searches.push((user + system) / 1_000);
}
const searchMs = median(searches);
await engine.close();

const index = new Database(database, { readonly: true });
const texts = index
  .prepare<[], { text: string }>("SELECT text FROM chunks WHERE text IS NOT NULL")
  .all()
  .map(({ text }) => Buffer.from(text));
index.close();
const cache = new Database(join(scratch, "cache", "embeddings.db"), { readonly: true });
const vectors = cache
  .prepare<[], { data: Buffer }>("SELECT data FROM embeddings")
  .all()
  .map(({ data }) => data);
cache.close();
// As the caches in memory hold them: of questions, here the first lines of the texts.
const embedder = await loadEmbedder();
const lines = texts.slice(0, 512).map((text) => text.toString().split("\n", 1)[0] ?? "");
const matrix = await embedder.embed(lines, { kind: "query" });
const { dimensions } = embedder;
const whole = lines.map((_, row) =>
  Buffer.from(matrix.slice(row * dimensions, (row + 1) * dimensions).buffer),
);
await embedder.close();

const usual = [fast, deflate(1), deflate(6), deflate(9), zstd(1), zstd(3), zstd(9), zstd(19)];
const rows = [
  ...measure("vector on disk (int8)", vectors, usual),
  ...measure("vector in memory (float32)", whole, usual),
  ...measure("text of a chunk", texts, [...usual, ...withDictionary(texts)]),
].map((row) => ({
  ...row,
  ofSearch: Number(
    (
      (row.unpackUs * (row.what.startsWith("text") ? textsPerSearch : 1)) /
      1_000 /
      searchMs
    ).toFixed(4),
  ),
}));
for (const { what, codec, ofSize, packUs, unpackUs, ofSearch } of rows) {
  say(
    `${what.padEnd(28)} ${codec.padEnd(26)} ${(ofSize * 100).toFixed(1).padStart(6)} % of size  pack ${packUs.toFixed(1).padStart(8)} us  unpack ${unpackUs.toFixed(1).padStart(7)} us  ${(ofSearch * 100).toFixed(2)} % of a search`,
  );
}
say(`a search: ${searchMs.toFixed(1)} ms CPU; load ${loadavg()[0]?.toFixed(1)}`);
keepRows(
  "codec",
  here,
  rows.map((row) => ({ ...row, searchMs, load: loadavg()[0] })),
);
rmSync(scratch, { recursive: true, force: true });
