/*
 * Is what the governor expects of a piece of work what it takes? One process for each step, at shapes that the
 * governor meets, and the kernel's own peak of the process (VmHWM), which is what a limit is about.
 *   node bench/governor/prediction.ts [--rounds 1]
 * Off is (predicted - measured) / measured: below zero means that it needed more than was foretold.
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { argument, keepRows, printMachine, runChild, say, work } from "../common.ts";
import { mb } from "./process.ts";

export interface Step {
  what: string;
  measuredBytes: number;
  predictedBytes: number;
}

const child = join(import.meta.dirname, "prediction-step.ts");
const empty = join(work, `no-graphs-${process.pid}`);
const warm = { HAYPILE_CACHE_DIR: join(work, "graphs") };
const here = printMachine();
const steps: Step[] = [];

/** Arguments of the child: workers, tokens of a run, words of the shortest and the longest text. */
function measure(kind: "batch" | "load" | "first-load", shape: (number | string)[]): void {
  if (kind === "first-load") rmSync(empty, { recursive: true, force: true });
  const env = kind === "first-load" ? { HAYPILE_CACHE_DIR: empty } : warm;
  const step = runChild<Step>(child, [kind, ...shape.map(String)], env);
  steps.push(step);
  const off = (step.predictedBytes - step.measuredBytes) / step.measuredBytes;
  say(
    `${step.what.padEnd(58)} ${mb(step.measuredBytes).padStart(7)} ${mb(step.predictedBytes).padStart(9)} ${(100 * off).toFixed(1).padStart(7)} %`,
  );
}

runChild(child, ["load", "1", "320", "20", "220"], warm); // makes the optimised graph
say(`${"step".padEnd(58)} measured predicted      off`);
for (let round = 0; round < Number(argument("--rounds", "1")); round += 1) {
  for (const workers of [1, 2]) {
    for (const tokens of [64, 640, 1536]) {
      for (const [shortest, longest] of [
        [3, 12],
        [40, 90],
        [150, 260],
      ] as const) {
        measure("batch", [workers, tokens, shortest, longest]);
      }
    }
    measure("load", [workers, 320, 20, 220]);
    measure("first-load", [workers, 320, 20, 220]);
    measure("first-load", [workers, 1536, 20, 220]);
  }
}
rmSync(empty, { recursive: true, force: true });

const offs = steps
  .map((step) => Math.abs(step.predictedBytes - step.measuredBytes) / step.measuredBytes)
  .sort((a, b) => a - b);
const at95 = offs[Math.ceil(offs.length * 0.95) - 1] as number;
const within = offs.filter((off) => off <= 0.15).length / offs.length;
say(
  `within 15 %: ${(100 * within).toFixed(0)} % of ${offs.length} steps; 95 % of them are within ${(100 * at95).toFixed(1)} %`,
);
keepRows("governor", here, [{ job: "prediction", within15: within, at95, steps }]);
