import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { HaypileError } from "../../../src/base/errors.ts";
import { whenFree } from "../../../src/memories/writing/when-free.ts";
import { tempFolder } from "../../helpers/temp-tree.ts";

const stillMs = 200;
const busy = (path: string): HaypileError =>
  new HaypileError("HAYPILE_DB_BUSY", "another process has it", { data: { path } });

/** A database whose log there is, and nothing else. */
function logged(): { path: string; log: string } {
  const path = join(tempFolder(), "memories.db");
  writeFileSync(`${path}-wal`, "");
  return { path, log: `${path}-wal` };
}

it("waits for its turn as long as others write", async () => {
  const { path, log } = logged();
  const began = performance.now();
  let tries = 0;
  const write = (): string => {
    tries += 1;
    // Another process has its turn between any two tries.
    appendFileSync(log, "frame");
    if (performance.now() - began < 5 * stillMs) throw busy(path);
    return "done";
  };
  expect(await whenFree(write, stillMs)).toBe("done");
  expect(tries).toBeGreaterThan(1);
});

it("gives up when whoever holds the database stands still, and at once for any other error", async () => {
  const { path } = logged();
  let tries = 0;
  const held = whenFree(() => {
    tries += 1;
    throw busy(path);
  }, stillMs);
  await expect(held).rejects.toMatchObject({ code: "HAYPILE_DB_BUSY" });
  expect(tries).toBeGreaterThan(1);
  const other = whenFree(() => {
    throw new HaypileError("HAYPILE_DISK_FULL", "full");
  }, stillMs);
  await expect(other).rejects.toMatchObject({ code: "HAYPILE_DISK_FULL" });
});
