/*
 * One way to end a process while the embedder is open or at work. Printed lines tell the test how
 * far it came; what counts is how the process ends.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { openReranker } from "../../src/engine/open.ts";
import { loadEmbedder, manyTexts } from "../helpers/model.ts";
import { writeTinyReranker } from "../helpers/tiny-reranker.ts";

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

async function atWork(): Promise<{ running: Promise<unknown> }> {
  const embedder = await loadEmbedder({ graphCache: false });
  const started = Promise.withResolvers<void>();
  const running = embedder.embed(manyTexts(4000), { onProgress: () => started.resolve() });
  running.catch(() => {});
  await started.promise;
  say("running");
  return { running };
}

function inWorker(scenario: string): Worker {
  return new Worker(fileURLToPath(import.meta.url), { workerData: { scenario } });
}

const scenarios: Record<string, () => Promise<void>> = {
  async normal() {
    const embedder = await loadEmbedder({ graphCache: false });
    const vectors = await embedder.embed(["one", "two"]);
    say(`length ${vectors.length}`);
    await embedder.close();
  },
  async "left-open"() {
    const embedder = await loadEmbedder({ graphCache: false });
    await embedder.embed(["one"]);
    say("left open");
  },
  async "exit-at-work"() {
    await atWork();
    process.exit(7);
  },
  async "throw-at-work"() {
    await atWork();
    setImmediate(() => {
      throw new Error("thrown on purpose");
    });
  },
  async "signal-at-work"() {
    await atWork();
    process.kill(process.pid, "SIGTERM");
  },
  async "exit-while-reranking"() {
    const folder = mkdtempSync(join(tmpdir(), "haypile-exit-"));
    process.on("exit", () => rmSync(folder, { recursive: true }));
    const reranker = await openReranker(writeTinyReranker(folder), { graphCache: false });
    await reranker.score("read", ["file"]);
    reranker.score("read", manyTexts(4000)).catch(() => {});
    say("running");
    setTimeout(() => process.exit(7), 10);
  },
  async "exit-while-closing"() {
    const embedder = await loadEmbedder({ graphCache: false });
    embedder.embed(manyTexts(2000)).catch(() => {});
    void embedder.close();
    setTimeout(() => process.exit(7), 50);
  },
  async worker() {
    const worker = inWorker("normal");
    worker.on("message", (line: string) => say(`worker ${line}`));
    await new Promise((resolve) => worker.once("exit", resolve));
    say("worker ended");
  },
  async "terminate-worker-at-work"() {
    const worker = inWorker("worker-at-work");
    await new Promise((resolve) => worker.once("message", resolve));
    say(`terminated ${await worker.terminate()}`);
    const embedder = await loadEmbedder({ graphCache: false });
    say(`length ${(await embedder.embed(["still works"])).length}`);
    await embedder.close();
  },
  async "two-workers-and-main"() {
    const workers = [inWorker("normal"), inWorker("normal")];
    const ended = workers.map((worker) => new Promise((resolve) => worker.once("exit", resolve)));
    const embedder = await loadEmbedder({ graphCache: false });
    await embedder.embed(manyTexts(50));
    await embedder.close();
    say(`exits ${(await Promise.all(ended)).join(" ")}`);
  },
};

if (isMainThread) {
  const scenario = scenarios[process.argv[2] ?? ""];
  if (scenario === undefined) throw new Error(`no scenario ${process.argv[2]}`);
  await scenario();
} else if (workerData.scenario === "normal") {
  const embedder = await loadEmbedder({ graphCache: false });
  const vectors = await embedder.embed(["one", "two"]);
  parentPort?.postMessage(`length ${vectors.length}`);
  await embedder.close();
} else {
  const embedder = await loadEmbedder({ graphCache: false });
  embedder
    .embed(manyTexts(4000), { onProgress: () => parentPort?.postMessage("running") })
    .catch(() => {});
}
