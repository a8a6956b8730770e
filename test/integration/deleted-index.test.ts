/* An engine whose index is deleted and made anew by others: it went on with a file that nobody else could see. */
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { open } from "../../src/index.ts";
import { tempFolder, writeTree } from "../helpers/temp-tree.ts";

// On a machine where other work runs, processes take their time.
vi.setConfig({ testTimeout: 300_000 });

it("notices, says that there is no index, and sees the next one", async () => {
  const scratch = tempFolder();
  const folder = join(scratch, "tree");
  const database = join(scratch, "index.db");
  writeTree(folder, { "one.ts": "export function firstThing() {}\n" });
  const engine = await open({ folder, database });
  await engine.index({ fillIn: "off" });
  const other = await open({ folder, database });

  // What is under way ends in order, on the file it began with.
  const underWay = engine.search("first thing", { fillIn: "off" });
  await other.reset();
  expect((await underWay).hits.map(({ path }) => path)).toEqual(["one.ts"]);

  const code = "HAYPILE_NOT_INDEXED";
  await expect(engine.search("first thing")).rejects.toMatchObject({ code });
  expect(() => engine.findSymbol("firstThing")).toThrow(expect.objectContaining({ code }));
  expect(() => engine.status()).toThrow(expect.objectContaining({ code }));
  expect(engine.hasIndex).toBe(false);

  writeTree(folder, { "two.ts": "export function secondThing() {}\n" });
  const third = await open({ folder, database });
  await third.index({ fillIn: "off" });
  await third.close();
  expect(engine.findSymbol("secondThing")).toHaveLength(1);
  expect(engine.status().index.files).toBe(2);
  // A ranking of the index before is no answer of this one.
  const { hits, fromCache } = await engine.search("first thing", { fillIn: "off" });
  expect(fromCache).toBeUndefined();
  expect(hits.map(({ path }) => path)).toContain("one.ts");

  await engine.close();
  await engine.reset().then(
    () => expect.unreachable(),
    (error) => expect(error.code).toBe("HAYPILE_CLOSED"),
  );
});
