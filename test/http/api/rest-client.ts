/* Haypile over REST, made from the table of calls as a script would: names, JSON and streams, and nothing of ours between. */
import { resolve } from "node:path";
import { type ErrorCode, HaypileError } from "../../../src/base/errors.ts";
import type { ImportResult } from "../../../src/ports/answers/memory-reports.ts";
import {
  type Call,
  checkCall,
  codeFromTable,
  doorFromTable,
  memoriesFromTable,
  memoryCalls,
} from "../../../src/ports/calls.ts";
import type { Haypile } from "../../../src/ports/haypile.ts";

/** "http://127.0.0.1:3030/api/v1", and the token. */
export interface RestPlace {
  base: string;
  token?: string | undefined;
}

export interface Event {
  event: string;
  data: unknown;
  id: number | undefined;
}

export function headersOf(
  at: RestPlace,
  more: Record<string, string> = {},
): Record<string, string> {
  return {
    "Content-Type": "application/json",
    ...(at.token !== undefined && { Authorization: `Bearer ${at.token}` }),
    ...more,
  };
}

/** Asks with POST. @returns status and JSON */
export async function post(
  at: RestPlace,
  path: string,
  said: unknown,
  more: RequestInit = {},
): Promise<{ status: number; body: unknown; headers: Headers }> {
  const answer = await fetch(`${at.base}/${path}`, {
    method: "POST",
    body: typeof said === "string" ? said : JSON.stringify(said),
    ...more,
    headers: headersOf(at, more.headers as Record<string, string> | undefined),
  });
  return { status: answer.status, body: JSON.parse(await answer.text()), headers: answer.headers };
}

export async function get(
  at: RestPlace,
  path: string,
): Promise<{ status: number; body: unknown; headers: Headers }> {
  const answer = await fetch(`${at.base}/${path}`, { headers: headersOf(at) });
  return { status: answer.status, body: JSON.parse(await answer.text()), headers: answer.headers };
}

/** The events of a stream as they come; comments are left out. */
export async function* eventsIn(answer: Response): AsyncGenerator<Event> {
  if (answer.body === null) return;
  let rest = "";
  const text = answer.body.pipeThrough(new TextDecoderStream() as never) as ReadableStream<string>;
  for await (const piece of text) {
    const blocks = (rest + piece).split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const fields = new Map(
        block.split("\n").map((line): [string, string] => {
          const at = line.indexOf(": ");
          return [line.slice(0, at), line.slice(at + 2)];
        }),
      );
      const data = fields.get("data");
      if (data === undefined) continue;
      const id = fields.has("id") ? Number(fields.get("id")) : undefined;
      yield { event: fields.get("event") ?? "message", data: JSON.parse(data), id };
    }
  }
}

/** Arguments by their names, as a flat body has them; signal and progress apart. */
export function byName(
  call: Call,
  args: readonly unknown[],
): { said: Record<string, unknown>; signal?: AbortSignal; onProgress?: (value: unknown) => void } {
  const names = Object.keys(call.takes ?? {}).map((name) => name.replace("?", ""));
  const said: Record<string, unknown> = {};
  for (const [at, arg] of args.entries()) {
    if (call.shapes?.[at] !== undefined) Object.assign(said, arg);
    else said[names.shift() ?? ""] = arg;
  }
  const { signal, onProgress, ...rest } = said;
  return { said: rest, signal, onProgress } as ReturnType<typeof byName>;
}

export function restHaypile(at: RestPlace): Haypile {
  let isClosed = false;
  const ask = async (path: string, call: Call, args: readonly unknown[], more = {}) => {
    if (isClosed) throw new HaypileError("HAYPILE_CLOSED", "It was closed.");
    const { said, signal, onProgress } = byName(call, args);
    const body = { ...said, ...more };
    const options = signal === undefined ? {} : { signal };
    try {
      if (onProgress === undefined) {
        const answer = await post(at, path, body, options);
        if (answer.status !== 200) throw asError(answer.body);
        return answer.body ?? undefined;
      }
      const answer = await fetch(`${at.base}/${path}`, {
        method: "POST",
        headers: headersOf(at, { Accept: "text/event-stream" }),
        body: JSON.stringify(body),
        ...options,
      });
      if (answer.status !== 200) throw asError(await answer.json());
      for await (const { event, data } of eventsIn(answer)) {
        if (event === "progress") onProgress(data);
        if (event === "error") throw asError(data);
        if (event === "result") return data ?? undefined;
      }
      throw new Error("The stream ended without an end.");
    } catch (error) {
      if (signal?.aborted === true) throw new HaypileError("HAYPILE_ABORTED", "Stopped.");
      throw error;
    }
  };
  const importing = async (
    body: NonNullable<RequestInit["body"]>,
    options: object = {},
  ): Promise<ImportResult> => {
    const query = new URLSearchParams(
      Object.entries(options).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, String(value)] as [string, string]],
      ),
    );
    const answer = await fetch(`${at.base}/memories/import?${query}`, {
      method: "POST",
      headers: headersOf(at, { "Content-Type": "application/x-ndjson" }),
      body,
      duplex: "half",
    } as RequestInit);
    if (answer.status !== 200) throw asError(await answer.json());
    return (await answer.json()) as ImportResult;
  };
  const close = async (): Promise<void> => {
    isClosed = true;
  };
  return {
    code: (folder, options = {}) =>
      codeFromTable((name, call, args) =>
        ask(`code/${name}`, call, args, { folder: resolve(folder), ...options }),
      ),
    ...doorFromTable((name, call, args) => ask(`haypile/${name}`, call, args)),
    memories: memoriesFromTable((name, call, args) => ask(`memories/${name}`, call, args), {
      export: (filter) => exported(at, filter ?? {}),
      import: async (lines, options) => {
        checkCall(memoryCalls, "import", [lines, options]);
        const all: string[] = [];
        for await (const line of lines) all.push(line);
        return await importing(all.join("\n"), options);
      },
      openImport: async (options) => {
        const { readable, writable } = new TransformStream<string, string>();
        const writer = writable.getWriter();
        const result = importing(
          readable.pipeThrough(new TextEncoderStream() as never) as ReadableStream<Uint8Array>,
          options,
        );
        return {
          push: async (pieces) => {
            for (const piece of pieces) await writer.write(`${piece}\n`);
          },
          end: async () => {
            await writer.close();
            return await result;
          },
        };
      },
      close,
    }),
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function* exported(at: RestPlace, filter: object): AsyncGenerator<string> {
  const answer = await fetch(`${at.base}/memories/export`, {
    method: "POST",
    headers: headersOf(at),
    body: JSON.stringify(filter),
  });
  if (answer.status !== 200) throw asError(await answer.json());
  const lines = (await answer.text()).split("\n");
  yield* lines.filter((line) => line !== "");
}

function asError(body: unknown): HaypileError {
  const { code, message, data } = (
    body as { error: { code: ErrorCode; message: string; data: Record<string, unknown> } }
  ).error;
  return new HaypileError(code, message, { data });
}
