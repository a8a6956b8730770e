/* A child process: embeds one text and prints how many threads there were before and after. */
import { readdirSync } from "node:fs";
import { loadEmbedder } from "./model.ts";

const threads = (): number => readdirSync("/proc/self/task").length;

// Node's own pool starts its four threads at the first use of it.
await Promise.all(
  Array.from({ length: 8 }, () => import("node:fs/promises").then((fs) => fs.stat("."))),
);
const before = threads();
const embedder = await loadEmbedder({ workers: 2 });
await embedder.embed(["a text", "another text"]);
const after = threads();
const workers = embedder.report()?.workers;
await embedder.close();
process.stdout.write(`${JSON.stringify({ before, after, workers })}\n`);
