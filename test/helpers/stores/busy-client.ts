/*
 * Clients of a team's store, each with a link of its own, in one process: once its input has a line they write and ask in turns
 * until it ends, and say what was acknowledged, what failed, and how long each call took.
 *
 *   node busy-client.ts URL WAIT-MS NAME…
 */
import { writeSync } from "node:fs";
import { MemoryService } from "../../../src/memories/service.ts";
import { HashEmbedder } from "../hash-embedder.ts";
import { seededRandom } from "../random.ts";
import { openPostgresMemories } from "./open-postgres.ts";

const [url = "", waitMs = "30000", ...names] = process.argv.slice(2);
let isEnding = false;
process.stdin.on("end", () => {
  isEnding = true;
});
const told = new Promise((resolve) => process.stdin.once("data", resolve));
process.stdin.resume();

function say(...words: (string | number)[]): void {
  writeSync(1, `${words.join("\t")}\n`);
}

async function timed<T>(what: string, work: () => Promise<T>): Promise<T | undefined> {
  const began = performance.now();
  try {
    const result = await work();
    say("took", what, Math.round((performance.now() - began) * 10) / 10);
    return result;
  } catch (error) {
    const { code = "", message = String(error) } = error as { code?: string; message?: string };
    say("failed", what, code, message.replaceAll(/\s/gu, " "));
    return undefined;
  }
}

async function work(name: string): Promise<void> {
  const random = seededRandom(Number(name) + 1);
  const namespace = `team${Number(name) % 4}`;
  const memories = new MemoryService({
    store: openPostgresMemories({ url }, Number(waitMs)),
    embedder: new HashEmbedder(),
    isScheduled: () => true,
  });
  say("open", name);
  await told;
  for (let round = 0; !isEnding; round += 1) {
    const text = `client ${name} keeps that round ${round} is number ${Math.floor(random() * 1e9)}`;
    const kept = await timed("remember", () => memories.remember(text, { namespace }));
    if (kept !== undefined) say("kept", kept.id, text);
    const asked = `round ${Math.floor(random() * (round + 1))} of client ${Math.floor(random() * 16)}`;
    const found = await timed("recall", () => memories.recall(asked, { k: 5, namespace }));
    for (const { memory } of found?.hits ?? []) {
      if (!memory.text.startsWith("client")) say("failed", "recall", "WRONG", memory.text);
    }
    say("round", name);
    if (kept === undefined || round % 5 !== 4) continue;
    say("going", kept.id);
    const gone = await timed("forget", () => memories.forget(kept.id, { hard: round % 2 === 0 }));
    if (gone !== undefined) say("gone", kept.id);
  }
  await memories.close();
}

await Promise.all(names.map(work));
