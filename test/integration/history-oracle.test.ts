/* Histories of functions in a made-up repository, against what its script knows (helpers/scripted-history.ts). */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import { open } from "../../src/engine/open.ts";
import { scriptHistory } from "../helpers/scripted-history.ts";
import { tempFolder } from "../helpers/temp-tree.ts";

vi.setConfig({ testTimeout: 240_000 });

/** HAYPILE_HISTORY_SEEDS=20 tries so many. */
const seeds = Number(process.env.HAYPILE_HISTORY_SEEDS ?? 2);

async function historyOf(engine: Engine, target: string, limit: number) {
  const found: { commit: string | undefined; change: string }[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await engine.history(target, { limit, cursor, diffLines: 2 });
    found.push(...page.entries.map(({ commit, change }) => ({ commit, change })));
    cursor = page.nextCursor;
    if (cursor === undefined) return found;
  }
}

it.each(Array.from({ length: seeds }, (_, at) => at + 1))(
  "names every commit that changed a function, and no other (seed %i)",
  async (seed) => {
    const folder = tempFolder();
    const { functions, commits, operations } = scriptHistory(folder, seed, 110);
    const count = execFileSync("git", ["rev-list", "--count", "HEAD"], { cwd: folder });
    expect(Number(count)).toBeGreaterThan(80);
    expect(operations).toBeGreaterThan(120);
    const engine = await open({
      folder,
      database: join(tempFolder(), "i.db"),
      embeddingCache: false,
    });
    try {
      await engine.index({ fillIn: "off" });
      let events = 0;
      for (const [at, { path, name, events: right }] of functions.entries()) {
        const target = at % 3 === 0 ? name : `${path}#${name}`;
        const found = await historyOf(engine, target, at % 2 === 0 ? 1000 : 4);
        const wanted = right.map(({ mark, change }) => ({ commit: commits[mark], change }));
        const numbered = (list: typeof found) =>
          list.map(({ commit, change }) => `${commits.indexOf(commit ?? "")} ${change}`);
        expect(numbered(found), `${target} of seed ${seed}`).toEqual(numbered(wanted));
        events += right.length;
      }
      expect(events).toBeGreaterThan(60);
    } finally {
      await engine.close();
    }
  },
);
