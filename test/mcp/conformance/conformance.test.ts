/*
 * The official conformance suite (pinned in package.json) and the inspector's strict mode. The suite scores
 * most scenarios by fixtures it looks for by name: these stand behind the same listener as ours, and every
 * scored one must pass. Our own server must pass all that need no fixture. The suite speaks HTTP only and
 * cannot send a token.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createGuardedListener } from "../../../src/mcp/http/http.ts";
import { type TestHome, testHome } from "../../helpers/mcp.ts";
import { listen } from "../../helpers/mcp-clients.ts";
import { repository } from "../../helpers/model.ts";
import { fixtureHandler } from "./fixture-server.ts";

const modules = join(repository, "node_modules", "@modelcontextprotocol");

/** Run by the suite but never scored, with the reason why ours does not have it. */
const unscored: Readonly<Record<string, string>> = {
  "tasks-lifecycle": "tasks are an extension; long work here is a job that is polled",
  "tasks-capability-negotiation": "the same",
  "tasks-wire-fields": "the same",
  "tasks-request-state-removal": "the same",
  "tasks-mrtr-input": "the same",
  "tasks-request-headers": "the same",
  "tasks-dispatch-and-envelope": "the same",
  "tasks-required-task-error": "the same",
  "tasks-mrtr-composition": "the same",
  "json-schema-2020-12":
    "pending in the suite; wants a tool with composed schemas, which hosts flatten",
  "http-custom-header-server-validation":
    "pending in the suite; wants tools with header parameters",
};

/** Six processes at once, on a machine that may be busy. */
const limit = { timeout: 180_000 };

interface Ended {
  code: number;
  output: string;
}

function run(script: string, args: string[], cwd: string): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { cwd, maxBuffer: 2 ** 26, env: { ...process.env, NO_COLOR: "1" } };
    execFile(
      process.execPath,
      ["--no-warnings", script, ...args],
      options,
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
        resolve({ code, output: `${stdout}\n${stderr}` });
      },
    );
  });
}

const conformance = (args: string[]) =>
  run(join(modules, "conformance", "dist", "index.js"), args, folder);

/** The verdicts of the summary, by scenario. */
function verdicts(output: string): Record<string, boolean> {
  const summary = output.slice(output.indexOf("=== SUMMARY ==="));
  const lines = [...summary.matchAll(/^([✓✗]) ([\w-]+): \d+ passed/gmu)];
  return Object.fromEntries(lines.map(([, sign, name]) => [name, sign === "✓"]));
}

let folder: string;
let home: TestHome;
let fixture: Server;
let fixtureUrl: string;
let own: Awaited<ReturnType<typeof listen>>;

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "haypile-conformance-")));
  fixture = createGuardedListener(fixtureHandler());
  await new Promise<void>((resolve) => fixture.listen(0, "127.0.0.1", resolve));
  fixtureUrl = `http://127.0.0.1:${(fixture.address() as AddressInfo).port}/mcp`;
  home = await testHome(folder);
  own = await listen(home, {});
});

afterAll(async () => {
  fixture.close();
  fixture.closeAllConnections();
  await own.close();
  await home.close();
  rmSync(folder, { recursive: true, force: true });
});

describe.concurrent("behind our listener, with the suite's fixtures", () => {
  for (const [revision, scored] of [
    ["2025-11-25", 30],
    ["2026-07-28", 37],
  ] as const) {
    it(`passes all ${scored} scenarios of ${revision}`, limit, async () => {
      const { output } = await conformance([
        "server",
        "--url",
        fixtureUrl,
        "--requirements",
        revision,
        "-o",
        join(folder, revision),
      ]);
      const all = verdicts(output);
      const failed = Object.keys(all).filter((name) => all[name] === false);
      expect(failed.filter((name) => unscored[name] === undefined)).toEqual([]);
      const passed = Object.keys(all).filter(
        (name) => all[name] === true && unscored[name] === undefined,
      );
      expect(passed.length).toBeGreaterThanOrEqual(scored);
    });
  }
});

const ownScenarios = {
  "2026-07-28": [
    "tools-list",
    "resources-list",
    "prompts-list",
    "caching",
    "http-header-validation",
    "sep-2164-resource-not-found",
    "dns-rebinding-protection",
    "server-sse-multiple-streams",
  ],
  "2025-11-25": [
    "server-initialize",
    "ping",
    "tools-list",
    "resources-list",
    "prompts-list",
    "dns-rebinding-protection",
    "server-session-lifecycle",
  ],
};

describe.concurrent("our own server", () => {
  for (const [revision, scenarios] of Object.entries(ownScenarios)) {
    it(`passes the scenarios of ${revision} that need no fixture`, limit, async () => {
      const into = join(folder, `own-${revision}`);
      const args = ["server", "--url", own.url, "--requirements", revision, "-o", into];
      const all = verdicts((await conformance(args)).output);
      const wanted = Object.fromEntries(scenarios.map((name) => [name, true]));
      expect(all).toMatchObject(wanted);
    });
  }
});

describe.concurrent("the inspector in strict mode", () => {
  const inspector = (args: string[]) =>
    run(join(modules, "inspector", "clients", "launcher", "build", "index.js"), args, folder);

  for (const era of ["legacy", "modern"]) {
    it(`takes the list of tools over HTTP and stdio, ${era}`, limit, async () => {
      const child = join(repository, "test", "mcp", "server-child.ts");
      const wanted = [
        "--protocol-era",
        era,
        "--method",
        "tools/list",
        "--strict",
        "--format",
        "json",
        "-q",
      ];
      for (const target of [
        [own.url, "--transport", "http"],
        [process.execPath, "--no-warnings", child, folder, folder],
      ]) {
        const { code, output } = await inspector(["--cli", ...target, ...wanted]);
        expect({ code, output: code === 0 ? "" : output }).toEqual({ code: 0, output: "" });
        expect(output).toContain('"find_code"');
      }
    });
  }
});
