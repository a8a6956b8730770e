/*
 * Limits of a control group. What is read is tested in a mount namespace of our own, where the files of a
 * group say what the test wants; a kernel that enforces it, where HAYPILE_TEST_CGROUP names a folder of the
 * group file system in which a test may make a group (CI: one delegated by systemd-run --property=Delegate=yes).
 * Tests make none unasked: the groups of a machine belong to whoever runs it.
 */
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import "../helpers/as-installed.ts";
import { kill, until } from "../daemon/helpers.ts";
import { cli, type Ended } from "../helpers/cli.ts";
import { repository, sanitized } from "../helpers/model.ts";

let folder: string;
let data: string;
const isHere = !sanitized && process.platform === "linux";
const canUnshare = isHere && spawnSync("unshare", ["-m", "true"]).status === 0;
const parent = process.env.HAYPILE_TEST_CGROUP;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "haypile-group-tree-"));
  data = mkdtempSync(join(tmpdir(), "haypile-group-data-"));
  for (let i = 0; i < 6; i += 1) {
    writeFileSync(join(folder, `part${i}.py`), `def price_${i}(order):\n    return ${i}\n`);
  }
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  rmSync(data, { recursive: true, force: true });
});

const index = ["index", "--no-embedding-cache", "--json", "--max-memory", "500MB"];

/** Files of both versions: the one that the machine has is read. */
function told(limitBytes: number, usedBytes: number): string[] {
  const script = [
    "mount -t tmpfs none /sys/fs/cgroup && mkdir /sys/fs/cgroup/memory",
    `for at in /sys/fs/cgroup /sys/fs/cgroup/memory; do`,
    `echo ${limitBytes} > $at/memory.max; echo ${limitBytes} > $at/memory.limit_in_bytes`,
    `echo ${usedBytes} > $at/memory.current; echo ${usedBytes} > $at/memory.usage_in_bytes`,
    'done; exec "$@"',
  ];
  return ["unshare", "-m", "sh", "-c", script.join("\n"), "sh"];
}

describe.skipIf(!canUnshare)("a group that says less than --max-memory", () => {
  test("its limit is kept, and a line says so", async () => {
    const run = await cli([...index, folder], { data, before: told(300e6, 50e6) });
    expect(run.code, run.stderr).toBe(0);
    expect(run.stderr).toContain("the control group allows 300.0 MB");
    expect(JSON.parse(run.stdout).memory.peakRssBytes).toBeLessThanOrEqual(300e6);
  });

  test("too low for the model: refused with the smallest value", async () => {
    const run = await cli([...index, folder], { data, before: told(60e6, 20e6) });
    expect(run.code, run.stderr).toBe(7);
    expect(run.stderr).toContain("HAYPILE_MEMORY_LIMIT");
    expect(run.stderr).toContain("got 60.0 MB");
  });

  test("its limit is lowered while we run: seen half a second later", () => {
    const gauge = JSON.stringify(join(repository, "src", "governor", "gauge.ts"));
    const script = `
      const { writeFileSync } = await import("node:fs");
      const { ProcessGauge } = await import(${gauge});
      const gauge = new ProcessGauge({ children: () => [], groupLimitBytes: 300e6 });
      const before = gauge.read().freeBytes;
      for (const at of ["/sys/fs/cgroup", "/sys/fs/cgroup/memory"]) {
        writeFileSync(at + "/memory.max", "120000000");
        writeFileSync(at + "/memory.limit_in_bytes", "120000000");
      }
      await new Promise((resolve) => setTimeout(resolve, 600));
      console.log(JSON.stringify([before, gauge.read().freeBytes]));`;
    const [command = "", ...args] = told(300e6, 50e6);
    const node = [process.execPath, "--no-warnings", "--input-type=module", "-e", script];
    const run = spawnSync(command, [...args, ...node], { encoding: "utf8" });
    expect(run.stderr).toBe("");
    expect(JSON.parse(run.stdout)).toEqual([250e6, 70e6]);
  });

  test("one that others have filled: new loads are refused with a code, nothing hangs", async () => {
    const database = ["--db", join(data, "full.db")];
    const run = await cli([...index, ...database, folder], { data, before: told(300e6, 299e6) });
    expect(run.code, run.stderr).toBe(7);
    const { error } = JSON.parse(run.stderr.trim().split("\n").at(-1) as string);
    expect(["HAYPILE_OVERLOADED", "HAYPILE_MEMORY_LIMIT"]).toContain(error.code);
  });
});

/** Runs with a group of so many bytes, in which the kernel may kill nobody. @param before puts a command into it */
async function inGroup(bytes: number, run: (before: string[]) => Promise<void>): Promise<void> {
  const group = join(parent as string, `haypile-test-${process.pid}`);
  mkdirSync(group);
  try {
    const isNew = existsSync(join(group, "memory.max"));
    writeFileSync(join(group, isNew ? "memory.max" : "memory.limit_in_bytes"), String(bytes));
    await run(["sh", "-c", `echo $$ > ${group}/cgroup.procs && exec "$@"`, "sh"]);
    const events = readFileSync(
      join(group, isNew ? "memory.events" : "memory.oom_control"),
      "utf8",
    );
    expect(events).toMatch(/^oom_kill 0$/m);
  } finally {
    const inside = (): number[] =>
      readFileSync(join(group, "cgroup.procs"), "utf8").split("\n").filter(Boolean).map(Number);
    for (const pid of inside()) kill(pid);
    await until(() => inside().length === 0);
    rmdirSync(group);
  }
}

describe.skipIf(!isHere || parent === undefined)(
  "a group that the kernel enforces (only where HAYPILE_TEST_CGROUP names a folder for one)",
  () => {
    test("256 MB: the index is made, and nobody is killed", async () => {
      await inGroup(256e6, async (before) => {
        const own = ["--db", join(data, "real.db")];
        const run = await cli([...index, ...own, folder], { data, before });
        expect(run.code, run.stderr).toBe(0);
        expect(run.stderr).toContain("the control group allows 256.0 MB");
      });
    });

    test("192 MB: a daemon and five searches at once, three times, and nobody is killed", async () => {
      await inGroup(192e6, async (before) => {
        const run = async (args: string[]): Promise<Ended> => {
          const ended = await cli(args, { data, before, env: { XDG_RUNTIME_DIR: "" } });
          expect(ended.code, `${ended.signal} ${ended.stderr}`).toBe(0);
          expect(ended.stderr).not.toContain("in this process");
          return ended;
        };
        const { pid } = JSON.parse((await run(["start", "--json"])).stdout) as { pid: number };
        await run(["index", folder, "--quiet"]);
        for (const round of [1, 2, 3]) {
          const search = (n: number): string[] => [
            "search",
            `what is the price of order ${n} of ${round}`,
            "--path",
            folder,
          ];
          await Promise.all([1, 2, 3, 4, 5].map((n) => run(search(n))));
        }
        const stopped = await run(["stop"]);
        expect(stopped.stdout).toContain(`process ${pid}`);
      });
    });
  },
);
