/* What memories ask about the code they speak of. */
import type { MemoryAnchor } from "./memories.ts";

export interface AnchoredText {
  /** Of the file, or of the definition. */
  text: string;
  /** When the file was changed last, milliseconds since 1970. */
  modified: number;
}

export interface AnchorReader {
  /** Undefined: the file, or the definition in it, is not there. */
  read(anchor: MemoryAnchor): Promise<AnchoredText | undefined>;
  /** The last commit that changed a file, where there is git and the file is as committed. */
  lastCommit(path: string): Promise<{ commit: string; at: number } | undefined>;
}
