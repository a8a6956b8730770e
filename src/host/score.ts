/*
 * How strong a machine is, from 0 to 11, and its tier. Three sums: memory 0 to 5, CPU 0 to 4,
 * accelerator 0 to 2. Each is a table, so that a person can do the sum by hand.
 */
import type { HostFacts } from "./facts.ts";

export const tiers = ["light", "standard", "heavy"] as const;
export type Tier = (typeof tiers)[number];

/** GB (1,000,000,000 bytes) from which on the points are given; what a system keeps to itself fits in. */
export const memoryPoints = [
  [48, 5],
  [32, 4],
  [24, 3],
  [16, 2],
  [12, 1],
] as const;

/** Points of Apple chips with 4 cores or more. */
export const applePoints = { base: 1, pro: 2, max: 3, ultra: 4 } as const;

/** Usable CPUs (threads of the processor) from which on other processors get the points. */
export const cpuPoints = [
  [32, 4],
  [20, 3],
  [12, 2],
  [4, 1],
] as const;

/** Fewer get no points, whatever they are. */
const leastCores = 4;

/** Below it the tier is light, whatever the score: a container of 512 MB may sit on 64 fast cores. */
export const lightBelowBytes = 4_000_000_000;

export interface HostScore {
  /** 0 to 11. */
  total: number;
  memory: number;
  cpu: number;
  accelerator: number;
  tier: Tier;
}

export function scoreHost(facts: HostFacts): HostScore {
  const memory = points(memoryPoints, facts.memoryBytes / 1e9);
  const cpu = scoreCpu(facts);
  const accelerator = scoreAccelerator(facts);
  const total = memory + cpu + accelerator;
  return { total, memory, cpu, accelerator, tier: tierOf(total, facts.memoryBytes) };
}

/** 0 to 2 light, 3 to 6 standard, 7 and more heavy. */
function tierOf(total: number, memoryBytes: number): Tier {
  if (total <= 2 || memoryBytes < lightBelowBytes) return "light";
  return total <= 6 ? "standard" : "heavy";
}

/** What no provider here can use is not there: AMD's cards have none, and CUDA's library is not installed with us. */
function scoreAccelerator({ discreteGpu, apple, providers }: HostFacts): number {
  if (discreteGpu === "NVIDIA" && providers.includes("cuda")) return 2;
  return apple !== undefined && providers.includes("coreml") ? 1 : 0;
}

function scoreCpu({ cores, apple, architecture, cpuFeatures }: HostFacts): number {
  if (cores < leastCores) return 0;
  if (apple !== undefined) return applePoints[apple];
  // The int8 kernels live on these; a processor without them does a fraction of the work.
  const wide = architecture === "arm64" ? "dotprod" : "avx2";
  const found = points(cpuPoints, cores);
  return cpuFeatures.includes(wide) ? found : Math.max(0, found - 1);
}

function points(table: readonly (readonly [number, number])[], value: number): number {
  return table.find(([from]) => value >= from)?.[1] ?? 0;
}
