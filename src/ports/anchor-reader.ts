/* What memories ask about the code they speak of. */
import type { MemoryAnchor } from "./memories.ts";

export interface AnchoredText {
  /** Of the file, or of the definition. */
  text: string;
  /** When the file was changed last, milliseconds since 1970. */
  modified: number;
  /** The text as versions before 0.2 read it, where that is another one. */
  olderText?: string | undefined;
}

export interface AnchorReader {
  /**
   * The anchor as it is kept, with links in its path resolved. Only a file that could be in an index of its project
   * may be anchored to: none that keeps secrets, is ignored, or that a link leads to from elsewhere.
   *
   * A path that is refused for where it lies is not looked at, by no call of the system.
   *
   * @param options wasAdmitted: it was admitted here once, maybe for a root that was named then, and is looked at again
   * @throws HaypileError HAYPILE_PATH_REFUSED, HAYPILE_PATH_MISSING
   */
  admit(
    anchor: MemoryAnchor,
    options?: { wasAdmitted?: boolean | undefined },
  ): Promise<MemoryAnchor>;
  /** Undefined: the file, or the definition in it, is not there. Only what admit() gave is read. */
  read(anchor: MemoryAnchor): Promise<AnchoredText | undefined>;
  /** The last commit that changed a file, where there is git and the file is as committed. */
  lastCommit(path: string): Promise<{ commit: string; at: number } | undefined>;
}
