/* Flags that several commands share, and how their values are read. */
import { type Command, InvalidArgumentError, Option } from "commander";
import type { OpenOptions } from "../engine/types.ts";

/** Reads a whole number in a range. */
export function wholeNumber(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= low && value <= high && text.trim() !== "") {
      return value;
    }
    throw new InvalidArgumentError(`Expected a whole number from ${low} to ${high}.`);
  };
}

/** Reads "1MB", "512 kB", "2MiB" or plain bytes. */
export function byteSize(text: string): number {
  const match = /^\s*(\d+(?:\.\d+)?)\s*(b|kb|mb|gb|kib|mib|gib)?\s*$/i.exec(text);
  const factors: Readonly<Record<string, number>> = {
    b: 1,
    kb: 1e3,
    mb: 1e6,
    gb: 1e9,
    kib: 2 ** 10,
    mib: 2 ** 20,
    gib: 2 ** 30,
  };
  const value = Math.round(Number(match?.[1]) * (factors[(match?.[2] ?? "b").toLowerCase()] ?? 1));
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('Expected a size such as "1MB", "512kB" or a number of bytes.');
}

export interface ModelFlags {
  db?: string;
  model?: string;
  modelDir?: string;
  workers?: number;
  tokensPerRun?: number;
  pin?: boolean;
  numaNode?: number;
  provider?: "cpu" | "cuda" | "coreml";
  reranker?: string;
  graphCache: boolean;
  embeddingCache: boolean;
}

export interface IndexFlags {
  db?: string;
  path: string;
}

/** Flags of commands that read an index and need no model. */
export function addIndexFlags(command: Command): Command {
  return command
    .option("--path <folder>", "folder whose index is meant; one of its parents will do", ".")
    .option("--db <file>", "database file (default: one per folder in your data folder)");
}

/** The engine's options from those. */
export function indexOptions(flags: IndexFlags): OpenOptions {
  return {
    folder: flags.path,
    nearest: true,
    ...(flags.db !== undefined && { database: flags.db }),
  };
}

/** Adds --db and the flags that choose and tune the model. */
export function addModelFlags(command: Command): Command {
  return command
    .option("--db <file>", "database file (default: one per folder in your data folder)")
    .option("--model <name>", 'model, see "haypile models list" (default: the index\'s own)')
    .option("--model-dir <folder>", "folder with model.onnx and tokenizer.json")
    .addOption(
      new Option("--workers <n>", "threads that run the model (default: usable CPUs)").argParser(
        wholeNumber(1, 1024),
      ),
    )
    .addOption(
      new Option(
        "--tokens-per-run <n>",
        "most tokens of one run; less takes less memory (default: 320)",
      ).argParser(wholeNumber(1, 1_048_576)),
    )
    .option("--pin", "bind each of these threads to a CPU of its own")
    .addOption(
      new Option("--numa-node <n>", "bind these threads to the CPUs of a NUMA node").argParser(
        wholeNumber(0, 4095),
      ),
    )
    .addOption(
      new Option("--provider <name>", "where the model runs (default: cpu)").choices([
        "cpu",
        "cuda",
        "coreml",
      ]),
    )
    .option(
      "--no-embedding-cache",
      "neither ask nor fill the cache of vectors in your cache folder",
    )
    .option("--no-graph-cache", "do not keep the optimised model in your cache folder");
}

/** Adds --reranker, for commands that search. */
export function addRerankerFlag(command: Command): Command {
  return command.option(
    "--reranker <folder>",
    "cross-encoder that puts the best hits in order: folder with model.onnx and tokenizer.json",
  );
}

/** The engine's options from the flags; what was not given stays away. */
export function openOptions(folder: string, flags: ModelFlags): OpenOptions {
  return {
    folder,
    graphCache: flags.graphCache,
    embeddingCache: flags.embeddingCache,
    ...(flags.db !== undefined && { database: flags.db }),
    ...(flags.model !== undefined && { model: flags.model }),
    ...(flags.modelDir !== undefined && { modelFolder: flags.modelDir }),
    ...(flags.reranker !== undefined && { reranker: flags.reranker }),
    ...(flags.workers !== undefined && { workers: flags.workers }),
    ...(flags.tokensPerRun !== undefined && { tokensPerRun: flags.tokensPerRun }),
    ...(flags.pin !== undefined && { pin: flags.pin }),
    ...(flags.numaNode !== undefined && { numaNode: flags.numaNode }),
    ...(flags.provider !== undefined && { provider: flags.provider }),
  };
}
