/*
 * A process of its own under a limit, since a test runner takes more than the limit itself:
 * node many-callers.ts FOLDER DATABASE BYTES COUNT indexes, searches COUNT times at once, and prints how each ended.
 */
import { readFileSync } from "node:fs";
import { HaypileError } from "../../src/base/errors.ts";
import { open } from "../../src/engine/open.ts";

const [, , folder = "", database = "", bytes = "", count = ""] = process.argv;
const engine = await open({
  folder,
  database,
  maxMemoryBytes: Number(bytes),
  embeddingCache: false,
});
await engine.index();
const outcomes = await Promise.allSettled(
  Array.from({ length: Number(count) }, (_, i) => engine.search(`what does order ${i} cost`)),
);
const said = outcomes.map((outcome) => {
  if (outcome.status === "fulfilled") return outcome.value.hits.length > 0 ? "answered" : "empty";
  return HaypileError.isInstance(outcome.reason) ? outcome.reason.code : String(outcome.reason);
});
const after = await engine.search("what does an order cost");
const { governor } = engine.footprint();
await engine.close();
const status = readFileSync("/proc/self/status", "utf8");
const peakBytes = Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) * 1024;
const facts = { said, after: after.hits.length, waiting: governor?.waiting, peakBytes };
process.stdout.write(`${JSON.stringify(facts)}\n`);
