/*
 * What a team's store takes for more memories than fit this machine, by the last figures that bench/team/recall.ts kept:
 *   node bench/team/model.ts [--storage 0.12] [--memory 4] [--cpu 25] [--rate 0.2] [--shards 8]
 * Prices are of a month: of a GB of a server's disk, of a GB of its memory, of a CPU; they are assumptions that anybody may
 * change. `--rate`: questions a second in a busy hour of a thousand users. What is a figure and what is reckoned is said by row.
 */
import { argument, keptLines, say } from "../common.ts";

interface Measured {
  count: number;
  postgres: { bytesEach: number; graphBytesEach: number; residentMB: number; p50: number };
  clients: Record<string, { perSecond: number }>;
}

const price = {
  storage: Number(argument("--storage", "0.12")),
  memory: Number(argument("--memory", "4")),
  cpu: Number(argument("--cpu", "25")),
};
const shards = Number(argument("--shards", "8"));
const last = keptLines("team")
  .map((line) => JSON.parse(line) as Measured & { bench: string; cpus: number })
  .filter(({ bench, count }) => bench === "team-recall" && count >= 20_000)
  .at(-1);
if (last === undefined) throw new Error("Measure first: node bench/team/recall.ts --keep");

const { count, postgres, cpus } = last;
const { bytesEach, graphBytesEach } = postgres;
/** Vectors that a client holds of so many memories: all, or none where they do not fit (docs/decisions/0239). */
const heldBytesOf = (memories: number): number => {
  const bytes = memories * 204;
  return bytes <= 25e6 ? bytes : 0;
};
const clientBytesEach = (postgres.residentMB * 1e6 - heldBytesOf(count)) / count;
const clientMBOf = (memories: number): number =>
  (memories * clientBytesEach + heldBytesOf(memories)) / 1e6;
/** Of all CPUs here, the clients' own work among it. */
const perSecondEachCpu =
  Math.max(...Object.values(last.clients).map(({ perSecond }) => perSecond)) / cpus;
/** A log that is kept, dead rows between two clean-ups, and a copy on a replica. */
const spare = 1.5;
const copies = 2;

/** Row ids are numbers below 2^32, one a text: with so many texts a memory. */
const textsEach = 1.3;
const mostTexts = 2 ** 32 - 1;

interface Row {
  memories: number;
  diskGB: number;
  graphGB: number;
  memoryGB: number;
  monthly: number;
  monthlyEachMillion: number;
  clientMB: number;
  clientMBOfAShard: number;
}

const rows = [1e5, 1e6, 1e7, 1e8].map((memories): Row => {
  const diskGB = (memories * bytesEach * spare * copies) / 1e9;
  const graphGB = (memories * graphBytesEach) / 1e9;
  // The graph has to lie in memory, or each step of a search is a read of the disk; and a tenth of the rows.
  const memoryGB = graphGB + (memories * (bytesEach - graphBytesEach) * 0.1) / 1e9 + 0.5;
  const monthly =
    diskGB * price.storage + memoryGB * price.memory * copies + price.cpu * 2 * copies;
  return {
    memories,
    diskGB: rounded(diskGB),
    graphGB: rounded(graphGB),
    memoryGB: rounded(memoryGB),
    monthly: rounded(monthly),
    monthlyEachMillion: rounded(monthly / (memories / 1e6)),
    clientMB: rounded(clientMBOf(memories)),
    clientMBOfAShard: rounded(clientMBOf(memories / shards)),
  };
});

function rounded(value: number): number {
  return Number(value.toPrecision(3));
}

say(
  `measured at ${count} memories: ${bytesEach} bytes each on the server, ${graphBytesEach} of them the graph; ${Math.round(clientBytesEach)} bytes each in a client; ${rounded(perSecondEachCpu)} questions a second and CPU, clients among it`,
);
say(
  `| memories | disk, GB | graph, GB | memory, GB | a month | a month and million | client, MB | client of one of ${shards} shards, MB |`,
);
say("|---|---|---|---|---|---|---|---|");
for (const row of rows) {
  say(
    `| ${row.memories.toExponential(0)} | ${row.diskGB} | ${row.graphGB} | ${row.memoryGB} | ${row.monthly} | ${row.monthlyEachMillion} | ${row.clientMB} | ${row.clientMBOfAShard} |`,
  );
}
say(
  `\nids end at ${rounded(mostTexts / textsEach)} memories of ${textsEach} texts each in one store`,
);
