/*
 * Ways to the nearest vectors in pgvector, over a table of a server of its own (docs/decisions/0216-vectors-in-pgvector.md):
 *   node bench/team/graphs.ts [--count 22500] [--questions 100] [--only cosines,bits,lists,all,filtered,mean] [--looks 240,400]
 *     [--graphs 16/64,16/200,24/128] [--keep]
 * graphs over cosines by m/ef_construction, graphs over one bit a value whose candidates are compared by all values, lists of
 * clusters, and all compared. Each index is made, asked real questions, and dropped before the next. `looked`: how many of the
 * nearest are looked at (ef_search, candidates compared, lists read). `pages`: those a question goes to, in the server's buffers or not;
 * `cpuMs`: of the backend, a question, as the server answers it (planning and the question's text included). Vectors are made
 * up around a thousand real ones; "filtered": the filter leaves so many of these thousand; "mean": bits about the mean of all
 * in place of zero, without an index.
 */
import pg from "pg";
import { rowsOf } from "../../src/storage/postgres/vectors/halves.ts";
import { argument, keepRows, printMachine, say } from "../common.ts";
import { textMaker } from "../memories/texts.ts";
import { bitsFound } from "./bits.ts";
import { earnestServer, madeUpModel, modelName, realVectors } from "./parts.ts";
import { cpuMsOf, serverCpuMs } from "./server-cpu.ts";

const here = printMachine();
const count = Number(argument("--count", "22500"));
const questions = Number(argument("--questions", "100"));
const only = argument("--only", "all,cosines,bits,lists,filtered,mean").split(",");
const looks = argument("--looks", "120,240,280,320,400,600").split(",").map(Number);
const graphs = argument("--graphs", "16/64,16/200,24/128")
  .split(",")
  .map((one) => one.split("/").map(Number));
const { dimensions } = modelName;
const wanted = 10;
/** A search compares so many of what an index finds by all values, as memory_nearest() does. */
const slack = 31;
const perStatement = 1_000;

const cosine = `v::halfvec(${dimensions}) <=> $1::halfvec(${dimensions})`;
const bits = (of: string): string =>
  `binary_quantize(${of}::halfvec(${dimensions}))::bit(${dimensions})`;
const hamming = `${bits("v")} <~> ${bits("$1")}`;

interface Way {
  way: string;
  /** What stands after CREATE INDEX … ON vectors; undefined: none is made. */
  index?: string;
  parts: {
    looked: number;
    settings: Record<string, string | number>;
    nearest: string;
    where?: string;
  }[];
}

const graph = { "hnsw.iterative_scan": "relaxed_order" };

function overCosines(m: number, construction: number): Way {
  return {
    way: `graph over cosines, m ${m}, ef_construction ${construction}`,
    index: `USING hnsw ((v::halfvec(${dimensions})) halfvec_cosine_ops) WITH (m = ${m}, ef_construction = ${construction})`,
    parts: looks.map((looked) => ({
      looked,
      settings: { ...graph, "hnsw.ef_search": looked },
      nearest: `ORDER BY ${cosine} LIMIT ${slack}`,
    })),
  };
}

const overBits: Pick<Way, "index"> = {
  index: `USING hnsw ((${bits("v")}) bit_hamming_ops)`,
};

const ofBits = (looked: number, where?: string): Way["parts"][number] => ({
  looked,
  settings: { ...graph, "hnsw.ef_search": Math.min(looked, 1_000) },
  nearest: `ORDER BY ${hamming} LIMIT ${looked}`,
  ...(where === undefined ? {} : { where }),
});

function lists(many: number, probes: readonly number[]): Way {
  return {
    way: `${many} lists of clusters`,
    index: `USING ivfflat ((v::halfvec(${dimensions})) halfvec_cosine_ops) WITH (lists = ${many})`,
    parts: probes.map((looked) => ({
      looked,
      settings: { "ivfflat.probes": looked },
      nearest: `ORDER BY ${cosine} LIMIT ${slack}`,
    })),
  };
}

/** The usual number of lists is the root of that of the rows. */
const root = Math.round(Math.sqrt(count));
const ways: Record<string, Way[]> = {
  all: [
    {
      way: "all compared",
      parts: [{ looked: count, settings: {}, nearest: `ORDER BY ${cosine} LIMIT ${slack}` }],
    },
  ],
  cosines: graphs.map(([m = 24, construction = 128]) => overCosines(m, construction)),
  bits: [
    { way: "graph over bits", ...overBits, parts: [240, 1_000, 4_000].map((look) => ofBits(look)) },
  ],
  lists: [
    lists(
      root,
      [10, 20, 30, 60].map((share) => Math.ceil((root * share) / 300)),
    ),
    lists(
      2 * root,
      [20, 40, 60].map((share) => Math.ceil((2 * root * share) / 600)),
    ),
  ],
  filtered: [
    {
      way: "graph over bits, filtered inside",
      ...overBits,
      parts: [5, 1].map((percent) => ofBits(200, `cluster % 100 < ${percent}`)),
    },
  ],
};

const clusters: number[] = [];
const next = textMaker(11);
const queries = Array.from({ length: questions }, () => next.query());
const { real, known } = await realVectors(Array.from({ length: 1_000 }, next), queries);
const asked = known.map(([, vector]) => vector);
const model = madeUpModel(new Map(), real, (of) => clusters.push(of));
const vectors = await model.embed(new Array<string>(count).fill(""));

const server = await earnestServer();
try {
  await server.ask("CREATE DATABASE vectors");
  await server.ask("CREATE EXTENSION vector", "vectors");
  const client = new pg.Client({ connectionString: server.url("vectors") });
  await client.connect();
  const [{ pid }] = (await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid"))
    .rows as [{ pid: number }];
  await fill(client);
  // Several processes for one question say nothing of a server that many ask.
  await client.query("SET max_parallel_workers_per_gather = 0; SET jit = off");
  const exact = new Map<string, number[][]>();
  for (const name of only) {
    for (const way of ways[name] ?? []) await measure(client, pid, way, exact);
  }
  await client.end();
} finally {
  await server.close();
}
if (only.includes("mean")) {
  for (const found of bitsFound({ vectors, asked, dimensions, wanted, looks: [240, 1_000] }))
    tell(found);
}

function tell(found: object): void {
  const row = { bench: "team-graphs", count, questions, ...found };
  // Each at once: the last ones take long.
  if (process.argv.includes("--keep")) keepRows("team-graphs", here, [row]);
  say(JSON.stringify(row));
}

async function fill(client: pg.Client): Promise<void> {
  await client.query(
    "CREATE TABLE vectors(id int8 PRIMARY KEY, cluster int4 NOT NULL, scale real NOT NULL, v halfvec NOT NULL)",
  );
  for (let from = 0; from < count; from += perStatement) {
    const ids = Array.from({ length: Math.min(perStatement, count - from) }, (_, at) => from + at);
    const own = vectors.subarray(from * dimensions, (from + ids.length) * dimensions);
    await client.query(
      `INSERT INTO vectors SELECT id, cluster, scale, v::halfvec
       FROM unnest($1::int8[], $2::real[], $3::text[], $4::int4[]) AS a(id, scale, v, cluster)`,
      [...rowsOf(ids, own, dimensions), clusters.slice(from, from + ids.length)],
    );
  }
  await client.query("VACUUM ANALYZE vectors");
}

async function measure(
  client: pg.Client,
  pid: number,
  way: Way,
  exact: Map<string, number[][]>,
): Promise<void> {
  for (const { where } of way.parts) {
    const filter = where ?? "true";
    if (!exact.has(filter)) exact.set(filter, await exactly(client, filter));
  }
  let made = {};
  if (way.index !== undefined) {
    const [began, cpu] = [performance.now(), serverCpuMs(pid)];
    await client.query(`CREATE INDEX by_way ON vectors ${way.index}`);
    const [ms, cpuMs] = [performance.now() - began, serverCpuMs(pid) - cpu];
    const size = await client.query<{ bytes: string }>(
      "SELECT pg_relation_size('by_way') AS bytes",
    );
    made = {
      makeMs: Math.round(ms),
      makeCpuMs: Math.round(cpuMs),
      indexBytesEach: Math.round(Number(size.rows[0]?.bytes) / count),
    };
    // What the planner thinks of it is not measured.
    await client.query("SET enable_seqscan = off; SET enable_sort = off");
  }
  for (const { looked, settings, nearest, where = "true" } of way.parts) {
    for (const [name, value] of Object.entries(settings))
      await client.query(`SET ${name} = '${value}'`);
    const text = `WITH near AS MATERIALIZED (SELECT id, scale, v FROM vectors WHERE ${where} ${nearest})
      SELECT id, -(v::vector <#> $1::vector) * scale AS score FROM near ORDER BY 2 DESC LIMIT ${wanted}`;
    const right = exact.get(where) as number[][];
    for (const vector of asked.slice(0, 5)) await client.query(text, [textOf(vector)]);
    let shares = 0;
    const [began, cpu] = [performance.now(), cpuMsOf(pid)];
    for (const [at, vector] of asked.entries()) {
      const got = await client.query<{ id: string }>(text, [textOf(vector)]);
      const ids = new Set(got.rows.map(({ id }) => Number(id)));
      shares +=
        (right[at] as number[]).filter((id) => ids.has(id)).length / (right[at] as number[]).length;
    }
    const [ms, cpuMs] = [performance.now() - began, cpuMsOf(pid) - cpu];
    tell({
      way: way.way,
      ...(where === "true" ? {} : { where }),
      looked,
      recallAt10: Number((shares / questions).toFixed(4)),
      pages: await pagesOf(client, text, way.index !== undefined),
      cpuMs: Number((cpuMs / questions).toFixed(2)),
      ms: Number((ms / questions).toFixed(2)),
      ...made,
    });
  }
  await client.query("DROP INDEX IF EXISTS by_way; RESET enable_seqscan; RESET enable_sort");
}

/** The nearest ten of each question, by all values; no index is there. */
async function exactly(client: pg.Client, where: string): Promise<number[][]> {
  const all: number[][] = [];
  const text = `SELECT id FROM vectors WHERE ${where} ORDER BY (v::vector <#> $1::vector) * scale LIMIT ${wanted}`;
  for (const vector of asked) {
    const got = await client.query<{ id: string }>(text, [textOf(vector)]);
    all.push(got.rows.map(({ id }) => Number(id)));
  }
  return all;
}

interface Plan {
  "Index Name"?: string;
  "Shared Hit Blocks": number;
  "Shared Read Blocks": number;
  Plans?: Plan[];
}

/** Pages of a question, mean. @throws Error where the index is not the way that the server takes */
async function pagesOf(client: pg.Client, text: string, byIndex: boolean): Promise<number> {
  let pages = 0;
  for (const vector of asked) {
    const got = await client.query<{ "QUERY PLAN": [{ Plan: Plan }] }>(
      `EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) ${text}`,
      [textOf(vector)],
    );
    const plan = (got.rows[0] as { "QUERY PLAN": [{ Plan: Plan }] })["QUERY PLAN"][0].Plan;
    if (uses(plan) !== byIndex)
      throw new Error(`the server went another way: ${JSON.stringify(plan)}`);
    pages += plan["Shared Hit Blocks"] + plan["Shared Read Blocks"];
  }
  return Math.round(pages / asked.length);
}

function uses(plan: Plan): boolean {
  return plan["Index Name"] === "by_way" || (plan.Plans ?? []).some(uses);
}

function textOf(vector: readonly number[]): string {
  return `[${vector.join(",")}]`;
}
