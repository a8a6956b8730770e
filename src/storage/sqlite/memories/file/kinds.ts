/* Kinds and sources as the numbers they are stored as. Never renumbered. */
import type { MemoryKind, MemorySource } from "../../../../ports/memories.ts";

export const kinds: readonly MemoryKind[] = [
  "note",
  "fact",
  "decision",
  "preference",
  "event",
  "turn",
];

export const sources: readonly MemorySource[] = ["user", "agent", "document"];

export const endings = ["open", "newer-text", "superseded"] as const;
