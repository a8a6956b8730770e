/* Which engine runs a model, and with which instructions: asked for by options, checked before any work. */
import { HaypileError } from "../../base/errors.ts";
import { loadBinding, loadRuntime } from "../../native/load.ts";
import type {
  EncoderIsa,
  HostSummary,
  ModelEngine,
  ModelRunner,
} from "../../ports/answers/index-facts.ts";
import type { RuntimeOptions } from "../types.ts";

/** Of a located model or reranker, what decides. */
export interface Runnable {
  name: string;
  kind?: string | undefined;
  /** Its packed weights; undefined: it has none. */
  weightsPath: string | undefined;
}

/**
 * The engine of a model: where it has packed weights, the core alone, unless ONNX Runtime was asked for.
 * @throws HaypileError HAYPILE_USAGE for "direct" with a model that has none
 */
export function engineOf(model: Runnable, { engine = "auto" }: RuntimeOptions): ModelEngine {
  const isPacked = model.weightsPath !== undefined;
  if (engine === "auto") return isPacked ? "direct" : "onnx";
  if (engine === "onnx" || isPacked) return engine;
  throw new HaypileError(
    "HAYPILE_USAGE",
    `Expected a model with packed weights for the engine "direct", but ${model.name} has an ONNX graph only. Choose the engine "auto" or "onnx", or a model whose model.json names "weights".`,
    { data: { model: model.name, engine } },
  );
}

/**
 * What will run a model; undefined for a static one, which has no runs.
 * @throws HaypileError HAYPILE_USAGE for instructions that this CPU has not, and as engineOf()
 */
export function runnerOf(
  model: Runnable,
  options: RuntimeOptions,
  addonFolder: string | undefined,
): ModelRunner | undefined {
  if (model.kind === "static") return undefined;
  const engine = engineOf(model, options);
  if (model.weightsPath === undefined) return { engine, isa: undefined };
  return { engine, isa: isaOf(options, addonFolder) };
}

/** The instructions that packed weights are run with. @throws HaypileError HAYPILE_USAGE, HAYPILE_NATIVE_MISSING */
export function isaOf(
  { isa = "auto" }: RuntimeOptions,
  addonFolder: string | undefined,
): EncoderIsa {
  const supported = encoderPaths(addonFolder);
  const found = isa === "auto" ? supported.at(-1) : supported.find((one) => one === isa);
  if (found !== undefined) return found;
  throw new HaypileError(
    "HAYPILE_USAGE",
    `Expected auto or one of ${supported.join(", ")} for model.isa, which is what this CPU can run, but got ${isa}. Choose one of these, or unset HAYPILE_ISA.`,
    { data: { isa, supported } },
  );
}

/** Instructions that this CPU can run packed weights with, slowest first. @throws HaypileError HAYPILE_NATIVE_MISSING */
export function encoderPaths(addonFolder: string | undefined): EncoderIsa[] {
  return loadBinding(addonFolder).encoderPaths();
}

/** The machine and what runs the model. @throws HaypileError HAYPILE_NATIVE_MISSING */
export function hostSummary(
  runner: ModelRunner | undefined,
  addonFolder: string | undefined,
): HostSummary {
  // The library is opened for a model that needs it, and for no other.
  const runtimeVersion = runner?.engine === "onnx" ? loadRuntime(addonFolder).version : undefined;
  return { ...loadBinding(addonFolder).hostInfo(), runner, runtimeVersion };
}
