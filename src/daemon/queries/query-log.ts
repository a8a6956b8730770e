/*
 * The last 512 calls that somebody waited for, in the daemon's memory and nowhere else. Times stand in one array; texts are
 * cut, and copied, so that nothing else of a call is held on to. All of it together is below 512 KB, whatever is asked.
 */
import { basename } from "node:path";
import { HaypileError } from "../../base/errors.ts";
import { type StageFacts, stages } from "../../base/stages.ts";
import type { Hub } from "../../haypile/hub.ts";
import type { EndedCall, OnCall } from "../../haypile/watched-call.ts";
import type {
  ClientFace,
  QueriesOptions,
  QueriesReport,
  QueryTrace,
} from "../../ports/answers/daemon/queries.ts";
import { causeOf } from "./cause.ts";
import { QueryCounts } from "./query-counts.ts";
import { StageMetrics } from "./stage-metrics.ts";

export const mostTraces = 512;
export const mostTextLength = 200;
const mostNameLength = 40;
const faces = ["mcp", "rpc", "http"] as const satisfies readonly ClientFace[];
const mostSlowest = 32;
const slowestOfMs = 3_600_000;
const defaultLimit = 100;
const defaultSlowest = 10;

/** The stages in their order, as they stand in the array of times. */
const columns = [...stages, "other"] as const;

/** A call without its times. */
interface Kept {
  id: number;
  at: number;
  totalMs: number;
  client: string;
  face: ClientFace;
  call: string;
  folder: string | undefined;
  text: string | undefined;
  hits: number | undefined;
  fromCache: "same" | "similar" | undefined;
  failed: string | undefined;
  facts: StageFacts;
}

export interface QueryLogOptions {
  hub: Pick<Hub, "tell">;
  /** Texts of questions are kept. */
  keepsTexts: boolean;
  /** Milliseconds since 1970. Default: Date.now(). */
  clock?: (() => number) | undefined;
}

export class QueryLog {
  readonly #options: QueryLogOptions;
  readonly #clock: () => number;
  readonly #kept: Kept[] = [];
  readonly #times = new Float32Array(mostTraces * columns.length);
  #slowest: { kept: Kept; times: Float32Array }[] = [];
  readonly #counts: QueryCounts;
  readonly #metrics = new StageMetrics();
  #next = 1;

  constructor(options: QueryLogOptions) {
    this.#options = options;
    this.#clock = options.clock ?? Date.now;
    this.#counts = new QueryCounts(this.#clock);
  }

  /**
   * Takes notes of the calls of one client.
   * @param place as it stands in the lanes: "mcp 3", "rpc 7", "http" @param client its own name
   */
  of(place: string, client: string): OnCall {
    const face = faces.find((one) => place.startsWith(one)) ?? "rpc";
    // A name is a client's own word, and stands in lines and labels.
    const name = short(client.replaceAll(/\p{Cc}+/gu, " ").trim(), mostNameLength) ?? face;
    return (call) => this.#note(name, face, call);
  }

  #note(name: string, face: ClientFace, call: EndedCall): void {
    const { times, error } = call;
    const { hits, fromCache } = factsOf(call.answer);
    const kept: Kept = {
      id: this.#next++,
      at: this.#clock(),
      totalMs: times.total,
      client: name,
      face,
      call: call.name,
      folder: call.folder === undefined ? undefined : short(basename(call.folder), mostNameLength),
      text: this.#options.keepsTexts ? textOf(call) : undefined,
      hits,
      fromCache,
      failed: error === undefined ? undefined : codeOf(error),
      facts: call.facts,
    };
    const row = (kept.id - 1) % mostTraces;
    this.#kept[row] = kept;
    const own = this.#times.subarray(row * columns.length, (row + 1) * columns.length);
    for (const [at, stage] of columns.entries()) own[at] = times[stage];
    this.#noteSlow(kept, own);
    this.#counts.add(call.name, name, face, times, error !== undefined);
    this.#metrics.add(call.name, times);
    this.#options.hub.tell("query", () => traceOf(kept, own));
  }

  /** @throws HaypileError HAYPILE_USAGE */
  report(said: QueriesOptions = {}): QueriesReport {
    const limit = countOf("limit", said.limit, defaultLimit, mostTraces);
    const slowest = countOf("slowest", said.slowest, defaultSlowest, mostSlowest);
    const since = countOf("since", said.since, 0, Number.MAX_SAFE_INTEGER);
    const fits = ({ id, client, call }: Kept): boolean =>
      id > since &&
      (said.client === undefined || client === said.client) &&
      (said.call === undefined || call === said.call);
    const from = this.#clock() - slowestOfMs;
    return {
      recent: this.#newestFirst()
        .filter(({ kept }) => fits(kept))
        .slice(0, limit)
        .map(({ kept, times }) => traceOf(kept, times)),
      slowest: this.#slowest
        .filter(({ kept }) => fits(kept) && kept.at >= from)
        .slice(0, slowest)
        .map(({ kept, times }) => traceOf(kept, times)),
      stages: this.#counts.stages(),
      minutes: this.#counts.minutes(),
      clients: this.#counts.clients(),
      total: this.#counts.total,
      keepsTexts: this.#options.keepsTexts,
    };
  }

  /** For GET /metrics. */
  metricsText(): string {
    return this.#metrics.text(this.#counts.clients());
  }

  /** What it takes at most, bytes, by the lengths of what it holds. */
  get bytes(): number {
    const all = [...this.#kept, ...this.#slowest.map(({ kept }) => kept)];
    const texts = all.reduce((sum, one) => sum + bytesOf(one), 0);
    return texts + this.#times.byteLength + this.#slowest.length * columns.length * 4;
  }

  #newestFirst(): { kept: Kept; times: Float32Array }[] {
    const found: { kept: Kept; times: Float32Array }[] = [];
    for (let id = this.#next - 1; id > 0 && id >= this.#next - mostTraces; id -= 1) {
      const row = (id - 1) % mostTraces;
      const kept = this.#kept[row];
      if (kept === undefined) break;
      const times = this.#times.subarray(row * columns.length, (row + 1) * columns.length);
      found.push({ kept, times });
    }
    return found;
  }

  #noteSlow(kept: Kept, times: Float32Array): void {
    const last = this.#slowest.at(-1);
    const isFull = this.#slowest.length >= mostSlowest;
    const from = kept.at - slowestOfMs;
    if (isFull && last !== undefined && last.kept.totalMs >= kept.totalMs) {
      // Those of more than an hour ago make room.
      if (!this.#slowest.some((one) => one.kept.at < from)) return;
    }
    const still = this.#slowest.filter((one) => one.kept.at >= from);
    still.push({ kept, times: times.slice() });
    still.sort((a, b) => b.kept.totalMs - a.kept.totalMs);
    this.#slowest = still.slice(0, mostSlowest);
  }
}

function traceOf(kept: Kept, times: Float32Array): QueryTrace {
  const { at, facts, totalMs, ...rest } = kept;
  const taken = columns.flatMap((stage, column) => {
    const ms = times[column] as number;
    return ms > 0 ? [{ stage, ms: rounded(ms) }] : [];
  });
  return {
    ...rest,
    at: new Date(at).toISOString(),
    totalMs: rounded(totalMs),
    stages: taken,
    cause: causeOf(taken, totalMs, facts, kept.fromCache),
  };
}

/** Microseconds are told. */
function rounded(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}

/** What was asked. What is to be remembered is no question. */
function textOf({ call, args }: EndedCall): string | undefined {
  const [first] = args;
  return call.asks === true && typeof first === "string" ? short(first, mostTextLength) : undefined;
}

/** The beginning of a text as a text of its own: a part of a long one would hold all of it. */
function short(text: string, length: number): string | undefined {
  const cut = text.length > length ? `${text.slice(0, length - 1)}…` : text;
  return cut === "" ? undefined : Buffer.from(cut, "utf8").toString("utf8");
}

function factsOf(answer: unknown): Pick<Kept, "hits" | "fromCache"> {
  if (Array.isArray(answer)) return { hits: answer.length, fromCache: undefined };
  if (typeof answer !== "object" || answer === null)
    return { hits: undefined, fromCache: undefined };
  const { hits, fromCache } = answer as { hits?: unknown; fromCache?: unknown };
  return {
    hits: Array.isArray(hits) ? hits.length : undefined,
    fromCache: fromCache === "same" || fromCache === "similar" ? fromCache : undefined,
  };
}

function codeOf(error: unknown): string {
  return HaypileError.isInstance(error) ? error.code : "HAYPILE_INTERNAL";
}

/** A record, what it holds, and two bytes a character. */
function bytesOf({ client, folder, text }: Kept): number {
  const characters = client.length + (folder?.length ?? 0) + (text?.length ?? 0);
  return 320 + characters * 2;
}

function countOf(name: string, said: unknown, usual: number, most: number): number {
  if (said === undefined || said === null) return usual;
  if (typeof said === "number" && Number.isSafeInteger(said) && said >= 0 && said <= most)
    return said;
  throw new HaypileError(
    "HAYPILE_USAGE",
    `Expected a whole number from 0 to ${most} for ${name} but got ${JSON.stringify(said)?.slice(0, 40)}.`,
    { data: { [name]: said } },
  );
}
