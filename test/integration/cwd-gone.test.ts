/* A current folder that was deleted under a shell: every command that needs it says so, and what to do. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { cli } from "../helpers/cli.ts";

const data = mkdtempSync(join(tmpdir(), "haypile-cwd-"));
afterAll(() => rmSync(data, { recursive: true, force: true }));

// Windows keeps a folder that a process is in.
it
  .skipIf(process.platform === "win32")
  .each([
    [["plan", "--files", "10"]],
    [["migrate", "--down"]],
    [["models", "quantise", "model"]],
  ] as const)("%j", async ([...args]) => {
  const gone = `${join(data, "gone")}-${args[0]}`;
  const before = [
    "sh",
    "-c",
    `mkdir "${gone}" && cd "${gone}" && rmdir "${gone}" && exec "$@"`,
    "sh",
  ];
  const { code, stdout, stderr } = await cli(args, { data, before });
  expect(stderr).toMatch(/^haypile: Expected a current folder, .* Go to another \(cd\)/);
  expect(stderr).toContain("[HAYPILE_PATH_MISSING]");
  expect([code, stdout]).toEqual([3, ""]);
});
