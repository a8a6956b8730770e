/*
 * From bytes to JSON-RPC messages, the same for lines and for HTTP bodies. Whatever comes is a message, a batch, or
 * has an answer that says what is wrong with it: a client that gets no answer waits until its own time-out.
 */
import { type JSONRPCMessage, parseJSONRPCMessage } from "@modelcontextprotocol/server";
import { idOfUnread } from "../base/text/line-reader.ts";

/** Levels of lists and objects in one message. */
export const mostLevels = 128;
/** Messages of one batch. */
const mostInBatch = 100;

export const parseError = -32700;
const invalidRequest = -32600;

/** An error that answers what is no request, as JSON text: an id is given back just as it was written. */
export type ErrorText = string;

export type Frame =
  | { kind: "nothing" }
  | { kind: "message"; message: JSONRPCMessage }
  | { kind: "wrong"; answer: ErrorText }
  | { kind: "batch"; batch: Batch };

export interface Batch {
  messages: JSONRPCMessage[];
  /** For the entries that are none. */
  errors: ErrorText[];
  /** What to answer instead when the connection takes no batches: one error for each request in it. */
  refuse(why: string): string;
}

/** @param bytes of one line without its end, or of one body */
export function readFrame(bytes: Uint8Array): Frame {
  let text: string;
  try {
    // Takes a byte order mark away, too.
    text = utf8.decode(bytes);
  } catch {
    const id = idOfUnread(lenient.decode(bytes));
    return wrong(parseError, "Parse error: the message is not UTF-8. Send JSON in UTF-8.", id);
  }
  if (text.trim() === "") return { kind: "nothing" };
  const { deepest, isClosed } = levelsOf(text);
  if (deepest > mostLevels && isClosed) {
    return wrong(
      invalidRequest,
      `Invalid Request: the message is nested deeper than ${mostLevels} levels. Send it flatter.`,
      idOfUnread(text),
    );
  }
  let value: unknown;
  try {
    // What is nested deeper and never closed is no JSON; it is not worth the memory to find out how.
    value = deepest > mostLevels ? undefined : JSON.parse(text);
  } catch {
    // Told below.
  }
  if (value === undefined) {
    return wrong(
      parseError,
      `Parse error: expected a JSON-RPC message, but got no JSON: ${excerpt(text)}`,
    );
  }
  if (Array.isArray(value)) return batchOf(value, text);
  const checked = checkMessage(value, () => writtenIds(text));
  if (checked === undefined) return { kind: "nothing" };
  return typeof checked === "string"
    ? { kind: "wrong", answer: checked }
    : { kind: "message", message: checked };
}

/** An error answer. @param id as JSON text */
export function errorText(code: number, message: string, id = "null"): ErrorText {
  return `{"jsonrpc":"2.0","id":${id},"error":${JSON.stringify({ code, message })}}`;
}

/** The answer to a message that was too long to be kept. @param head, tail the beginning and the end of it */
export function tooLongText(mostBytes: number, head: string, tail: string): ErrorText {
  return errorText(
    invalidRequest,
    `Invalid Request: the message is longer than ${mostBytes} bytes, the most that is taken. Send less at a time.`,
    idOfUnread(head, tail),
  );
}

const utf8 = new TextDecoder("utf-8", { fatal: true });
const lenient = new TextDecoder("utf-8");

function wrong(code: number, message: string, id?: string): Frame {
  return { kind: "wrong", answer: errorText(code, message, id) };
}

function excerpt(text: string): string {
  const short = text.trim().slice(0, 60);
  return JSON.stringify(short.length < text.trim().length ? `${short}…` : short);
}

/** How deep lists and objects go, and whether all are closed. Brackets in strings do not count. */
function levelsOf(text: string): { deepest: number; isClosed: boolean } {
  let depth = 0;
  let deepest = 0;
  let isString = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (isString) {
      if (code === 92) at += 1;
      else if (code === 34) isString = false;
    } else if (code === 34) isString = true;
    else if (code === 91 || code === 123) {
      depth += 1;
      if (depth > deepest) deepest = depth;
    } else if (code === 93 || code === 125) depth -= 1;
  }
  return { deepest, isClosed: depth === 0 && !isString };
}

/** As it was written: of an object by itself, or of the entries of a list. */
type WrittenIds = () => string | undefined;

/** A message; else the text of the error that answers it; undefined for an answer of the client's that is none. */
function checkMessage(value: unknown, written: WrittenIds): JSONRPCMessage | string | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return errorText(
      invalidRequest,
      `Invalid Request: expected a JSON-RPC message, which is an object, but got ${kindOf(value)}.`,
    );
  }
  const { jsonrpc, id, method, params, ...others } = value as Record<string, unknown>;
  if (method === undefined && ("result" in others || "error" in others)) {
    try {
      return parseJSONRPCMessage(value);
    } catch {
      // Nobody answers an answer.
      return undefined;
    }
  }
  const fail = (what: string): string =>
    errorText(invalidRequest, `Invalid Request: ${what}`, idText(id, written));
  if ("id" in value && typeof id !== "string" && !Number.isSafeInteger(id)) {
    return fail(
      `expected an id that is a string or a whole number of at most 2^53-1, but got ${kindOf(id, written)}.`,
    );
  }
  if (jsonrpc !== "2.0") return fail(`expected "jsonrpc": "2.0", but got ${kindOf(jsonrpc)}.`);
  if (typeof method !== "string") {
    return fail(`expected a method, which is a string, but got ${kindOf(method)}.`);
  }
  const isRecord = typeof params === "object" && !Array.isArray(params);
  if (params !== undefined && !isRecord) {
    return fail(`expected params that are an object, but got ${kindOf(params)}.`);
  }
  try {
    // Only what JSON-RPC knows: some clients put more beside it.
    return parseJSONRPCMessage({
      jsonrpc,
      method,
      ...("id" in value && { id }),
      ...(isRecord && params !== null && { params: withoutNulls(params) }),
    });
  } catch {
    return fail("params._meta does not fit the protocol. Leave it out, or see its progressToken.");
  }
}

/** null means the same as left out, for every member of every object: many clients write one for the other. */
function withoutNulls(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutNulls);
  const kept = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(kept.map(([key, member]) => [key, withoutNulls(member)]));
}

function kindOf(value: unknown, written?: WrittenIds): string {
  if (value === undefined) return "none";
  if (typeof value === "number") return written?.() ?? String(value);
  if (typeof value === "string") return JSON.stringify(value.slice(0, 40));
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" && value !== null ? "an object" : String(value);
}

/** The id to answer with, as JSON text. A number that cannot be kept goes back as it was written. */
function idText(id: unknown, written: WrittenIds): string {
  if (typeof id === "string") return JSON.stringify(id);
  if (typeof id !== "number") return "null";
  return Number.isSafeInteger(id) ? String(id) : (written() ?? "null");
}

/** How the number that is the id of a message was written; with `at`, of that entry of a list. */
function writtenIds(text: string, at?: number): string | undefined {
  const sources = new Map<unknown, string>();
  function note(
    this: unknown,
    key: string,
    value: unknown,
    context?: { source?: string | undefined },
  ): unknown {
    if (key === "id" && typeof value === "number" && context?.source !== undefined) {
      sources.set(this, context.source);
    }
    return value;
  }
  const root = JSON.parse(text, note) as unknown[];
  return sources.get(at === undefined ? root : root[at]);
}

function batchOf(values: unknown[], text: string): Frame {
  if (values.length === 0) {
    return wrong(invalidRequest, "Invalid Request: the batch is empty. Send at least one message.");
  }
  const refuse = (why: string): string => {
    const ids = values.flatMap((value, at) => {
      const { id, method } = (value ?? {}) as { id?: unknown; method?: unknown };
      const written = idText(id, () => writtenIds(text, at));
      return method === undefined || written === "null" ? [] : [written];
    });
    const error = (id?: string): string => errorText(invalidRequest, `Invalid Request: ${why}`, id);
    return ids.length === 0 ? error() : `[${ids.map(error).join(",")}]`;
  };
  if (values.length > mostInBatch) {
    const why = `a batch has at most ${mostInBatch} messages, but got ${values.length}.`;
    return { kind: "wrong", answer: refuse(why) };
  }
  const messages: JSONRPCMessage[] = [];
  const errors: ErrorText[] = [];
  const ids = new Set<unknown>();
  for (const [at, value] of values.entries()) {
    const checked = checkMessage(value, () => writtenIds(text, at));
    if (typeof checked === "string") errors.push(checked);
    else if (checked !== undefined) {
      const problem = problemInBatch(checked, ids);
      if (problem === undefined) messages.push(checked);
      else errors.push(problem);
    }
  }
  return { kind: "batch", batch: { messages, errors, refuse } };
}

function problemInBatch(message: JSONRPCMessage, ids: Set<unknown>): ErrorText | undefined {
  if (!("method" in message) || !("id" in message)) return undefined;
  const { id, method } = message;
  const fail = (what: string): string =>
    errorText(invalidRequest, `Invalid Request: ${what}`, JSON.stringify(id));
  if (method === "initialize") return fail("initialize comes by itself, not in a batch.");
  if (ids.has(id)) return fail("this id comes twice in the batch.");
  ids.add(id);
  return undefined;
}
