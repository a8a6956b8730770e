/* Fills memories for the benches of a team's store: the same texts, tags and vectors in a file and on a server. */
import type { MemoryService } from "../../src/memories/service.ts";
import { say } from "../common.ts";
import { textMaker } from "../memories/texts.ts";
import { namespaceOf, tagOf } from "./parts.ts";

const perCall = 1_000;
const kinds = ["note", "fact", "decision", "event"] as const;

export async function fill(
  memories: MemoryService,
  count: number,
  what: string,
): Promise<{ ms: number; cpuMs: number }> {
  const next = textMaker(7);
  const began = performance.now();
  const cpu = process.cpuUsage();
  for (let at = 0; at < count; at += perCall) {
    await memories.rememberMany(
      Array.from({ length: Math.min(perCall, count - at) }, (_, i) => ({
        text: next(),
        onDuplicate: "keep" as const,
        tags: tagOf(at + i),
        kind: kinds[(at + i) % 4] as (typeof kinds)[number],
        namespace: namespaceOf(at + i),
      })),
    );
    if (at % 10_000 === 0)
      say(`${what}: ${at} after ${Math.round((performance.now() - began) / 1_000)} s`);
  }
  await memories.settled();
  const { user, system } = process.cpuUsage(cpu);
  return { ms: Math.round(performance.now() - began), cpuMs: Math.round((user + system) / 1_000) };
}
