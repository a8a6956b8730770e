/* The shell blocks of docs/rest.md, run as they stand, one after the other, by one shell. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { codeTree } from "../../contract/haypile-contract.ts";
import { repository } from "../../helpers/model.ts";
import { restDaemon } from "./daemon.ts";

vi.setConfig({ testTimeout: 300_000 });

const hasCurl = spawnSync("curl", ["--version"]).status === 0;

it.skipIf(!hasCurl)("docs/rest.md says what works", async () => {
  const daemon = await restDaemon();
  const page = readFileSync(join(repository, "docs", "rest.md"), "utf8");
  const blocks = [...page.matchAll(/^```sh\n(.*?)^```$/gmsu)].map(([, text = ""]) => text);
  expect(blocks.length).toBeGreaterThan(4);
  let commands = 0;
  const script = blocks
    .join("\n")
    // These two are the machine's own.
    .replace(/^BASE=.*$/mu, `BASE=${daemon.base}`)
    .replace(/^TOKEN_FILE=.*$/mu, `TOKEN_FILE=${join(daemon.at.folder, "http-token")}`)
    .replace(/^haypile start.*$/mu, "")
    .replace(/^api (?=\S)(?!.*> )/gmu, () => `echo "== ${++commands}"; api `);
  const { status, stdout, stderr } = spawnSync("bash", ["-c", `set -euo pipefail\n${script}`], {
    cwd: codeTree(),
    encoding: "utf8",
    timeout: 200_000,
  });
  expect({ status, stderr, stdout }).toMatchObject({ status: 0, stderr: "" });
  const answers = stdout.split(/^== \d+\n/mu).slice(1);
  expect(answers).toHaveLength(commands);
  const events = answers.filter((answer) => answer.startsWith("retry:"));
  expect(events).toHaveLength(1);
  expect(events[0]).toMatch(/event: progress\n[\s\S]*event: result\n/u);
  const plain = answers.filter((answer) => !answer.startsWith("retry:"));
  const values = plain.map((answer) => JSON.parse(answer) as Record<string, unknown>);
  expect(values.some((value) => "hits" in value)).toBe(true);
  expect(values.some((value) => "confirm" in value)).toBe(true);
  expect(values.at(-1)).toMatchObject({ stored: 1, refusedCount: 0 });
});
