/* The execution provider that was asked for: whether it can be had, and said aloud where it cannot. */
import { HaypileError } from "../../base/errors.ts";
import { log } from "../../base/log.ts";
import { probeProviders } from "../../native/embedder.ts";
import type { ProviderUse } from "../../ports/answers/index-facts.ts";
import type { RuntimeOptions } from "../types.ts";

/** Lines that were said: one for each reason, however many models are loaded. */
const said = new Set<string>();
/** Providers that were found missing before a model was loaded: what the model then says is the same in other words. */
const foretold = new Set<string>();

/**
 * Looks whether the provider can be had, before any model is loaded.
 *
 * @param model that is to run there
 * @returns undefined when the CPU was asked for
 * @throws HaypileError HAYPILE_PROVIDER when it cannot, and `strict` says that nothing else will do
 */
export function providerOf(
  { provider = "cpu", strict }: Pick<RuntimeOptions, "provider" | "strict">,
  model: { kind: string; name: string; weightsPath: string | undefined },
  addonFolder: string | undefined,
): ProviderUse | undefined {
  if (provider === "cpu") return undefined;
  const reason = reasonOf(model) ?? reasonAgainst(provider, addonFolder);
  const use: ProviderUse = {
    requested: provider,
    used: reason === "" ? provider : "cpu",
    reason,
  };
  if (reason !== "") {
    foretold.add(provider);
    fallBack(use, strict);
  }
  return use;
}

/**
 * Says what a loaded model fell back to, where that could not be known before.
 * @throws HaypileError HAYPILE_PROVIDER
 */
export function checkLoaded(
  { providerRequested, fallbackReason }: { providerRequested: string; fallbackReason: string },
  { strict }: Pick<RuntimeOptions, "strict">,
): void {
  if (fallbackReason === "" || providerRequested === "cpu") return;
  if (strict !== true && foretold.has(providerRequested)) return;
  const requested = providerRequested as ProviderUse["requested"];
  fallBack({ requested, used: "cpu", reason: fallbackReason }, strict);
}

/** Why a model runs on the CPU wherever it is; undefined: nothing of the model speaks against another. */
function reasonOf(model: {
  kind: string;
  name: string;
  weightsPath: string | undefined;
}): string | undefined {
  if (model.kind === "static") {
    return `the static model ${model.name} has no runs that it could take over`;
  }
  if (model.weightsPath === undefined) return undefined;
  return `the packed weights of ${model.name} run on the CPU; for another provider name a model with an ONNX graph of its own, with --model or --model-dir`;
}

function reasonAgainst(provider: string, addonFolder: string | undefined): string {
  const found = probeProviders(addonFolder).find((one) => one.provider === provider);
  if (found?.available === true) return "";
  return found?.reason ?? "this build does not know it";
}

function fallBack({ requested, reason }: ProviderUse, strict: boolean | undefined): void {
  if (strict === true) {
    throw new HaypileError(
      "HAYPILE_PROVIDER",
      `Expected the provider ${requested}, which cannot be had here: ${withStop(reason)} Install what is missing, leave "strict" away to run on the CPU, or see "haypile doctor".`,
      { data: { requested, reason } },
    );
  }
  const line = `the provider ${requested} cannot be had, the model runs on the CPU: ${reason}`;
  if (said.has(line)) return;
  said.add(line);
  log("warn", line);
}

function withStop(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
