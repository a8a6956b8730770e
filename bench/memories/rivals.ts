/*
 * Haypile's memory beside another memory server, both as MCP servers over stdio with a real client:
 *   node bench/memories/rivals.ts --data ../shared/eval [--turns 300] [--clients 3]
 * The turns of one LoCoMo conversation are stored one by one, its questions asked; a question is answered when one of
 * the turns that answer it is in the text that comes back (at most 8 memories, or all that the other one gives).
 * Memory is that of all processes with so many clients connected: Haypile's bridges share a daemon.
 * A peer with local embeddings could not be run: those on npm want an install script or a model from the network.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { argument, keepRows, needRivals, printMachine, repository, say } from "../common.ts";

interface Turn {
  conv: string;
  date: string;
  dia_id: string;
  speaker: string;
  text: string;
}

interface Server {
  name: string;
  command: string[];
  env: Record<string, string>;
  store(client: Client, turn: Turn): Promise<void>;
  ask(client: Client, question: string): Promise<string>;
}

const data = argument("--data");
if (data === undefined) throw new Error("Say where the evaluation sets are: --data FOLDER");
const most = Number(argument("--turns", "300"));
const clients = Number(argument("--clients", "3"));
const read = <T>(name: string): T[] =>
  readFileSync(join(data, "locomo", name), "utf8")
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => JSON.parse(line) as T);
const here = printMachine();
const rivals = needRivals();
const folder = mkdtempSync(join(tmpdir(), "haypile-rivals-"));
const all = read<Turn>("dev-turns.jsonl");
const turns = all.filter(({ conv }) => conv === all[0]?.conv).slice(0, most);
const ids = new Set(turns.map(({ dia_id }) => dia_id));
const questions = read<{ conv: string; question: string; gold_turns: string[] }>(
  "dev-questions.jsonl",
).filter(
  ({ conv, gold_turns }) =>
    conv === all[0]?.conv && gold_turns.length > 0 && gold_turns.every((id) => ids.has(id)),
);
const lineOf = ({ date, speaker, text }: Turn): string => `[${date}] ${speaker}: ${text}`;

async function call(client: Client, name: string, given: Record<string, unknown>): Promise<string> {
  const result = await client.callTool({ name, arguments: given });
  const text = (result.content as { text?: string }[]).map((part) => part.text ?? "").join("\n");
  if (result.isError === true) throw new Error(text);
  return text;
}

const servers: Server[] = [
  {
    name: "haypile",
    command: [process.execPath, join(repository, "bin", "haypile.cjs"), "mcp", "--root", folder],
    env: { HAYPILE_DATA_DIR: join(folder, "data") },
    store: async (client, turn) => {
      await call(client, "remember", { text: lineOf(turn) });
    },
    ask: async (client, query) => await call(client, "recall", { query, limit: 8 }),
  },
  {
    name: "server-memory",
    command: [
      process.execPath,
      join(rivals, "@modelcontextprotocol", "server-memory", "dist", "index.js"),
    ],
    env: { MEMORY_FILE_PATH: join(folder, "graph.jsonl") },
    store: async (client, turn) => {
      const entity = { name: turn.dia_id, entityType: "turn", observations: [lineOf(turn)] };
      await call(client, "create_entities", { entities: [entity] });
    },
    ask: async (client, query) => await call(client, "search_nodes", { query }),
  },
];

async function connect({ command, env }: Server): Promise<Client> {
  const client = new Client({ name: "bench", version: "1" });
  const [program = "", ...args] = command;
  const inherited = process.env as Record<string, string>;
  const marked = { ...inherited, ...env, HAYPILE_BENCH: folder };
  await client.connect(
    new StdioClientTransport({ command: program, args, env: marked, stderr: "ignore" }),
  );
  return client;
}

/** Resident memory of all processes that were started for this, bytes. */
function residentBytes(): number {
  let sum = 0;
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      if (!readFileSync(`/proc/${pid}/environ`, "latin1").includes(`HAYPILE_BENCH=${folder}`))
        continue;
      sum +=
        Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) * 1024;
    } catch {
      // It ended, or is not ours.
    }
  }
  return sum;
}

function bytesBelow(path: string): number {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return 0;
  if (!stats.isDirectory()) return stats.size;
  return readdirSync(path).reduce((sum, name) => sum + bytesBelow(join(path, name)), 0);
}

const at = (sorted: number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] as number;

say(`${turns.length} turns, ${questions.length} questions, ${clients} clients connected`);
say(
  "server          store p50/p95 ms   ask p50/p95 ms   answered   bytes of an answer   RSS MB   disk kB",
);
for (const server of servers) {
  const first = await connect(server);
  const timed = async (run: () => Promise<unknown>, times: number[]): Promise<void> => {
    const began = performance.now();
    await run();
    times.push(performance.now() - began);
  };
  const stored: number[] = [];
  for (const turn of turns) await timed(() => server.store(first, turn), stored);
  const others = await Promise.all(
    Array.from({ length: clients - 1 }, async () => await connect(server)),
  );
  const asked: number[] = [];
  let answered = 0;
  let answerBytes = 0;
  await server.ask(first, "warm up");
  for (const { question, gold_turns } of questions) {
    await timed(async () => {
      const answer = await server.ask(first, question);
      answerBytes += answer.length;
      const gold = turns.filter(({ dia_id }) => gold_turns.includes(dia_id));
      if (gold.some((turn) => answer.includes(turn.text.slice(0, 60)))) answered += 1;
    }, asked);
  }
  const rss = residentBytes();
  for (const client of [first, ...others]) await client.close();
  const disk =
    bytesBelow(join(folder, "data", "memories.db")) + bytesBelow(join(folder, "graph.jsonl"));
  stored.sort((a, b) => a - b);
  asked.sort((a, b) => a - b);
  const row = {
    bench: "memories-rivals",
    server: server.name,
    turns: turns.length,
    questions: questions.length,
    storeP50: at(stored, 0.5),
    storeP95: at(stored, 0.95),
    askP50: at(asked, 0.5),
    askP95: at(asked, 0.95),
    answered: answered / questions.length,
    answerBytes: answerBytes / questions.length,
    rssBytes: rss,
    diskBytes: disk,
  };
  say(
    `${server.name.padEnd(15)} ${row.storeP50.toFixed(1).padStart(8)} / ${row.storeP95.toFixed(1)}   ${row.askP50.toFixed(1).padStart(10)} / ${row.askP95.toFixed(1)}   ${(100 * row.answered).toFixed(1).padStart(7)} %   ${row.answerBytes.toFixed(0).padStart(12)}   ${(rss / 1e6).toFixed(0).padStart(12)}   ${(disk / 1e3).toFixed(0).padStart(6)}`,
  );
  keepRows("memories", here, [row]);
  if (server.name === "haypile") {
    const { spawnSync } = await import("node:child_process");
    spawnSync(process.execPath, [join(repository, "bin", "haypile.cjs"), "stop"], {
      env: { ...process.env, ...server.env },
    });
  }
  rmSync(join(folder, "data"), { recursive: true, force: true });
}
rmSync(folder, { recursive: true, force: true });
