/*
 * REST: every call of the one table as JSON below /api/v1. What stands here is behind all gates: who came so far is the user,
 * or, on a listener without a token, somebody who may read.
 */
import { type Context, Hono } from "hono";
import { HaypileError } from "../../base/errors.ts";
import { likelyName } from "../../base/text/suggest.ts";
import type { Hub } from "../../haypile/hub.ts";
import type { ImportOptions } from "../../ports/answers/memory-reports.ts";
import { ask, optionsAt } from "../../ports/calls.ts";
import type { Haypile } from "../../ports/haypile.ts";
import type { MemoryFilter } from "../../ports/memories.ts";
import type { DaemonMethod } from "../../wire/words.ts";
import { eventType, type Streams } from "../streams.ts";
import { argumentsOf, type Said } from "./arguments.ts";
import { saidInBody } from "./body.ts";
import { type RestCall, restCalls } from "./calls-by-name.ts";
import { documentResponse } from "./document.ts";
import { folderOf } from "./folder.ts";
import { happenings, kindsIn } from "./happenings.ts";
import { exportResponse, importFrom } from "./lines.ts";
import { respondsAsync } from "./prefer.ts";
import { callAsEvents } from "./progress.ts";
import { saidInQuery } from "./query.ts";
import { failure, json, Refusal } from "./refusal.ts";
import { SharedRuns } from "./shared-runs.ts";

export interface ApiParts {
  /** As clients over HTTP see it. */
  haypile: Haypile;
  daemon: Readonly<Record<DaemonMethod, (...args: unknown[]) => unknown>>;
  hub: Hub;
  /** The listener has no token: what writes is not there. */
  isReadOnly: boolean;
  /** Measures a call by its name on the wire. Default: nothing does. */
  measure?: (<T>(method: string, run: () => Promise<T>) => Promise<T>) | undefined;
  /** For answers that go on as long as the client likes: bounded, and ended when the daemon leaves. */
  streams: Streams;
}

/** The routes below /api/v1, but for those of the session. */
export function apiRoutes(parts: ApiParts): Hono {
  const app = new Hono();
  const runs = new SharedRuns();
  app.onError((error) => failure(error));
  app.all("/openapi.json", async (context) => {
    onlyRead(context, "openapi.json");
    return await documentResponse();
  });
  app.all("/events", (context) => {
    onlyRead(context, "events");
    const { searchParams } = new URL(context.req.url);
    const all = searchParams.getAll("kinds");
    const kinds = kindsIn(all.length === 0 ? undefined : all.join(","));
    return parts.streams.open(happenings(parts.hub, kinds));
  });
  for (const group of ["code", "memories", "haypile", "daemon"]) {
    app.all(`/${group}/:name`, (context) =>
      answer(parts, runs, callNamed(`${group}/${context.req.param("name")}`), context),
    );
  }
  return app;
}

async function answer(
  parts: ApiParts,
  runs: SharedRuns,
  asked: RestCall,
  context: Context,
): Promise<Response> {
  const { call, path } = asked;
  if (parts.isReadOnly && !call.reads) {
    throw new Refusal(
      403,
      `This listener has no token, so it only reads, and ${path} does more. Ask one that has a token.`,
      { code: "HAYPILE_UNAUTHORIZED", data: { call: path } },
    );
  }
  const { raw } = context.req;
  const { searchParams } = new URL(raw.url);
  if (call.streams === "in") {
    allow(context, ["POST"], path);
    const [options] = argumentsOf(asked, saidInQuery(path, asked.names, searchParams));
    const { memories } = parts.haypile;
    return json(await importFrom(memories, raw, options as ImportOptions | undefined));
  }
  allow(context, call.reads ? ["GET", "POST"] : ["POST"], path);
  const said = await saidOf(asked, raw, searchParams);
  const args = argumentsOf(asked, said);
  if (call.streams === "out") {
    const [filter] = args;
    return await exportResponse(parts.haypile.memories, filter as MemoryFilter | undefined);
  }
  const run = await runOf(parts, runs, asked, said, args);
  const waitS = run.keep === undefined ? undefined : respondsAsync(raw);
  if (waitS !== undefined) run.keep?.();
  if (wantsEvents(raw)) return parts.streams.open(callAsEvents(run.make));
  if (waitS === undefined) return json(await run.make(raw.signal));
  return await withinSeconds(waitS, run.make, raw.signal);
}

/** The answer, or 202 where the call goes on for longer. */
async function withinSeconds(seconds: number, make: Make, signal: AbortSignal): Promise<Response> {
  const applied = { "Preference-Applied": "respond-async" };
  const enough = AbortSignal.timeout(seconds * 1000);
  try {
    return json(await make(AbortSignal.any([signal, enough])), 200, applied);
  } catch (error) {
    if (!enough.aborted || !HaypileError.isInstance(error) || error.code !== "HAYPILE_ABORTED") {
      throw error;
    }
    return json(null, 202, applied);
  }
}

async function saidOf(asked: RestCall, request: Request, query: URLSearchParams): Promise<Said> {
  const { path, names } = asked;
  if (request.method !== "POST") return saidInQuery(path, names, query);
  const said = await saidInBody(request);
  if (query.size === 0) return said;
  throw new Refusal(
    400,
    `Expected all of ${path} in the body, but the address says something too.`,
  );
}

type Make = (signal: AbortSignal, onProgress?: (value: unknown) => void) => Promise<unknown>;

interface Run {
  make: Make;
  /** From now on it does not end with its client. Undefined: such a call always does. */
  keep?: () => void;
}

/** The call with its arguments. What can be refused is refused before it begins. */
async function runOf(
  parts: ApiParts,
  runs: SharedRuns,
  asked: RestCall,
  said: Said,
  args: readonly unknown[],
): Promise<Run> {
  const { haypile, daemon, isReadOnly } = parts;
  const { group, name, call, hasProgress } = asked;
  const measure = parts.measure ?? ((_method, run) => run());
  if (group === "daemon") {
    const tell = async (): Promise<unknown> => await daemon[name as DaemonMethod](...args);
    return { make: async () => await measure(`daemon.${name}`, tell) };
  }
  const isAsked = group === "code" || call.inFolder === true;
  const folder = isAsked ? await folderOf(haypile, said.folder, isReadOnly) : undefined;
  const nearest = said.nearest !== false;
  const answers =
    group === "memories"
      ? haypile.memories
      : folder === undefined || group !== "code"
        ? haypile
        : haypile.code(folder, { nearest });
  const at = optionsAt(call);
  const make: Make = (signal, onProgress) =>
    measure(`${group === "code" ? "engine" : group}.${name}`, async () => {
      const given = [...args];
      if (at !== undefined) {
        const told = hasProgress && onProgress !== undefined ? { onProgress } : {};
        given[at] = { ...((args[at] as object | undefined) ?? {}), signal, ...told };
      }
      return await ask(answers, name, given);
    });
  if (group !== "code" || name !== "index") return { make };
  // Others may wait for the same run: it goes on while one of them does.
  const key = JSON.stringify([folder, nearest, args]);
  return {
    make: async (signal, onProgress) => await runs.run(key, make, signal, onProgress),
    keep: () => runs.keep(key, make),
  };
}

function callNamed(path: string): RestCall {
  const found = restCalls.get(path);
  if (found !== undefined) return found;
  const shown = path.slice(0, 64);
  const likely = path.length > 64 ? undefined : likelyName(path, restCalls.keys());
  const hint = likely === undefined ? " See /api/v1/openapi.json." : ` Did you mean ${likely}?`;
  throw new Refusal(404, `There is no call ${shown}.${hint}`, { data: { call: shown, likely } });
}

function onlyRead(context: Context, path: string): void {
  allow(context, ["GET"], path);
}

function allow(context: Context, methods: readonly string[], path: string): void {
  const { method } = context.req.raw;
  if (methods.includes(method)) return;
  const Allow = methods.join(", ");
  throw new Refusal(405, `Expected ${Allow} for ${path}, but ${method.slice(0, 20)} came.`, {
    headers: { Allow, Connection: "close" },
  });
}

function wantsEvents(request: Request): boolean {
  return (request.headers.get("accept") ?? "")
    .split(",")
    .some((range) => range.split(";")[0]?.trim().toLowerCase() === eventType);
}
