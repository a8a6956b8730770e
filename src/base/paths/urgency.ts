/*
 * Which chunk without a vector gets one first. One number per chunk, smaller comes first; the store
 * keeps it and reads in its order.
 */
import { pathTraits } from "./path-traits.ts";

/** What is known of a chunk at one of its places, and of one definition that begins there. */
export interface UrgencyFacts {
  path: string;
  /** Its file changed within `recentDays` of the newest. */
  isRecent: boolean;
  /** References to the definition's name, all of them or at least `manyUses`; 0 without a definition. */
  uses: number;
  /** Other files can use the definition; true without one. */
  isPublic: boolean;
}

/** Candidates of the last queries: before all others. */
export const askedUrgency = -2;
/** Candidates of queries before those. */
export const askedBeforeUrgency = -1;
/** Chunks not ranked yet come after all that are. */
export const unrankedUrgency = 99;

export const recentDays = 14;
export const manyUses = 10;

/**
 * The urgency of a chunk that no query has asked for, 0 to 47. In this order: written by people before
 * generated and vendored code, recent before old, much used before used before unused, public before
 * private, source before tests.
 */
export function urgencyOf({ path, isRecent, uses, isPublic }: UrgencyFacts): number {
  const { isGenerated, isVendored, isTest } = pathTraits(path);
  const unused = uses >= manyUses ? 0 : uses > 0 ? 1 : 2;
  let urgency = isGenerated || isVendored ? 1 : 0;
  urgency = urgency * 2 + (isRecent ? 0 : 1);
  urgency = urgency * 3 + unused;
  urgency = urgency * 2 + (isPublic ? 0 : 1);
  return urgency * 2 + (isTest ? 1 : 0);
}
