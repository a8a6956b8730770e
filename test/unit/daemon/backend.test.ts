import { describe, expect, it } from "vitest";
import { type Backend, keptEngine, openedWhenNeeded } from "../../../src/daemon/backend.ts";
import { Lanes } from "../../../src/daemon/lanes.ts";
import type { Engine } from "../../../src/engine/engine.ts";
import { open } from "../../../src/engine/open.ts";
import type { Memories } from "../../../src/ports/memories.ts";
import { tempFolder, writeTree } from "../../helpers/temp-tree.ts";

/** A backend that closes its engine after every use, as a home with too many of them would. */
function forgetful(database: string): Backend & { opened: number } {
  const backend = {
    opened: 0,
    withEngine: async <T>(folder: string, run: (engine: Engine) => Promise<T> | T): Promise<T> => {
      backend.opened += 1;
      const engine = await open({ folder, database });
      try {
        return await run(engine);
      } finally {
        await engine.close();
      }
    },
    engines: () => [],
    memories: {} as Memories,
  };
  return backend;
}

describe("an engine that is kept", () => {
  it("works after it was closed, and its long calls stand in their lanes", async () => {
    const folder = tempFolder();
    writeTree(folder, { "a.md": "# The lamp\n\nIt is lit at dusk.\n" });
    const backend = forgetful(`${tempFolder()}/index.db`);
    const lanes = new Lanes();
    const engine = await keptEngine(backend, lanes, "test", folder);
    expect(engine.root).toBe(folder);
    expect((await engine.index({ fillIn: "off" })).files.new).toBe(1);
    expect((await engine.search("lamp", { fillIn: "off" })).hits).toHaveLength(1);
    expect(backend.opened).toBe(3);
    expect(lanes.counts().background.done).toBe(1);
    expect(lanes.counts().interactive.done).toBe(1);
  });
});

describe("a backend that is opened when needed", () => {
  it("is not opened before a call, and its memories are those of the opened one", async () => {
    let opened: Backend | undefined;
    const lazy = openedWhenNeeded(
      async () => {
        opened ??= {
          ...forgetful(""),
          memories: {
            get: async (id: string) => ({ id }),
            export: async function* () {
              yield* ["a", "b"];
            },
          } as unknown as Memories,
        };
        return opened;
      },
      () => opened,
    );
    expect(lazy.engines()).toEqual([]);
    const { memories } = lazy;
    expect(opened).toBeUndefined();
    expect(await memories.get("m")).toEqual({ id: "m" });
    const lines: string[] = [];
    for await (const line of memories.export()) lines.push(line);
    expect(lines).toEqual(["a", "b"]);
    expect(await memories).toBe(memories);
  });
});
