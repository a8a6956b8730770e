import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { makeFolder } from "../../helpers/sqlite-files.ts";

const made = makeFolder();
afterAll(made.remove);

it("a full disk is named, loses no memory that was acknowledged, and is over once there is room", (context) => {
  const folder = join(made.folder, "small-disk");
  mkdirSync(folder);
  try {
    execFileSync("unshare", ["-rm", "true"], { stdio: "ignore" });
  } catch {
    return context.skip("unshare with a mount of its own is not allowed here");
  }
  const script = join(import.meta.dirname, "..", "..", "concurrency", "memories-disk-filler.ts");
  const commands = 'mount -t tmpfs -o size=4m none "$1" && exec "$2" --no-warnings "$3" "$1"';
  const output = execFileSync(
    "unshare",
    ["-rm", "sh", "-c", commands, "sh", folder, process.execPath, script],
    { encoding: "utf8" },
  );
  const report = JSON.parse(output) as Record<string, unknown>;
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
