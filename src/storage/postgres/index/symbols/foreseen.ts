import type { Project } from "../project.ts";

/** Rows of one kind that are kept: of all kinds some megabytes. */
const mostRows = 8_000;
/** Without a question so long nothing is kept. */
const idleMs = 30_000;
/** Keys of one kind that are expected. */
const mostExpected = 5_000;

/** Reads what belongs to some keys; the first is the one asked for, the others may be left out. */
export type Load<Value> = (keys: readonly string[]) => Map<string, Value>;

/** Rows of a name, up to a number: fewer are all. */
export interface UpTo<Row> {
  rows: Row[];
  most: number;
}

export function servesUpTo(limit: number): (kept: UpTo<unknown>) => boolean {
  return ({ rows, most }) => most >= limit || rows.length < most;
}

/** What one question is answered with, by key. */
export interface Kept<Value> {
  values: Map<string, Value>;
  /** Keys that are likely asked after one another, by each of them. */
  groups: Map<string, readonly string[]>;
  /** Keys read at once. */
  mostAtOnce: number;
  /** Rows of all values. */
  rows: number;
  rowsOf(value: Value): number;
}

/**
 * What was read lately of a project, and what is likely to be read next. Walks over a graph ask for one thing after the
 * other where each answer says which will follow: these are then read together. A value counts for one version of the
 * project. Which that is, is asked at the first call of each turn of the event loop and after each write of this client:
 * calls of one turn are of one question. Inside of a transaction nothing is kept.
 */
export class Foreseen {
  readonly #project: Project;
  readonly #all: Kept<unknown>[] = [];
  #version: string | undefined;
  #writes = -1;
  #isLooked = false;
  #idle: NodeJS.Timeout | undefined;
  #isUsed = false;

  constructor(project: Project) {
    this.#project = project;
  }

  kind<Value>(mostAtOnce: number, rowsOf: (value: Value) => number): Kept<Value> {
    const made: Kept<Value> = {
      ...{ values: new Map(), groups: new Map(), rows: 0 },
      ...{ mostAtOnce, rowsOf },
    };
    this.#all.push(made as Kept<unknown>);
    return made;
  }

  /** @param serves whether a kept value answers what is asked; default: it does */
  get<Value>(
    kind: Kept<Value>,
    key: string,
    load: Load<Value>,
    serves: (value: Value) => boolean = () => true,
  ): Value | undefined {
    if (this.#project.link.inTransaction) return load([key]).get(key);
    this.#look();
    const kept = kind.values.get(key);
    if (kept !== undefined && serves(kept)) return kept;
    const loaded = load(this.#together(kind, [key]));
    keep(kind, loaded, key);
    return loaded.get(key);
  }

  /** Many at once: those that are not kept are read together. */
  getAll<Value>(kind: Kept<Value>, keys: readonly string[], load: Load<Value>): Map<string, Value> {
    if (keys.length === 0) return new Map();
    if (this.#project.link.inTransaction) return load(keys);
    this.#look();
    const missing = keys.filter((key) => !kind.values.has(key));
    const loaded = missing.length === 0 ? new Map() : load(this.#together(kind, missing));
    const found = new Map<string, Value>();
    for (const key of keys) {
      const value = loaded.get(key) ?? kind.values.get(key);
      if (value !== undefined) found.set(key, value);
    }
    keep(kind, loaded);
    return found;
  }

  /** Says that these will likely be asked for, one after the other. */
  expect<Value>(kind: Kept<Value>, keys: Iterable<string>): void {
    if (this.#project.link.inTransaction) return;
    const group = [...new Set(keys)].filter((key) => !kind.values.has(key));
    if (group.length < 2) return;
    if (kind.groups.size > mostExpected) kind.groups.clear();
    for (const key of group) {
      const before = kind.groups.get(key)?.length ?? 0;
      if (before < group.length) kind.groups.set(key, group);
    }
  }

  #together<Value>(kind: Kept<Value>, wanted: readonly string[]): string[] {
    const [first = ""] = wanted;
    const group = kind.groups.get(first) ?? [];
    const from = group.indexOf(first) + 1;
    const keys = new Set(wanted);
    for (let step = 0; step < group.length && keys.size < kind.mostAtOnce; step += 1) {
      const next = group[(from + step) % group.length] as string;
      if (!kind.values.has(next)) keys.add(next);
    }
    return [...keys];
  }

  #look(): void {
    this.#idle ??= setTimeout(() => this.#rest(), idleMs).unref();
    this.#isUsed = true;
    const { writes } = this.#project;
    if (this.#isLooked && this.#writes === writes) return;
    const version = this.#project.version();
    if (version !== this.#version) this.#forget();
    this.#version = version;
    this.#writes = writes;
    if (this.#isLooked) return;
    this.#isLooked = true;
    setImmediate(() => {
      this.#isLooked = false;
    }).unref();
  }

  /** Nothing was asked for a while. */
  #rest(): void {
    this.#idle = undefined;
    if (this.#isUsed) this.#idle = setTimeout(() => this.#rest(), idleMs).unref();
    else this.#forget();
    this.#isUsed = false;
  }

  /** What is expected stays: it is a guess. */
  #forget(): void {
    for (const kind of this.#all) {
      kind.values.clear();
      kind.rows = 0;
    }
  }
}

/** @param asked takes the place of what is kept of it */
function keep<Value>(kind: Kept<Value>, loaded: ReadonlyMap<string, Value>, asked?: string): void {
  for (const [key, value] of loaded) {
    if (key === asked) drop(kind, key);
    else if (kind.values.has(key)) continue;
    kind.values.set(key, value);
    kind.rows += 1 + kind.rowsOf(value);
  }
  // The oldest first, and what was read now at last.
  for (const key of kind.values.keys()) {
    if (kind.rows <= mostRows) break;
    drop(kind, key);
  }
}

function drop<Value>(kind: Kept<Value>, key: string): void {
  const value = kind.values.get(key);
  if (value === undefined) return;
  kind.values.delete(key);
  kind.rows -= 1 + kind.rowsOf(value);
}
