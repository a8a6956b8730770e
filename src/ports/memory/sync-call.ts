/* What syncing the memories with a folder takes and answers. */

export interface MemorySyncOptions {
  /**
   * Only memories of these namespaces go there and are taken from there; "*": all. Default: those that were said for this
   * folder last, at first all.
   */
  namespace?: string | readonly string[] | undefined;
  /** Also what looks like a password, a key or a token, both ways. Default false. */
  allowSecrets?: boolean | undefined;
  /**
   * Write everything that is known here into the file of this machine, also what came from others: for a folder that was
   * emptied, or that lost the file of a machine. Default false.
   */
  whole?: boolean | undefined;
  /** Stops it between two steps; what was done stays, and the next call goes on. */
  signal?: AbortSignal | undefined;
  /** Called after each step. */
  onProgress?: ((progress: MemorySyncProgress) => void) | undefined;
}

export interface MemorySyncProgress {
  /** What it is at: giving clocks to what changed here, reading files of others, writing the own one. */
  phase: "looking" | "reading" | "writing";
  /** Memories looked at, bytes read, or memories written; of so many. */
  done: number;
  total: number;
  /** Resident memory of the process that works, bytes. */
  rssBytes: number;
}

/** A file that could not be read, or not to its end. */
export interface SyncFileProblem {
  /** Its name in the folder. */
  file: string;
  /** The line it is about; 0: the file. */
  line: number;
  reason: string;
  /** True: the next sync looks again. False: that line, or file, is passed over. */
  isWaiting: boolean;
}

export interface MemorySyncResult {
  /** The folder with the files: "haypile-memories" in the one that was named. */
  folder: string;
  /** Id of this machine, which is the name of its file. */
  machine: string;
  /** Undefined: all. */
  namespaces: string[] | undefined;
  /** Memories whose state was written into the file of this machine. */
  sent: number;
  /** Memories that are different here now. */
  received: { added: number; changed: number; forgotten: number };
  /** Pairs that say the same under two ids, and were linked as duplicates. */
  duplicates: number;
  /** Files of other machines that were looked at. */
  files: number;
  /** Bytes read from them. */
  bytesRead: number;
  /** Bytes of this machine's file now. */
  bytes: number;
  /** True when that file was written anew, because it had grown or held what was erased. */
  isRewritten: boolean;
  /** True when a snapshot was restored since the last sync: what was said and forgotten after it holds again. */
  isAfterRestore: boolean;
  /** Memories that were passed over because their namespaces are not asked for. */
  otherNamespaces: number;
  /** Memories that stay here because they seem to hold a secret, and lines that were not taken for that. */
  secrets: { kept: number; refused: number };
  /** Memories whose times lie more than a day in the future: no machine would take them. */
  fromFuture: number;
  /** The first 100, and how many there are. */
  problems: SyncFileProblem[];
  problemCount: number;
  totalMs: number;
}
