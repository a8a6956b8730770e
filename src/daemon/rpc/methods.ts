/*
 * The calls of the rpc face, by name: which object of the backend they go to, and which of their arguments is
 * the record of options, where a signal and a progress function belong that cannot travel as JSON.
 */
import type { Engine } from "../../engine/engine.ts";
import type { Memories } from "../../ports/memories.ts";

/** Place of the options among the arguments; undefined: the call takes no signal. */
type OptionsAt = number | undefined;

export const engineMethods = {
  index: 0,
  search: 1,
  why: 2,
  findSymbol: undefined,
  outline: undefined,
  references: undefined,
  callers: undefined,
  callees: undefined,
  implementations: undefined,
  status: undefined,
  unparsed: undefined,
  memory: undefined,
} as const satisfies Partial<Record<keyof Engine, OptionsAt>>;

/** export() and import() are lists of lines and go by pages; close() ends the connection only. */
export const memoryMethods = {
  remember: undefined,
  rememberMany: undefined,
  recall: 1,
  get: undefined,
  list: undefined,
  forget: undefined,
  forgetWhere: undefined,
  undelete: undefined,
  update: undefined,
  link: undefined,
  history: undefined,
  stats: undefined,
  collect: undefined,
  removed: undefined,
  settled: undefined,
} as const satisfies Partial<Record<keyof Memories, OptionsAt>>;

export type EngineMethod = keyof typeof engineMethods;
export type MemoryMethod = keyof typeof memoryMethods;

/** What the daemon says of itself, and what it can be told. */
export const daemonMethods = ["health", "metrics", "clients", "listen", "stop"] as const;
export type DaemonMethod = (typeof daemonMethods)[number];

/** Lines of an export or import in one message. */
export const pageLines = 200;
/** And about so many bytes of them. */
export const pageBytes = 1_000_000;

/** Parameters of "engine.*". */
export interface EngineParams {
  folder: string;
  nearest?: boolean;
  args: unknown[];
  /** Send "$/progress" while it runs. */
  progress?: boolean;
}

export interface RpcError {
  code: number;
  message: string;
  data?: { code: string; data: Record<string, unknown> };
}

export const errorCodes = {
  parse: -32700,
  request: -32600,
  method: -32601,
  failed: -32000,
} as const;
