/*
 * What a caller said, a file, the environment or a flag, against what only the tier says: a limit of
 * memory lays work out anew, and only what was said stands above it.
 */
import type { OptionName } from "../../config/options/options.ts";
import { isSaid } from "../../config/resolve.ts";
import type { FootprintPlan } from "../../governor/plan.ts";
import type { Configured } from "../configure.ts";
import type { LoadOptions } from "../models/model-loading.ts";
import type { OpenOptions } from "../types.ts";

type Sized = Pick<Configured<OpenOptions>, "options" | "configuration">;

/** The options with the limit, when one was said, and without what the tier would lay out for a whole machine. */
export function underLimit({ options, configuration }: Sized): OpenOptions & LoadOptions {
  const { maxMemoryBytes, workers, directWorkers, tokensPerRun, intraOpThreads, ...others } =
    options;
  const whole = { ...others, workers, directWorkers, tokensPerRun, intraOpThreads };
  const { settings } = configuration;
  if (!isSaid(settings["memory.max"])) return whole;
  return {
    ...others,
    maxMemoryBytes,
    ...(isSaid(settings["embed.workers"]) && { workers }),
    ...(isSaid(settings["embed.tokens-per-run"]) && { tokensPerRun }),
    ...(isSaid(settings["embed.intra-op-threads"]) && { intraOpThreads }),
  };
}

/** Page cache and bits in memory, bytes. */
export function storeSizes(
  configured: Sized,
  plan: FootprintPlan,
): { cacheBytes: number | undefined; bitsBudgetBytes: number | undefined } {
  const { pageCacheBytes, bitsBudgetBytes } = configured.options;
  const isPlanned = (name: OptionName, planned: number | undefined): planned is number =>
    planned !== undefined && !isSaid(configured.configuration.settings[name]);
  return {
    cacheBytes: isPlanned("storage.page-cache", plan.pageCacheBytes)
      ? plan.pageCacheBytes
      : pageCacheBytes,
    bitsBudgetBytes: isPlanned("storage.bits-budget", plan.bitsBudgetBytes)
      ? plan.bitsBudgetBytes
      : bitsBudgetBytes,
  };
}
