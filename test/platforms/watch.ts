/* Changes of files are seen: new ones, in new folders, replaced and deleted ones; and the watching ends. */
import assert from "node:assert/strict";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { realPathSync } from "../../src/base/paths/real-path.ts";
import { watchFolder } from "../../src/indexing/watching/watch.ts";
import { report, scratch, writeFiles } from "./harness.ts";

async function seen(polling: boolean): Promise<string> {
  const root = realPathSync(scratch("watch"));
  writeFiles(root, { "src/a.ts": "1\n", "old/b.ts": "2\n" });
  const stop = new AbortController();
  const notes: string[] = [];
  let runs = 0;
  let ready = (): void => undefined;
  const isReady = new Promise<void>((done) => {
    ready = done;
  });
  const watching = watchFolder({
    root,
    polling,
    signal: stop.signal,
    run: async () => {
      runs += 1;
    },
    onReady: ready,
    onNote: (text) => notes.push(text),
  });
  await isReady;
  const changes: Record<string, () => void> = {
    "a change": () => writeFileSync(join(root, "src", "a.ts"), "one\n"),
    "a new folder with a file": () => writeFiles(root, { "new/deep/c.ts": "3\n" }),
    "a file replaced": () => {
      writeFileSync(join(root, "tmp"), "replaced\n");
      renameSync(join(root, "tmp"), join(root, "src", "a.ts"));
    },
    "a folder deleted": () => rmSync(join(root, "old"), { recursive: true }),
  };
  try {
    for (const [what, change] of Object.entries(changes)) {
      const before = runs;
      change();
      for (let i = 0; i < 100 && runs === before; i++) await wait(100);
      assert.ok(runs > before, `${what} was not seen`);
      await wait(200);
    }
  } finally {
    stop.abort();
    await watching;
  }
  return `${runs} runs; ${notes.join("; ")}`;
}

await report({
  "changes are seen by what the system tells": async () => await seen(false),
  "and by looking, where it tells nothing": async () => await seen(true),
});
