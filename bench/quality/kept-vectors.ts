/*
 * Embedders for measuring many rankings over the same texts: each model runs once over a text, and what it said is kept
 * on the disk (build/bench/quality/vectors, some 1.5 KB a text). A mix gives the vectors of several models side by side,
 * so that its cosine is the weighted mean of theirs, and goes through the product like any other.
 */
import { createHash } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { loadEmbedder } from "../../src/embedder.ts";
import { SumEmbedder } from "../../src/engine/models/sum-embedder.ts";
import { findModel, isKnownModel } from "../../src/models/registry.ts";
import { readTokenizer } from "../../src/models/tokenizer-json.ts";
import { TokenCounter } from "../../src/native/token-counter.ts";
import type { EmbedOptions, TextEmbedder } from "../../src/ports/embedder.ts";
import type { LateScorer } from "../../src/ports/reranker.ts";
import { cosineScaleOf, cosineScales } from "../../src/search/ranking/cosine-scale.ts";
import { modelFolder, work } from "../common.ts";

const usualDimensions = 384;
const keyBytes = 16;
/** The same pieces of text for every model: what differs is the model alone. */
const maxTokens = 256;
/** Texts of one run, and what is lost when the bench is stopped. */
const textsOfRun = 64;

/** All models here have the vocabulary of the packaged one. */
export async function openCounter(): Promise<TokenCounter> {
  return new TokenCounter(await readTokenizer(join(modelFolder, "tokenizer.json")));
}

export interface KeptEmbedder extends TextEmbedder, Partial<Pick<LateScorer, "late">> {
  /** Tokens that models ran over, and the CPU time it took, since the start. */
  readonly ran: { texts: number; cpuMs: number };
}

/**
 * @param folder of the model; undefined: the packaged one
 * @throws HaypileError as loadEmbedder(), when the first text is not kept yet
 */
export function keptVectors(
  name: string,
  folder: string | undefined,
  counter: TokenCounter,
): KeptEmbedder {
  const record = folder === undefined && isKnownModel(name) ? findModel(name) : undefined;
  const dimensions = record?.dimensions ?? usualDimensions;
  const rowBytes = keyBytes + dimensions * 4;
  const kept = join(work, "quality", "vectors");
  mkdirSync(kept, { recursive: true });
  const path = join(kept, `${name}.bin`);
  const known = new Map<string, Float32Array>();
  if (existsSync(path)) {
    const bytes = readFileSync(path);
    // A row that was cut off by a stop is not read, and the file goes on behind it wrongly: it is made anew.
    if (bytes.length % rowBytes !== 0) throw new Error(`${path} was cut off: remove it.`);
    for (let at = 0; at < bytes.length; at += rowBytes) {
      const key = bytes.toString("hex", at, at + keyBytes);
      const copy = bytes.buffer.slice(
        bytes.byteOffset + at + keyBytes,
        bytes.byteOffset + at + rowBytes,
      );
      known.set(key, new Float32Array(copy));
    }
  }
  let loading: Promise<TextEmbedder> | undefined;
  const ran = { texts: 0, cpuMs: 0 };
  const model = (): Promise<TextEmbedder> => {
    loading ??= loadEmbedder(
      folder === undefined
        ? { model: record?.name, workers: 1 }
        : { modelFolder: resolve(folder), workers: 1 },
    );
    return loading;
  };
  const run = async (texts: string[], kind: "query" | "passage"): Promise<void> => {
    const before = process.cpuUsage();
    const loaded = await model();
    const vectors = await loaded.embed(texts, { kind });
    const { user, system } = process.cpuUsage(before);
    ran.cpuMs += (user + system) / 1_000;
    ran.texts += texts.length;
    const rows: Buffer[] = [];
    for (const [at, text] of texts.entries()) {
      const vector = vectors.slice(at * dimensions, (at + 1) * dimensions);
      const key = keyOf(text, kind);
      known.set(key, vector);
      rows.push(Buffer.from(key, "hex"), Buffer.from(vector.buffer));
    }
    appendFileSync(path, Buffer.concat(rows));
  };
  return {
    modelId: name,
    dimensions,
    maxTokens,
    ran,
    embed: async (texts, options: EmbedOptions = {}) => {
      const kind = options.kind ?? "passage";
      const missing = [...new Set(texts.filter((text) => !known.has(keyOf(text, kind))))];
      // By length, so that a run is filled by texts and not by padding.
      missing.sort((a, b) => a.length - b.length);
      for (let at = 0; at < missing.length; at += textsOfRun) {
        await run(missing.slice(at, at + textsOfRun), kind);
      }
      const out = new Float32Array(texts.length * dimensions);
      for (const [at, text] of texts.entries()) {
        out.set(known.get(keyOf(text, kind)) as Float32Array, at * dimensions);
      }
      return out;
    },
    countTokens: (texts) => counter.countTokens(texts),
    countLineTokens: (text) => counter.countLineTokens(text),
    late: async (query, passages, options) => {
      const loaded = (await model()) as TextEmbedder & Partial<Pick<LateScorer, "late">>;
      if (loaded.late === undefined) throw new Error(`${name} gives no tokens to compare.`);
      return loaded.late(query, passages, options);
    },
    close: async () => {
      await (await loading?.catch(() => undefined))?.close();
    },
  };
}

/** A sum as the product makes it, of any models and weights; its scale is noted beside theirs. */
export function mixOf(
  name: string,
  parts: readonly { embedder: KeptEmbedder; weight: number }[],
): KeptEmbedder {
  const sum = parts.reduce((all, { weight }) => all + weight, 0);
  const stretched = parts.map(({ embedder, weight }) => {
    const { origin, stretch } = cosineScaleOf(embedder.modelId);
    return { origin, weight: (weight / sum) * stretch };
  });
  const total = stretched.reduce((all, { weight }) => all + weight, 0);
  const origin = stretched.reduce((all, one) => all + one.weight * one.origin, 0) / total;
  cosineScales[name] = { origin, stretch: total };
  const made = new SumEmbedder(name, parts as [(typeof parts)[0], ...typeof parts]);
  return Object.assign(made, { ran: { texts: 0, cpuMs: 0 } });
}

/** @param spec minilm, e5=FOLDER, both=minilm*.7+e5*.3: names, names with folders, mixes of those before */
export function openModels(spec: string, counter: TokenCounter): KeptEmbedder[] {
  const models = new Map<string, KeptEmbedder>();
  for (const one of spec.split(",")) {
    const [name = "", from] = one.split("=");
    const parts = from?.includes("*") ? from.split("+") : undefined;
    const known = (part: string): { embedder: KeptEmbedder; weight: number } => {
      const [of = "", weight = "1"] = part.split("*");
      const embedder = models.get(of);
      if (embedder === undefined) throw new Error(`Name ${of} before the mix ${name}.`);
      return { embedder, weight: Number(weight) };
    };
    models.set(
      name,
      parts === undefined ? keptVectors(name, from, counter) : mixOf(name, parts.map(known)),
    );
  }
  return [...models.values()];
}

function keyOf(text: string, kind: "query" | "passage"): string {
  return createHash("sha256")
    .update(`${kind}\0${text}`)
    .digest("hex")
    .slice(0, keyBytes * 2);
}
