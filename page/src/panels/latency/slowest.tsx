/* The slowest calls with their cause, and who asked how much. */
import type { ClientCounts, QueryTrace } from "../../../../src/ports/answers/daemon/queries.ts";
import { formatAgo, formatCount, formatMs } from "../../parts/format.ts";
import { type Column, Table } from "../../parts/table.tsx";
import { Question } from "./bars.tsx";

const slowColumns: readonly Column<QueryTrace>[] = [
  {
    title: "Time",
    cell: ({ totalMs }) => formatMs(totalMs),
    by: ({ totalMs }) => totalMs,
    isNumber: true,
  },
  { title: "Most of it", cell: ({ cause }) => cause },
  { title: "Call", cell: ({ call }) => call, by: ({ call }) => call },
  { title: "Question", cell: (trace) => <Question trace={trace} /> },
  { title: "Client", cell: ({ client }) => client, by: ({ client }) => client },
  {
    title: "When",
    cell: ({ at }) => <time dateTime={at}>{formatAgo(at)}</time>,
    by: ({ at }) => at,
  },
];

export function Slowest({ traces }: { traces: readonly QueryTrace[] }) {
  if (traces.length === 0) return null;
  return (
    <div class="card latency-slowest">
      <Table
        caption="Slowest of the last hour"
        columns={slowColumns}
        rows={traces}
        keyOf={({ id }) => id}
      />
    </div>
  );
}

const overOf: Readonly<Record<ClientCounts["face"], string>> = {
  mcp: "MCP",
  rpc: "socket",
  http: "HTTP",
  any: "any",
};

const clientColumns: readonly Column<ClientCounts>[] = [
  { title: "Client", cell: ({ client }) => client, by: ({ client }) => client },
  { title: "Over", cell: ({ face }) => overOf[face], by: ({ face }) => face },
  {
    title: "Calls",
    cell: ({ calls }) => formatCount(calls),
    by: ({ calls }) => calls,
    isNumber: true,
  },
  {
    title: "Failed",
    cell: ({ failed }) => formatCount(failed),
    by: ({ failed }) => failed,
    isNumber: true,
  },
  { title: "p50", cell: ({ p50 }) => formatMs(p50), by: ({ p50 }) => p50, isNumber: true },
  { title: "p95", cell: ({ p95 }) => formatMs(p95), by: ({ p95 }) => p95, isNumber: true },
  {
    title: "In all",
    cell: ({ sumMs }) => formatMs(sumMs),
    by: ({ sumMs }) => sumMs,
    isNumber: true,
  },
];

export function Clients({ clients }: { clients: readonly ClientCounts[] }) {
  if (clients.length === 0) return null;
  return (
    <div class="card">
      <Table
        caption="By client, since the daemon began"
        columns={clientColumns}
        rows={clients}
        keyOf={({ client, face }) => `${face} ${client}`}
      />
    </div>
  );
}
