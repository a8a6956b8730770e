/*
 * Does a session of a model grow with its runs, so that renewing it would pay?
 *   node bench/governor/renewal.ts [--engines direct,onnx] [--runs 2000] [--marks 10]
 * Each engine has a process of its own: runs of random shapes (1 to 12 texts of 1 to 250 words), and after every tenth
 * of them what belongs to no file (RssAnon) and what the runtime's allocator holds. Then the model is closed and loaded
 * again, as a renewal would, and the first tenth of the runs is done once more. The slope is that of the least squares
 * line through the marks after the second. Build first: it runs dist/.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { argument, keepRows, printMachine, repository, runChild, say } from "../common.ts";
import { mb } from "./process.ts";
import { slopeOf } from "./slope-of.ts";

interface Mark {
  runs: number;
  anonBytes: number;
  rssBytes: number;
  runtimeBytes: number;
}

interface Found {
  marks: Mark[];
  closed: Mark;
  renewed: Mark;
  texts: number;
}

const runs = Number(argument("--runs", "2000"));
const count = Number(argument("--marks", "10"));
const own = argument("--engine");
if (own !== undefined) say(JSON.stringify(await measure(own)));
else compare();

function compare(): void {
  const here = printMachine();
  for (const engine of argument("--engines", "direct,onnx").split(",")) {
    const asked = ["--engine", engine, "--runs", String(runs), "--marks", String(count)];
    const found = runChild<Found>(import.meta.filename, asked);
    const { marks, closed, renewed } = found;
    const each = runs / count;
    const slope = slopeOf(marks.slice(2).map(({ anonBytes }) => anonBytes)) / each;
    say(
      `${engine}: ${runs} runs, ${found.texts} texts; ${(slope / 1e3).toFixed(2)} kB a run after the second mark`,
    );
    say(`  anonymous: ${marks.map(({ anonBytes }) => mb(anonBytes)).join(" ")}`);
    say(`  resident:  ${marks.map(({ rssBytes }) => mb(rssBytes)).join(" ")}`);
    say(`  runtime:   ${marks.map(({ runtimeBytes }) => mb(runtimeBytes)).join(" ")}`);
    say(
      `  closed: ${mb(closed.anonBytes)}; loaded again, after ${each} runs: ${mb(renewed.anonBytes)} anonymous, ${mb(renewed.rssBytes)} resident`,
    );
    keepRows("governor", here, [{ job: "renewal", engine, runs, slope, ...found }]);
  }
}

async function measure(engine: string): Promise<Found> {
  const { loadEmbedder } = (await import(
    join(repository, "dist", "embedder.js")
  )) as typeof import("../../src/embedder.ts");
  const { readFootprint } = (await import(
    join(repository, "dist", "native", "footprint.js")
  )) as typeof import("../../src/native/footprint.ts");
  const options = { engine: engine as "direct" | "onnx", workers: 1 };
  const mark = (done: number): Mark => {
    const status = readFileSync("/proc/self/status", "utf8");
    const anon = Number(/RssAnon:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
    const { rssBytes, runtimeBytes } = readFootprint();
    return { runs: done, anonBytes: anon, rssBytes, runtimeBytes };
  };
  let texts = 0;
  let seed = 7;
  const random = (most: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return 1 + Math.floor((seed / 2 ** 32) * most);
  };
  const words = "read write index search memory vector token model cache page lock thread".split(
    " ",
  );
  const text = (): string =>
    Array.from({ length: random(250) }, () => words[random(words.length) - 1]).join(" ");
  let embedder = await loadEmbedder(options);
  const embed = async (times: number): Promise<void> => {
    for (let i = 0; i < times; i += 1) {
      const some = Array.from({ length: random(12) }, text);
      texts += some.length;
      await embedder.embed(some);
    }
  };
  const marks: Mark[] = [];
  for (let i = 1; i <= count; i += 1) {
    await embed(runs / count);
    marks.push(mark((i * runs) / count));
  }
  const of = texts;
  await embedder.close();
  const closed = mark(runs);
  embedder = await loadEmbedder(options);
  await embed(runs / count);
  const renewed = mark(runs / count);
  await embedder.close();
  return { marks, closed, renewed, texts: of };
}
