/* Profiles: how much of its machine a person wants Haypile to take. They change a tier's values. */
import type { TierValues } from "./values.ts";

export const profiles = ["conservative", "balanced", "development", "aggressive"] as const;
export type Profile = (typeof profiles)[number];

/** Shares of what the tier gives. */
const shares: Readonly<Record<Profile, { workers: number; memory: number; caches: number }>> = {
  conservative: { workers: 1 / 2, memory: 2 / 3, caches: 1 / 2 },
  balanced: { workers: 1, memory: 1, caches: 1 },
  // The machine is also used to write code on: half of it stays free for that.
  development: { workers: 1 / 2, memory: 1, caches: 1 },
  aggressive: { workers: 1, memory: 3 / 2, caches: 2 },
};

export const profileSentences: Readonly<Record<Profile, string>> = {
  conservative: "half the workers, two thirds of the memory, half the caches",
  balanced: "the tier's values as they are",
  development: "half the workers, so that editors and compilers go on",
  aggressive: "half as much memory again, caches twice as large",
};

/** What a profile changes of a tier's values; nothing for "balanced". */
export function profileValues(
  profile: Profile,
  values: TierValues,
  host: { memoryBytes: number },
): Partial<TierValues> {
  const share = shares[profile];
  const memory = Math.min(values.maxMemoryBytes * share.memory, host.memoryBytes / 2);
  return {
    ...(share.workers !== 1 && {
      workers: Math.max(1, Math.floor(values.workers * share.workers)),
    }),
    ...(share.memory !== 1 && { maxMemoryBytes: wholeMb(memory) }),
    ...(share.caches !== 1 && {
      cacheBytes: wholeMb(values.cacheBytes * share.caches),
      bitsBytes: wholeMb(values.bitsBytes * share.caches),
      pageCacheBytes: wholeMb(values.pageCacheBytes * share.caches),
    }),
  };
}

function wholeMb(bytes: number): number {
  return Math.max(1_000_000, Math.floor(bytes / 1_000_000) * 1_000_000);
}
