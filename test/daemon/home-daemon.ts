/*
 * The daemon with real engines, and a handful of memories in memory: what the rpc face carries is under test, the
 * memory service has tests of its own.
 */

import { HaypileError } from "../../src/base/errors.ts";
import { readEnvironment } from "../../src/config/environment/env.ts";
import { serveMcp } from "../../src/daemon/mcp-face.ts";
import { startDaemonProcess } from "../../src/daemon/process.ts";
import { openHere } from "../../src/haypile/here.ts";
import type { CodeIndex } from "../../src/ports/haypile.ts";
import type { Memories, Memory } from "../../src/ports/memories.ts";

/** Ends at once when its client was gone before the call began. */
async function untilAborted(signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted === true) return;
  await new Promise((resolve) => signal?.addEventListener("abort", resolve, { once: true }));
}

const texts: string[] = [];
const memories = {
  remember: async (text: string) => {
    texts.push(text);
    return { id: `m${texts.length}`, status: "stored", similar: [] };
  },
  recall: async (query: string, { signal }: { signal?: AbortSignal } = {}) => {
    if (query === "for ever") {
      await untilAborted(signal);
      throw new HaypileError("HAYPILE_ABORTED", "The call was stopped.");
    }
    if (query === "too much") {
      throw new HaypileError("HAYPILE_OVERLOADED", "There is no room.", { data: { bytes: 1 } });
    }
    return { hits: texts.filter((text) => text.includes(query)), searched: texts.length };
  },
  get: async (id: string, options?: object) => ({ id, options }) as unknown as Memory,
  export: async function* () {
    yield* texts;
  },
  openImport: async () => {
    let stored = 0;
    const refused: { line: number; reason: string }[] = [];
    let line = 0;
    return {
      push: async (lines: readonly string[]) => {
        for (const text of lines) {
          line += 1;
          if (text === "bad") refused.push({ line, reason: "bad" });
          else stored += texts.push(text) > 0 ? 1 : 0;
        }
      },
      end: async () => ({ stored, merged: 0, refused, refusedCount: refused.length }),
    };
  },
} as unknown as Memories;

const here = openHere();

/** One search has no end but its signal. */
function code(...args: Parameters<typeof here.code>): CodeIndex {
  const index = here.code(...args);
  const search: CodeIndex["search"] = async (query, options) => {
    if (query !== "for ever") return await index.search(query, options);
    await untilAborted(options?.signal);
    throw new HaypileError("HAYPILE_ABORTED", "The search was stopped.");
  };
  return { ...index, search };
}

const running = await startDaemonProcess({
  environment: readEnvironment(),
  version: "0.1.0",
  haypile: {
    ...here,
    code,
    get engineCount() {
      return here.engineCount;
    },
    memories,
  },
  mcp: serveMcp,
  idleMs: 600_000,
  mostClients: 100,
});
await running?.ended;
process.exit(0);
