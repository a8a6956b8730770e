/* A data folder on a disk without room: a daemon that cannot begin there says why, though it cannot write its log. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { repository } from "../helpers/model.ts";

const scratch = mkdtempSync(join(tmpdir(), "haypile-full-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

// A mount of one's own is not allowed everywhere.
const mayMount = spawnSync("unshare", ["-rm", "true"]).status === 0;

describe.skipIf(!mayMount)("a full disk", () => {
  it("is what is said when the daemon cannot start for it", { timeout: 120_000 }, () => {
    const data = join(scratch, "data");
    mkdirSync(data);
    const commands = [
      'mount -t tmpfs -o size=2m,mode=0700 none "$1"',
      '"$2" "$3" start && "$2" "$3" stop',
      'cat /dev/zero > "$1/filler" 2>/dev/null',
      'exec "$2" "$3" start',
    ];
    const ended = spawnSync(
      "unshare",
      [
        ...["-rm", "sh", "-c", commands.join("\n"), "sh"],
        ...[data, process.execPath, join(repository, "bin", "haypile.cjs")],
      ],
      {
        encoding: "utf8",
        env: {
          ...process.env,
          HOME: scratch,
          HAYPILE_DATA_DIR: data,
          HAYPILE_CACHE_DIR: join(scratch, "cache"),
          HAYPILE_PAGE_PORT: "0",
        },
      },
    );
    expect(ended.stderr).toContain("is full");
    expect(ended.stderr).toContain("[HAYPILE_DISK_FULL]");
    expect(ended.status).toBe(7);
  });
});
