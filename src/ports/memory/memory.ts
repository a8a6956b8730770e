/* A memory as faces see it: its text with what is needed to find it, to judge it and to get rid of it. Times are ISO 8601. */

/** All kinds. Files of memories hold their places here: a new one comes last, and none goes. */
export const memoryKinds = ["note", "fact", "decision", "preference", "event", "turn"] as const;

/** What a memory is about, which decides how it ages. "fact", "decision" and "preference" do not, by default. */
export type MemoryKind = (typeof memoryKinds)[number];

/** All sources, by the same rule. */
export const memorySources = ["user", "agent", "document"] as const;

/** Who says so: recall shows it, and text from documents ranks lower. */
export type MemorySource = (typeof memorySources)[number];

/** A file (by its absolute path), or a definition in it, that a memory speaks of. */
export interface MemoryAnchor {
  path: string;
  /** Name of a definition in it; without it the whole file is meant. */
  symbol?: string | undefined;
  /**
   * Folder the file must lie in, absolute. Default: its project, which is the nearest folder above it that is indexed
   * or a git repository. It is not kept.
   */
  root?: string | undefined;
}

export interface Memory {
  id: string;
  text: string;
  namespace: string;
  kind: MemoryKind;
  tags: string[];
  source: MemorySource;
  importance: number;
  pinned: boolean;
  createdAt: string;
  updatedAt: string;
  validFrom: string;
  /** Undefined: never. */
  expires: string | undefined;
  anchors: MemoryAnchor[];
  links: MemoryLink[];
  /** How often it was recalled. */
  uses: number;
}

export interface MemoryLink {
  id: string;
  /** "duplicate", "distinct", "supersedes", "merged", "next", or the caller's own word. */
  relation: string;
}
