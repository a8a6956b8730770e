/* An index of our own storage folder with the static model, and copies of it to do things to. */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { type Engine, open } from "../../src/index.ts";
import { repository } from "./model.ts";

export interface IndexedSources {
  scratch: string;
  tree: string;
  original: string;
  /** An engine over a copy of the index. */
  withIndex<T>(use: (engine: Engine, path: string) => Promise<T>): Promise<T>;
}

/** Made before the tests of a file, and removed after them. */
export function indexedSources(name: string): IndexedSources {
  const scratch = mkdtempSync(join(tmpdir(), `haypile-${name}-`));
  const tree = join(scratch, "tree");
  const original = join(scratch, "index.db");
  let copies = 0;
  beforeAll(async () => {
    cpSync(join(repository, "src", "storage"), tree, { recursive: true });
    const engine = await open({ folder: tree, database: original, model: "static" });
    await engine.index();
    await engine.close();
  });
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));
  return {
    scratch,
    tree,
    original,
    withIndex: async (use) => {
      copies += 1;
      const path = join(scratch, `copy${copies}.db`);
      cpSync(original, path);
      const engine = await open({ folder: tree, database: path });
      try {
        return await use(engine, path);
      } finally {
        await engine.close();
      }
    },
  };
}
