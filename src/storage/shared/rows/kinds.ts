/* What is stored as a number: its place in one of these lists. Never renumbered. */
import {
  type MemoryKind,
  type MemorySource,
  memoryKinds,
  memorySources,
} from "../../../ports/memories.ts";

export const kinds: readonly MemoryKind[] = memoryKinds;

export const sources: readonly MemorySource[] = memorySources;

export const endings = ["open", "newer-text", "superseded"] as const;
