/*
 * Agents of bench/page/beside.ts, in a process of their own so that the browser's driver holds none of them up: each has a
 * connection to the daemon, and asks for memories with a pause between. "begin" on stdin begins to note times, "end" prints them.
 *
 *   node bench/page/agents.ts COUNT PAUSE_MS
 */
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { connect } from "../../src/haypile/there.ts";
import { things } from "./daemon.ts";

const [count = 10, pauseMs = 200] = process.argv.slice(2).map(Number);
let noted: number[] | undefined;
let isOver = false;

async function agent(number: number): Promise<void> {
  const client = await connect({ client: `agent ${number}` });
  // Not all at the same time.
  await wait((number * pauseMs) / count);
  for (let i = number; !isOver; i += 1) {
    const began = performance.now();
    // Another question each time: a vector has to be made.
    await client.memories.recall(
      `which ${things[i % things.length]} is behind door ${i * 13} of ${number}`,
    );
    noted?.push(performance.now() - began);
    await wait(pauseMs);
  }
  await client.close();
}

const agents = Array.from({ length: count }, (_, number) => agent(number));
for await (const line of createInterface({ input: process.stdin })) {
  if (line === "begin") noted = [];
  if (line === "end") {
    process.stdout.write(`${JSON.stringify(noted)}\n`);
    noted = undefined;
  }
}
isOver = true;
await Promise.all(agents);
