/*
 * What late interaction takes: searches with and without it, by turns, over the sets of --data; and the comparison of a
 * question with 20 texts alone. One worker, so that CPU and wall are one core's.
 *
 *   node bench/quality/late.ts --data DIR [--sets cosqa,locomo] [--questions 60]
 */
import { loadEmbedder } from "../../src/embedder.ts";
import { OnnxEmbedder } from "../../src/native/embedder.ts";
import { search } from "../../src/search/searcher.ts";
import { argument, keepRows, printMachine, say } from "../common.ts";
import { indexSet } from "./indexed.ts";
import { mean } from "./measures.ts";
import { loadSets } from "./sets.ts";

const data = argument("--data");
if (data === undefined) throw new Error("Name the folder with the sets: --data DIR");
const wanted = argument("--sets")?.split(",");
const count = Number(argument("--questions", "60"));
const looked = 20;

interface Times {
  wallMs: number[];
  cpuMs: number[];
}

async function timed(into: Times, run: () => Promise<unknown>): Promise<void> {
  const start = performance.now();
  const before = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(before);
  into.wallMs.push(performance.now() - start);
  into.cpuMs.push((user + system) / 1_000);
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const here = printMachine();
const embedder = await loadEmbedder({ workers: 1 });
if (!(embedder instanceof OnnxEmbedder)) throw new Error("The packaged model is of another kind.");
for (const set of loadSets(data)) {
  if (wanted !== undefined && !wanted.some((one) => set.name.toLowerCase().startsWith(one)))
    continue;
  const store = await indexSet(set, { embedder, staticEmbedder: undefined }, false);
  const parts = { store, embedder, late: { scorer: embedder, isDefault: true } };
  const times = { without: newTimes(), with: newTimes(), alone: newTimes() };
  const texts = [...set.documents.values()].slice(0, looked);
  for (const { text } of [...set.questions.slice(0, 3), ...set.questions.slice(0, count)]) {
    const request = { query: text, k: 10, fillIn: "off" } as const;
    await timed(times.without, () => search(parts, { ...request, rerank: false }));
    await timed(times.with, () => search(parts, request));
    await timed(times.alone, () => embedder.late(text, texts));
  }
  say(`\n${set.name}: ms a question, mean (median) of ${count}`);
  for (const [name, { wallMs, cpuMs }] of Object.entries(times)) {
    const [wall, cpu] = [wallMs.slice(3), cpuMs.slice(3)];
    say(
      `${name.padEnd(8)}  wall ${mean(wall).toFixed(1)} (${median(wall).toFixed(1)})  CPU ${mean(cpu).toFixed(1)} (${median(cpu).toFixed(1)})`,
    );
    keepRows("late", here, [
      { set: set.name, how: name, wallMs: median(wall), cpuMs: median(cpu), questions: count },
    ]);
  }
  store.close();
}
await embedder.close();

function newTimes(): Times {
  return { wallMs: [], cpuMs: [] };
}
