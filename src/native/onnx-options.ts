/* What every model with runs is loaded with, whatever it gives and whichever engine runs it. */
import { over, type Unsaid } from "../base/defined.ts";
import type { EncoderIsa, ModelEngine, SessionOptions } from "../ports/answers/index-facts.ts";
import type { LibraryTokenizer, ModelTokenizer } from "../ports/tokenizer.ts";
import type { NativeBinding, NativeModelOptions, NativeTokenizer } from "./binding.ts";

export interface OnnxModelOptions {
  modelId: string;
  /** Default "onnx". */
  engine?: ModelEngine | undefined;
  modelPath: string;
  /** File of packed weights; undefined: the model has none. */
  weightsPath?: string | undefined;
  /** Instructions that run packed weights. Default: the fastest this CPU has. */
  isa?: EncoderIsa | "auto" | undefined;
  /** Where copies of what is mapped are made. Undefined: packed weights are read into memory. */
  scratchFolder?: string | undefined;
  tokenizer: ModelTokenizer;
  /** Most tokens of one row, special tokens included; longer texts are cut. */
  maxTokens: number;
  /** Threads that run the model side by side. Default: usable CPUs. */
  workers?: number | undefined;
  /** Most tokens of one run with what short texts are filled up with, 1 to 1,048,576. Default 320. It decides peak memory. */
  tokensPerRun?: number | undefined;
  /** Bind each worker to a CPU of its own. Default false. */
  pin?: boolean | undefined;
  /** Bind workers to the CPUs of this NUMA node, 0 to 4095. Default: any. */
  numaNode?: number | undefined;
  /** Folder of the per-machine cache of optimised graphs and comparisons; undefined = load the file as it is. */
  cacheFolder?: string | undefined;
  session?: Unsaid<SessionOptions> | undefined;
  addonFolder?: string | undefined;
}

/** As fast as 512 on the machines measured, with less memory for activations (docs/decisions/0003). */
export const defaultTokensPerRun = 320;

const defaultSession: SessionOptions = {
  intraOpThreads: 1,
  spinning: false,
  cpuArena: false,
  memoryPattern: true,
  provider: "cpu",
  gpuMemoryBytes: 0,
  gpuArena: "same",
};

/** The options as the core takes them, with every default filled in. */
export function nativeOptions(
  binding: NativeBinding,
  options: OnnxModelOptions,
  tokenizer: NativeTokenizer | LibraryTokenizer,
  output: Pick<NativeModelOptions, "dimensions" | "pooling" | "cacheOnly">,
): NativeModelOptions {
  return {
    engine: options.engine ?? "onnx",
    modelPath: options.modelPath,
    weightsPath: options.weightsPath ?? "",
    isa: options.isa ?? "auto",
    scratchFolder: options.scratchFolder ?? "",
    tokenizer: isLibrary(tokenizer) ? undefined : tokenizer,
    padId: isLibrary(tokenizer) ? tokenizer.padId : 0,
    maxTokens: options.maxTokens,
    workers: options.workers ?? binding.hostInfo().usableCpus,
    tokensPerRun: options.tokensPerRun ?? defaultTokensPerRun,
    pin: options.pin ?? false,
    numaNode: options.numaNode ?? -1,
    session: over(defaultSession, options.session),
    cacheFolder: options.cacheFolder ?? "",
    ...output,
  };
}

export function isLibrary(
  tokenizer: NativeTokenizer | LibraryTokenizer,
): tokenizer is LibraryTokenizer {
  return "padId" in tokenizer;
}
