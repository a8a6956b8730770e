/** A place in a tree; lines are 1-based. */
export interface Place {
  path: string;
  line: number;
}

/** Somebody else's answers about the same tree. */
export interface Answers {
  /** Places of calls of what is named there; undefined when it is nothing that is called. */
  callers(at: Place & { name: string }): Promise<Place[] | undefined>;
  /** Names of what is called from there, with where they are defined, inside the tree. */
  callees(at: Place & { name: string }): Promise<(Place & { name: string })[] | undefined>;
  close(): Promise<void>;
}
