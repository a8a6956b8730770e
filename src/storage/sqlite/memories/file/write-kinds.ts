/* By what is said of a write of memories, the kind by which it is measured. A test looks for writes that are missing here. */
import type { WriteKind } from "../../../../base/measures/writes.ts";

export const memoryWriteKinds: Readonly<Record<string, WriteKind>> = {
  remember: "remember",
  "update a memory": "update",
  "merge memories": "update",
  "take a merge back": "update",
  "forget memories": "forget",
  "bring memories back": "forget",
  "bring a memory back": "forget",
  "collect memories": "forget",
  "erase memories": "forget",
  "link imported memories": "import",
  "sync memories": "import",
  "note what was synced": "import",
  "move memories": "import",
  "hand memories over": "import",
  "rescue memories": "import",
  "rescue links": "import",
  "link near duplicates": "links",
  "link memories": "links",
  "dismiss a duplicate": "links",
  "verify a memory": "anchors",
  "keep less of what is anchored to": "anchors",
  "count uses": "uses",
  "tie memories to a model": "memory-vectors",
  "store vectors of memories": "memory-vectors",
  "make vectors of memories anew": "memory-vectors",
  "put new vectors of memories in place": "memory-vectors",
  "forget new vectors of memories": "memory-vectors",
  "make words anew": "memory-words",
  "tidy the memories": "memory-upkeep",
  "note sums of memories": "memory-upkeep",
  "make a secret": "memory-upkeep",
};

export function memoryWriteKind(doing: string): WriteKind {
  return memoryWriteKinds[doing] ?? "other";
}
