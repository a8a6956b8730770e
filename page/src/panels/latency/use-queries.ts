/* The recent calls: those the daemon kept, and each new one as it ends. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { QueriesReport, QueryTrace } from "../../../../src/ports/answers/daemon/queries.ts";
import { onHappening } from "../../api/events.ts";
import { type Answered, useAnswer } from "../../parts/use-answer.ts";

/** Rows in the list at most. */
export const mostRows = 60;
/** Percentiles, clients and the slowest are asked for so often. */
const everyMs = 10_000;
/** What ends within so long comes into the list at once. */
const togetherMs = 200;

export interface Queries {
  report: Answered<QueriesReport>;
  /** The newest first. */
  traces: QueryTrace[];
  /** Those that ended since it was paused. */
  waiting: number;
}

export interface Wanted {
  client: string | undefined;
  call: string | undefined;
  isPaused: boolean;
}

export function useQueries({ client, call, isPaused }: Wanted): Queries {
  const said = { limit: mostRows, slowest: 10, ...(client && { client }), ...(call && { call }) };
  const report = useAnswer<QueriesReport>("daemon/queries", said, everyMs);
  const [live, setLive] = useState<QueryTrace[]>([]);
  const shown = useRef<QueryTrace[]>([]);
  const arrived = useRef<QueryTrace[]>([]);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const end = onHappening(({ kind, value }) => {
      if (kind !== "query") return;
      arrived.current.push(value as QueryTrace);
      if (arrived.current.length > mostRows) arrived.current.shift();
      timer ??= setTimeout(() => {
        timer = undefined;
        const came = arrived.current.splice(0).reverse();
        setLive((before) => [...came, ...before].slice(0, mostRows));
      }, togetherMs);
    });
    return () => {
      end();
      clearTimeout(timer);
    };
  }, []);

  const told = report.value;
  const traces = together(told, live, (one) => fits(one, client, call));
  if (!isPaused) shown.current = traces;
  const newest = shown.current[0]?.id ?? 0;
  const waiting = isPaused ? traces.filter(({ id }) => id > newest).length : 0;
  return { report, traces: shown.current, waiting };
}

function fits(one: QueryTrace, client: string | undefined, call: string | undefined): boolean {
  return (
    (client === undefined || one.client === client) && (call === undefined || one.call === call)
  );
}

/** Each once, the newest first. A daemon that began anew counts from 1 again: what was of the one before goes. */
function together(
  report: QueriesReport | undefined,
  live: readonly QueryTrace[],
  isWanted: (one: QueryTrace) => boolean,
): QueryTrace[] {
  const newest = Math.max(report?.recent[0]?.id ?? 0, report?.total ?? 0);
  const since = report?.recent[0]?.at ?? "";
  const all = new Map<number, QueryTrace>();
  for (const one of live) {
    // Of another daemon: a higher number, and yet earlier.
    if (isWanted(one) && !(one.id > newest && one.at < since)) all.set(one.id, one);
  }
  for (const one of report?.recent ?? []) all.set(one.id, one);
  return [...all.values()].sort((a, b) => b.id - a.id).slice(0, mostRows);
}
