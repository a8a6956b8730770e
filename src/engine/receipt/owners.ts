/*
 * Splits the resident memory of this process by owner. The system's list of mappings says where every
 * page is; counters split what mappings do not tell apart. Each page has one owner, so the lines add up
 * to the whole, and what no owner claims is a line of its own.
 */
import { basename, dirname } from "node:path";
import { mb } from "../../base/byte-count.ts";
import type { FootprintMap, MallocUsage } from "../../native/footprint.ts";
import type { Footprint, FootprintOwner } from "../../ports/answers/footprint-report.ts";

/** A model with a session, as its loaded form reports it. */
export interface SessionFootprint {
  /** "model all-minilm-l6-v2" */
  owner: string;
  openedPath: string;
  sessionBytes: number;
  tableBytes: number;
}

export interface FootprintFacts {
  usage: Footprint;
  /** Undefined where the system lists no mappings. */
  map: FootprintMap | undefined;
  /** Undefined where malloc does not count. */
  malloc: MallocUsage | undefined;
  node: { heapTotal: number; heapUsed: number; external: number; arrayBuffers: number };
  /** What V8 asked malloc for outside its heap. */
  v8MallocBytes: number;
  sessions: readonly SessionFootprint[];
  /** Files of the databases that are open; their -shm is mapped. */
  databases: readonly string[];
  /** Page cache of the database, at most. */
  databaseCacheBytes: number;
  /** Bits of vectors. */
  bitsBytes: number;
  /** What searches by words keep: the length of each chunk. */
  lengthsBytes?: number | undefined;
  /** What searches of memories hold: their vectors, and what filters need. */
  memoriesBytes?: number | undefined;
  /** Caches of queries and results inside the JavaScript heap, an estimate from above. */
  cacheBytes?: number | undefined;
  nodePath: string;
}

export const unaccounted = "unaccounted";

/** One entry an owner, in the order they are shown; the bytes add up to the resident memory. */
export function footprintOwners(facts: FootprintFacts): FootprintOwner[] {
  const { map } = facts;
  return map === undefined ? withoutMap(facts) : byMapping(facts, map);
}

function byMapping(facts: FootprintFacts, map: FootprintMap): FootprintOwner[] {
  const { node, usage, bitsBytes, databaseCacheBytes, sessions, v8MallocBytes } = facts;
  const { cacheBytes = 0, lengthsBytes = 0, memoriesBytes = 0 } = facts;
  const malloc = facts.malloc ?? {
    usedBytes: map.mallocBytes,
    mappedBytes: 0,
    atStartBytes: 0,
    runtimeTableBytes: 0,
  };
  const mappedBlocks = Math.min(malloc.mappedBytes, map.otherBytes);
  const mallocBytes = map.mallocBytes + mappedBlocks;
  const blocks = new Pool(Math.min(malloc.usedBytes, mallocBytes));
  const runtime = new Pool(Math.min(usage.runtimeBytes, map.runtimeBytes));
  const owners: Draft[] = [
    {
      owner: "JavaScript heap",
      bytes: Math.max(0, map.heapBytes - cacheBytes),
      idleBytes: Math.max(0, map.heapBytes - Math.max(node.heapUsed, cacheBytes)),
      note: `${mb(node.heapUsed)} MB of it used, with the caches`,
    },
    {
      owner: "caches",
      bytes: Math.min(cacheBytes, map.heapBytes),
      note: "vectors of queries, results of searches",
    },
    { owner: "compiled code", bytes: map.codeBytes, note: "machine code of JavaScript" },
  ];
  for (const session of sessions) {
    const tables = blocks.take(session.tableBytes);
    const weights = runtime.take(session.sessionBytes);
    owners.push({
      owner: session.owner,
      bytes: tables + weights,
      note: `${mb(tables)} MB graph and kernels, ${mb(weights)} MB weights that are not mapped`,
    });
  }
  owners.push({
    owner: "ONNX Runtime's tables",
    bytes: blocks.take(malloc.runtimeTableBytes),
    note: "its registers of operators, made once",
  });
  const active = runtime.take(Number.POSITIVE_INFINITY);
  owners.push(
    {
      owner: "activations",
      bytes: active,
      note: `what runs of models hold now; ${mb(usage.runtimePeakBytes)} MB at most, with weights`,
    },
    {
      owner: "vector bits",
      bytes: blocks.take(bitsBytes),
      note: "what searches of a large index scan",
    },
    {
      owner: "lengths of chunks",
      bytes: blocks.take(lengthsBytes),
      note: "what ranking by words looks up",
    },
    {
      owner: "vectors of memories",
      bytes: blocks.take(memoriesBytes),
      note: "what recall scans",
    },
    {
      owner: "buffers",
      bytes: blocks.take(Math.max(0, node.arrayBuffers - memoriesBytes)),
      note: "arrays of bytes and numbers that JavaScript holds",
    },
    {
      owner: "Node's own blocks",
      bytes: blocks.take(malloc.atStartBytes) + blocks.take(v8MallocBytes),
      note: "taken before Haypile's core was loaded, and by V8's compilers",
    },
    {
      owner: "database cache",
      bytes: blocks.take(databaseCacheBytes),
      note: "pages and statements of SQLite; a bound, not a count",
    },
    {
      owner: "kept by malloc",
      bytes: Math.max(0, mallocBytes - Math.min(malloc.usedBytes, mallocBytes)),
      isIdle: true,
      note: "freed, and not given back to the system",
    },
    {
      owner: "kept by the runtime's allocator",
      bytes: Math.max(0, map.runtimeBytes - usage.runtimeBytes),
      isIdle: true,
      note: "freed, and not yet given back; its own tables",
    },
    { owner: "thread stacks", bytes: map.stackBytes, note: "what was touched of them" },
    ...fileOwners(facts, map),
    { owner: "kernel", bytes: map.systemBytes, note: "pages the system put there" },
    {
      owner: unaccounted,
      bytes: map.otherBytes - mappedBlocks + blocks.take(Number.POSITIVE_INFINITY),
      note: "blocks and pages that no owner claims",
    },
  );
  return owners.map(finished).filter(({ bytes }) => bytes > 0);
}

/** Files by what they are for; one line a model, however many files. */
function fileOwners(
  { sessions, databases, nodePath }: FootprintFacts,
  map: FootprintMap,
): FootprintOwner[] {
  const owners = new Map<string, { bytes: number; note: string }>();
  const add = (owner: string, bytes: number, note: string): void => {
    owners.set(owner, { bytes: (owners.get(owner)?.bytes ?? 0) + bytes, note });
  };
  const mapped = "mapped; the system can take it back";
  for (const { path, bytes } of map.files) {
    const name = basename(path);
    const session = sessions.find(({ openedPath }) => dirname(openedPath) === dirname(path));
    if (session !== undefined) add(`weights of ${session.owner}`, bytes, mapped);
    else if (path === nodePath) add("Node", bytes, `the program; ${mapped}`);
    else if (name.startsWith("libonnxruntime")) add("ONNX Runtime", bytes, `library; ${mapped}`);
    else if (name.startsWith("haypile.")) add("Haypile's core", bytes, `library; ${mapped}`);
    else if (/\/(better-sqlite3|@haypile\/sqlite-[^/]*)\//.test(path) || name.startsWith("vec0."))
      add("SQLite", bytes, `libraries; ${mapped}`);
    else if (databases.some((file) => path.startsWith(file)))
      add("database files", bytes, "index of its log");
    else if (/^((table|weights)\.bin|model\.(onnx|data))$/.test(name))
      add("other weights", bytes, `static and other models; ${mapped}`);
    else add("other files", bytes, `system libraries and other files; ${mapped}`);
  }
  return [...owners].map(([owner, { bytes, note }]) => ({ owner, bytes, note }));
}

/** By counters alone. What Node and the libraries take cannot be told apart then. */
function withoutMap(facts: FootprintFacts): FootprintOwner[] {
  const { usage, node, sessions, bitsBytes, databaseCacheBytes } = facts;
  const { lengthsBytes = 0, memoriesBytes = 0 } = facts;
  const all = new Pool(usage.rssBytes);
  const runtime = new Pool(usage.runtimeBytes);
  const owners: FootprintOwner[] = [
    {
      owner: "JavaScript heap",
      bytes: all.take(node.heapTotal),
      idleBytes: Math.max(0, node.heapTotal - node.heapUsed),
      note: `${mb(node.heapUsed)} MB of it used`,
    },
    ...sessions.map(({ owner, sessionBytes }) => ({
      owner,
      bytes: all.take(runtime.take(sessionBytes)),
      note: "its weights and graph",
    })),
    {
      owner: "activations",
      bytes: all.take(runtime.take(Number.POSITIVE_INFINITY)),
      note: `what runs of models hold now; ${mb(usage.runtimePeakBytes)} MB at most`,
    },
    { owner: "vector bits", bytes: all.take(bitsBytes), note: "what searches scan" },
    { owner: "lengths of chunks", bytes: all.take(lengthsBytes), note: "for ranking by words" },
    { owner: "vectors of memories", bytes: all.take(memoriesBytes), note: "what recall scans" },
    {
      owner: "buffers",
      bytes: all.take(Math.max(0, node.arrayBuffers - memoriesBytes)),
      note: "arrays of JavaScript",
    },
    { owner: "database cache", bytes: all.take(databaseCacheBytes), note: "a bound" },
    { owner: "mapped files", bytes: all.take(usage.fileBytes), note: "programs and weights" },
    {
      owner: unaccounted,
      bytes: all.take(Number.POSITIVE_INFINITY),
      note: "this system does not list what memory is for; Linux does",
    },
  ];
  return owners.map(finished).filter(({ bytes }) => bytes > 0);
}

/** Bytes known to be there, out of which owners are given theirs: never more than there are. */
class Pool {
  #left: number;

  constructor(bytes: number) {
    this.#left = bytes;
  }

  take(bytes: number): number {
    const taken = Math.min(this.#left, Math.max(0, bytes));
    this.#left -= taken;
    return taken;
  }
}

interface Draft extends FootprintOwner {
  isIdle?: boolean | undefined;
}

function finished({ isIdle, ...owner }: Draft): FootprintOwner {
  return isIdle === true ? { ...owner, idleBytes: owner.bytes } : owner;
}
