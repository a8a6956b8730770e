/*
 * What a caller said, a file, the environment or a flag, against what only the tier says: a limit of
 * memory lays work out anew, and only what was said stands above it.
 */
import type { OptionName } from "../../config/options/options.ts";
import type { FootprintPlan } from "../../governor/plan.ts";
import type { Configured } from "../configure.ts";
import type { OpenOptions } from "../types.ts";

type Sized = Pick<Configured<OpenOptions>, "options" | "configuration">;

function isSaid({ configuration }: Pick<Sized, "configuration">, name: OptionName): boolean {
  const { origin } = configuration.settings[name];
  return origin !== "default" && origin !== "tier" && origin !== "profile";
}

/** The options with the limit, when one was said, and without what the tier would lay out for a whole machine. */
export function underLimit(configured: Sized): OpenOptions {
  const { maxMemoryBytes, workers, tokensPerRun, intraOpThreads, ...others } = configured.options;
  const whole = { ...others, workers, tokensPerRun, intraOpThreads };
  if (!isSaid(configured, "memory.max")) return whole;
  return {
    ...others,
    maxMemoryBytes,
    ...(isSaid(configured, "embed.workers") && { workers }),
    ...(isSaid(configured, "embed.tokens-per-run") && { tokensPerRun }),
    ...(isSaid(configured, "embed.intra-op-threads") && { intraOpThreads }),
  };
}

/** Page cache and bits in memory, bytes. */
export function storeSizes(
  configured: Sized,
  plan: FootprintPlan,
): { cacheBytes: number | undefined; bitsBudgetBytes: number | undefined } {
  const { pageCacheBytes, bitsBudgetBytes } = configured.options;
  const isPlanned = (name: OptionName, planned: number | undefined): planned is number =>
    planned !== undefined && !isSaid(configured, name);
  return {
    cacheBytes: isPlanned("storage.page-cache", plan.pageCacheBytes)
      ? plan.pageCacheBytes
      : pageCacheBytes,
    bitsBudgetBytes: isPlanned("storage.bits-budget", plan.bitsBudgetBytes)
      ? plan.bitsBudgetBytes
      : bitsBudgetBytes,
  };
}
