import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { onSmallDisk } from "../../helpers/small-disk.ts";
import { makeFolder } from "../../helpers/sqlite-files.ts";

const made = makeFolder();
afterAll(made.remove);

it("a full disk is named, loses no memory that was acknowledged, and is over once there is room", (context) => {
  const folder = join(made.folder, "small-disk");
  const script = join(import.meta.dirname, "..", "..", "concurrency", "memories-disk-filler.ts");
  const report = onSmallDisk(folder, script);
  if (report === undefined) {
    return context.skip("unshare with a mount of its own is not allowed here");
  }
  expect(report).toMatchObject({
    full: "HAYPILE_DISK_FULL",
    allThere: true,
    found: 5,
    after: "none",
    lost: 0,
    integrity: "ok",
  });
  expect(report.kept).toBeGreaterThan(5);
}, 60_000);
