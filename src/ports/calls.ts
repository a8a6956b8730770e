/*
 * The one table of calls. For each call of the door: the lane it stands in where many clients wait, what its
 * arguments may be, whether it can be asked again, and whether text streams in or out. What stands between a face and
 * the engine (turns, the wire, opening when needed) is made from it, so a new call is written here, in haypile.ts or
 * memories.ts, and where it is carried out.
 */
import { checkOptions, type OptionShape } from "../base/check-options.ts";
import {
  anchoredShape,
  askShape,
  calmShape,
  diffShape,
  duplicatesShape,
  editShape,
  exportIndexShape,
  fileAtShape,
  findSymbolShape,
  historyShape,
  impactShape,
  importIndexShape,
  importShape,
  indexesShape,
  indexShape,
  leftOutShape,
  manyShape,
  mapShape,
  memoryFilterShape,
  memoryListShape,
  memorySyncShape,
  mergeShape,
  migrateShape,
  outlineShape,
  pruneShape,
  pruneSnapshotsShape,
  reachShape,
  recallShape,
  rememberShape,
  removeIndexShape,
  restoreShape,
  searchShape,
  snapshotShape,
  unusedShape,
  unverifiedShape,
} from "./answers/call-shapes.ts";
import type { CodeIndex, Haypile } from "./haypile.ts";
import type { Memories } from "./memories.ts";

/** "interactive" is what somebody waits for, "background" is long; "none" answers at once, or waits for others. */
export type CallLane = "interactive" | "background" | "none";

export interface Call {
  lane: CallLane;
  /** It changes nothing: when its answer is lost, it can be asked again. */
  reads: boolean;
  /**
   * Its arguments that are no record of options, in order, by the names they have where they are said by name; "?" at
   * the end of one as in TypeScript. Those in records stand beside them there, so no name may come twice.
   */
  takes?: OptionShape | undefined;
  /** Shapes of its arguments, in order; undefined: no record of options. */
  shapes?: readonly (OptionShape | undefined)[] | undefined;
  /**
   * Files that changed are taken in before it is answered. "always": it is about definitions as they are; "watched":
   * where the project is watched, since it compares with the disk itself.
   */
  asksDisk?: "always" | "watched" | undefined;
  /** It speaks of the process, whichever of its folders is asked. */
  isOfProcess?: true | undefined;
  /** Whoever listens to the daemon is told how far it is. */
  isTold?: boolean | undefined;
  /** It is an index run, or ends those of its index. */
  runs?: "begin" | "end";
  /** Its first argument is what is asked: the daemon keeps it beside where the time went. */
  asks?: true | undefined;
  /** Its record of options names the folder it is asked in. */
  inFolder?: true | undefined;
  /** Pages and scripts make it again and again to look: where its time went is told to nobody. */
  polls?: true | undefined;
  /** Text goes in or comes out by and by, so it is no plain question with an answer. */
  streams?: "in" | "out" | undefined;
}

const byName = {
  asks: true,
  takes: { name: "text" },
  shapes: [undefined, findSymbolShape],
} as const;

/** Calls of the index of one folder. */
export const codeCalls = {
  index: { lane: "background", reads: false, shapes: [indexShape], isTold: true, runs: "begin" },
  // It goes on beside everything else, however long it takes.
  migrate: { lane: "none", reads: false, shapes: [migrateShape], isTold: true },
  search: {
    lane: "interactive",
    reads: true,
    asks: true,
    asksDisk: "watched",
    takes: { query: "text" },
    shapes: [undefined, searchShape],
  },
  why: {
    lane: "interactive",
    reads: true,
    asks: true,
    asksDisk: "watched",
    takes: { query: "text", path: "text" },
    shapes: [undefined, undefined, searchShape],
  },
  findSymbol: { lane: "none", reads: true, asksDisk: "always", ...byName },
  outline: {
    lane: "none",
    reads: true,
    asks: true,
    asksDisk: "always",
    takes: { "path?": "text" },
    shapes: [undefined, outlineShape],
  },
  fileAt: {
    lane: "none",
    reads: true,
    asks: true,
    takes: { path: "text" },
    shapes: [undefined, fileAtShape],
  },
  revision: { lane: "none", reads: true, takes: { at: "text" } },
  references: { lane: "none", reads: true, asksDisk: "always", ...byName },
  callers: { lane: "none", reads: true, asksDisk: "always", ...byName },
  callees: { lane: "none", reads: true, asksDisk: "always", ...byName },
  implementations: { lane: "none", reads: true, asksDisk: "always", ...byName },
  reach: {
    lane: "interactive",
    reads: true,
    asks: true,
    asksDisk: "always",
    takes: { name: "text", relation: "text" },
    shapes: [undefined, undefined, reachShape],
  },
  impact: { lane: "interactive", reads: true, asksDisk: "always", shapes: [impactShape] },
  unused: { lane: "interactive", reads: true, asksDisk: "always", shapes: [unusedShape] },
  map: { lane: "interactive", reads: true, asksDisk: "always", shapes: [mapShape] },
  // What stands on the disk is compared by itself.
  diff: {
    lane: "interactive",
    reads: true,
    asks: true,
    asksDisk: "watched",
    takes: { from: "text", "to?": "text" },
    shapes: [undefined, undefined, diffShape],
  },
  history: {
    lane: "interactive",
    reads: true,
    asks: true,
    asksDisk: "watched",
    takes: { target: "text" },
    shapes: [undefined, historyShape],
  },
  status: { lane: "none", reads: true },
  unparsed: { lane: "none", reads: true },
  partlyParsed: { lane: "none", reads: true },
  leftOut: { lane: "interactive", reads: true, shapes: [leftOutShape] },
  fileStatus: { lane: "none", reads: true, takes: { path: "text" } },
  // It writes a file, and nothing of the index.
  exportIndex: { lane: "background", reads: false, shapes: [exportIndexShape] },
  importIndex: {
    lane: "background",
    reads: false,
    shapes: [importIndexShape],
    isTold: true,
    runs: "begin",
  },
  // It is made beside everything else.
  snapshotIndex: { lane: "none", reads: false, shapes: [snapshotShape] },
  indexSnapshots: { lane: "interactive", reads: true },
  verifyIndexSnapshot: { lane: "none", reads: true, takes: { id: "text" } },
  restoreIndexSnapshot: {
    lane: "none",
    reads: false,
    takes: { id: "text" },
    shapes: [undefined, restoreShape],
  },
  removeIndexSnapshot: { lane: "none", reads: false, takes: { id: "text" } },
  // It ends what stands in a lane.
  stopIndexing: { lane: "none", reads: false, runs: "end" },
  facts: { lane: "none", reads: true },
  indexReport: { lane: "interactive", reads: true },
  loadModel: { lane: "interactive", reads: true },
  modelReport: { lane: "none", reads: true },
  footprint: { lane: "none", reads: true, isOfProcess: true },
  memoryPressure: { lane: "none", reads: true, polls: true },
  untilCalm: { lane: "none", reads: true, polls: true, shapes: [calmShape] },
  host: { lane: "none", reads: true },
  settled: { lane: "none", reads: true },
} as const satisfies Record<keyof CodeIndex, Call>;

/** Calls that clients of version 0.1 ask for by another name, as they say it on the wire. */
export const oldNames: ReadonlyMap<string, string> = new Map([
  ["engine.memory", "engine.footprint"],
]);

const byId = { takes: { id: "text" } } as const;

/** Calls of the memories. close() ends what the caller holds, and is no call. */
export const memoryCalls = {
  remember: {
    lane: "interactive",
    reads: false,
    takes: { text: "text" },
    shapes: [undefined, rememberShape],
  },
  rememberMany: { lane: "interactive", reads: false, takes: { items: "list" } },
  recall: {
    lane: "interactive",
    reads: true,
    asks: true,
    takes: { query: "text" },
    shapes: [undefined, recallShape],
  },
  get: { lane: "interactive", reads: true, ...byId, shapes: [undefined, { asOf: "text" }] },
  list: { lane: "interactive", reads: true, shapes: [memoryListShape] },
  forget: { lane: "interactive", reads: false, ...byId, shapes: [undefined, { hard: "boolean" }] },
  forgetWhere: {
    lane: "interactive",
    reads: false,
    shapes: [memoryFilterShape, { confirm: "text", hard: "boolean" }],
  },
  undelete: { lane: "interactive", reads: false, ...byId },
  undeleteAt: { lane: "interactive", reads: false, takes: { at: "text" } },
  update: { lane: "interactive", reads: false, ...byId, shapes: [undefined, editShape] },
  merge: {
    lane: "interactive",
    reads: false,
    takes: { ids: "texts" },
    shapes: [undefined, mergeShape],
  },
  unmerge: { lane: "interactive", reads: false, ...byId },
  duplicates: { lane: "interactive", reads: true, shapes: [duplicatesShape] },
  dismiss: {
    lane: "interactive",
    reads: false,
    takes: { id: "text", other: "text" },
    shapes: [undefined, undefined, { undo: "boolean" }],
  },
  unverified: { lane: "interactive", reads: true, shapes: [unverifiedShape] },
  anchored: { lane: "interactive", reads: true, shapes: [anchoredShape] },
  verify: { lane: "interactive", reads: false, ...byId },
  link: {
    lane: "interactive",
    reads: false,
    takes: { from: "text", to: "text", relation: "text" },
  },
  history: { lane: "interactive", reads: true, ...byId },
  stats: { lane: "interactive", reads: true, polls: true },
  collect: { lane: "interactive", reads: false },
  removed: { lane: "interactive", reads: true, polls: true, takes: { "limit?": "number" } },
  migrate: { lane: "none", reads: false, shapes: [migrateShape], isTold: true },
  // It is made beside everything else.
  snapshot: { lane: "none", reads: false, shapes: [snapshotShape] },
  snapshots: { lane: "interactive", reads: true },
  removeSnapshot: { lane: "none", reads: false, ...byId },
  verifySnapshot: { lane: "none", reads: true, ...byId },
  restoreSnapshot: { lane: "none", reads: false, ...byId, shapes: [undefined, restoreShape] },
  pruneSnapshots: { lane: "none", reads: false, shapes: [pruneSnapshotsShape] },
  bringBack: { lane: "background", reads: false, ...byId },
  sync: {
    lane: "background",
    reads: false,
    takes: { folder: "text" },
    shapes: [undefined, memorySyncShape],
  },
  settled: { lane: "none", reads: true },
  export: { lane: "none", reads: true, shapes: [memoryFilterShape], streams: "out" },
  import: {
    lane: "background",
    reads: false,
    takes: { lines: "any" },
    shapes: [undefined, importShape],
    streams: "in",
  },
  openImport: { lane: "interactive", reads: false, shapes: [importShape], streams: "in" },
} as const satisfies Record<Exclude<keyof Memories, "close">, Call>;

/** Calls of the door itself. */
export const doorCalls = {
  ask: {
    lane: "interactive",
    reads: true,
    asks: true,
    inFolder: true,
    takes: { query: "text" },
    shapes: [undefined, askShape],
  },
  indexes: { lane: "none", reads: true, shapes: [indexesShape] },
  openFolders: { lane: "none", reads: true },
  removeIndex: { lane: "none", reads: false, shapes: [removeIndexShape] },
  prune: { lane: "none", reads: false, shapes: [pruneShape] },
} as const satisfies Partial<Record<keyof Haypile, Call>>;

export type DoorCalls = Pick<Haypile, keyof typeof doorCalls>;

type Named = Readonly<Record<string, Call>>;

/** A table without its streams: what is left are questions with answers. */
export function plainCalls(table: Named): Named {
  return Object.fromEntries(Object.entries(table).filter(([, call]) => call.streams === undefined));
}

/** Calls of the memories that are a question and an answer. */
export type PlainMemoryCall = {
  [Name in keyof typeof memoryCalls]: (typeof memoryCalls)[Name] extends { streams: string }
    ? never
    : Name;
}[keyof typeof memoryCalls];

/**
 * Checks the options among the arguments of a call.
 * @throws HaypileError HAYPILE_USAGE
 */
export function checkCall(table: Named, name: string, args: readonly unknown[]): void {
  for (const [at, shape] of (table[name]?.shapes ?? []).entries()) {
    if (shape !== undefined) checkOptions(`${name}()`, args[at], shape);
  }
  if (name !== "rememberMany" || !Array.isArray(args[0])) return;
  for (const item of args[0]) checkOptions("rememberMany()", item, manyShape);
}

/** Which argument is the record that may hold a signal and a progress function; undefined: none is. */
export function optionsAt(call: Call): number | undefined {
  const at = (call.shapes ?? []).findIndex((shape) => shape !== undefined && "signal" in shape);
  return at < 0 ? undefined : at;
}

/** Carries out a call: its name, what the table says of it, and its arguments. */
export type RunCall = (name: string, call: Call, args: readonly unknown[]) => unknown;

/** The index of a folder whose calls all go through one function. Their options are checked first. */
export function codeFromTable(run: RunCall): CodeIndex {
  return fromTable<CodeIndex>(codeCalls, run);
}

/** The same of the plain calls of memories; the others are written by who makes them. */
export function memoriesFromTable(run: RunCall, rest: Omit<Memories, PlainMemoryCall>): Memories {
  return { ...fromTable<Pick<Memories, PlainMemoryCall>>(plainCalls(memoryCalls), run), ...rest };
}

/** The calls of the door itself. */
export function doorFromTable(run: RunCall): DoorCalls {
  return fromTable<DoorCalls>(doorCalls, run);
}

/** What answers in this process: the same calls, some of them at once and without a promise. */
export type Answers<Face> = {
  readonly [Name in keyof Face]: Face[Name] extends (...args: infer Args) => Promise<infer Answer>
    ? (...args: Args) => Answer | Promise<Answer>
    : Face[Name];
};

/** Makes a call of the table by its name. */
export function ask(
  answers: Answers<CodeIndex> | Memories | DoorCalls,
  name: string,
  args: readonly unknown[],
): unknown {
  const call = answers[name as keyof typeof answers] as (...args: readonly unknown[]) => unknown;
  return call.apply(answers, [...args]);
}

/** The tables hold every name of the type, so what is made from one has all of them. */
function fromTable<Face extends object>(table: Named, run: RunCall): Face {
  const calls = Object.entries(table).map(([name, call]) => [
    name,
    async (...args: unknown[]) => {
      checkCall(table, name, args);
      return await run(name, call, args);
    },
  ]);
  return Object.fromEntries(calls) as Face;
}
