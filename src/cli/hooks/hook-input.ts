/* What a client sends to a hook on stdin, and in which form it wants the answer. Both are of src/cli/clients/hooks.ts. */
import type { Readable } from "node:stream";
import type { HookInput, HookWords } from "./hook-call.ts";

/** The answer of a tool may come with it. */
const mostBytes = 8_000_000;

/**
 * All that is sent is read, so that the client has no broken pipe; what is too long is no input.
 * @returns undefined for what is no JSON object, or did not end in time
 */
export async function readInput(stdin: Readable, timeMs: number): Promise<HookInput | undefined> {
  if ((stdin as Readable & { isTTY?: boolean }).isTTY === true) return inputOf({});
  const text = await readAll(stdin, timeMs);
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text.replace(/^\ufeff/u, ""));
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    return inputOf(value as Record<string, unknown>);
  } catch {
    return undefined;
  }
}

function inputOf(sent: Readonly<Record<string, unknown>>): HookInput {
  const text = (...names: string[]): string | undefined =>
    names.map((name) => sent[name]).find((one): one is string => typeof one === "string");
  const roots = sent.workspace_roots;
  const root: unknown = Array.isArray(roots) ? roots[0] : undefined;
  const tool = sent.tool_input;
  return {
    cwd: typeof root === "string" ? root : text("cwd"),
    session: text("session_id", "sessionId", "conversation_id") ?? "",
    source: text("source") ?? "",
    tool: text("tool_name") ?? "",
    toolInput: typeof tool === "object" && tool !== null ? (tool as Record<string, unknown>) : {},
  };
}

function readAll(stdin: Readable, timeMs: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    let bytes = 0;
    const done = (text: string | undefined): void => {
      clearTimeout(timer);
      resolve(text);
    };
    const timer = setTimeout(() => done(undefined), timeMs);
    stdin.on("data", (piece: Buffer) => {
      bytes += piece.length;
      if (bytes <= mostBytes) pieces.push(piece);
      else pieces.length = 0;
    });
    stdin.on("end", () =>
      done(bytes > mostBytes ? undefined : Buffer.concat(pieces).toString("utf8")),
    );
    stdin.on("error", () => done(undefined));
  });
}

/** The answer in the client's own form, one JSON object. */
export function formOf({ client, hook }: HookWords, text: string): string {
  if (client === "cursor") return JSON.stringify({ additional_context: text });
  const tool = client === "gemini" ? "AfterTool" : "PreToolUse";
  const hookEventName = hook === "session-start" ? "SessionStart" : tool;
  return JSON.stringify({ hookSpecificOutput: { hookEventName, additionalContext: text } });
}
