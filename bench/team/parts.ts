/* What the benches of a team's store share: a server as one is set up in earnest, made-up vectors, times. */
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TextEmbedder } from "../../src/ports/embedder.ts";
import type { PostgresServer } from "../../test/helpers/postgres.ts";

/** Commits are on its disk; it has as much memory as a small server in the cloud. */
export const earnest = {
  fsync: "on",
  full_page_writes: "on",
  shared_buffers: "256MB",
  maintenance_work_mem: "256MB",
  effective_cache_size: "1GB",
  max_wal_size: "1GB",
  max_connections: 100,
};

/** What a client does not need is loaded by who asks for it: clients' memory is measured. */
export async function earnestServer(
  settings: Record<string, string | number> = {},
): Promise<PostgresServer> {
  const { PostgresServer: Server } = await import("../../test/helpers/postgres.ts");
  const folder = join(
    tmpdir(),
    `haypile-pg-bench-${process.pid}-${randomBytes(3).toString("hex")}`,
  );
  return await Server.make(folder, { settings: { ...earnest, ...settings } });
}

export function percentile(times: readonly number[], share: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return Number(value.toFixed(2));
}

export interface Model extends TextEmbedder {
  /** Vectors that were made before, by their texts: a recall with these is a recall above its embedding. */
  known: Map<string, Float32Array>;
}

/** Dimensions and name of the real model, whose vectors those of the memories are made up around. */
export const modelName = { modelId: "all-minilm-l6-v2", dimensions: 384, maxTokens: 256 };

/**
 * Gives each text the vector of one of a thousand real ones, and a little noise; a query has to be known.
 * @param real a thousand of them; undefined where only queries come
 * @param told is told which of these each vector is made of, in order
 */
export function madeUpModel(
  known: Map<string, Float32Array>,
  real?: Float32Array,
  told?: (of: number) => void,
): Model {
  const { dimensions: size } = modelName;
  let state = 1;
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
  const madeUp = (into: Float32Array): void => {
    if (real === undefined) throw new Error("there are no vectors to make others of");
    const of = Math.floor((random() + 0.5) * 1_000);
    told?.(of);
    const base = of * size;
    let squares = 0;
    for (let i = 0; i < size; i += 1) {
      const value = (real[base + i] as number) + random() * 0.12;
      into[i] = value;
      squares += value * value;
    }
    for (let i = 0; i < size; i += 1) into[i] = (into[i] as number) / Math.sqrt(squares);
  };
  return {
    ...modelName,
    known,
    embed: async (texts) => {
      const vectors = new Float32Array(texts.length * size);
      for (const [row, text] of texts.entries()) {
        const own = known.get(text);
        if (own === undefined) madeUp(vectors.subarray(row * size, (row + 1) * size));
        else vectors.set(own, row * size);
      }
      return vectors;
    },
    countTokens: async (texts) => Uint32Array.from(texts, (text) => Math.ceil(text.length / 4)),
    close: async () => undefined,
  };
}

/** By the real model: vectors of so many texts, and of queries with the time that each took, milliseconds. */
export async function realVectors(texts: readonly string[], queries: readonly string[]) {
  const { loadEmbedder } = await import("../../src/embedder.ts");
  const embedder = await loadEmbedder();
  const real = await embedder.embed([...texts]);
  const known: [string, number[]][] = [];
  const times: number[] = [];
  for (const query of queries) {
    const began = performance.now();
    known.push([query, [...(await embedder.embed([query], { kind: "query" }))]]);
    times.push(performance.now() - began);
  }
  await embedder.close();
  return { real, known, times };
}

export const tagOf = (at: number): string[] => [
  `tag${at % 50}`,
  ...(at % 10_000 === 77 ? ["rare"] : []),
  ...(at % 2 === 0 ? ["half"] : []),
];

/** One of ten memories lies in a namespace of its own. */
export const namespaceOf = (at: number): string => (at % 10 === 3 ? "other" : "default");
