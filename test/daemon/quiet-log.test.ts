/* What the daemon's log says when clients come and go, as they all do: that they came, and nothing of how they went. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { readEnvironment } from "../../src/config/environment/env.ts";
import { connect } from "../../src/haypile/there.ts";
import { cli } from "../helpers/cli.ts";
import { place } from "./helpers.ts";

interface Line {
  level: string;
  event: string;
}

it("has one line for a client that had what it wanted", async () => {
  const at = place({ XDG_RUNTIME_DIR: "" });
  const environment = readEnvironment(at.env as Record<string, string | undefined>);
  const client = await connect({ environment, client: "test" });
  onTestFinished(() => client.close());
  for (let i = 0; i < 3; i += 1) {
    const said = await cli(["stats", "--json"], { data: at.folder, env: { XDG_RUNTIME_DIR: "" } });
    expect(said.code).toBe(0);
  }
  await expect.poll(async () => (await client.clients()).length).toBe(1);
  const lines = readFileSync(join(at.endpoint.logs, "daemon.log"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);
  expect(lines.map(({ event }) => event)).toEqual([
    "started",
    "client",
    "client",
    "client",
    "client",
  ]);
  expect(new Set(lines.map(({ level }) => level))).toEqual(new Set(["info"]));
});
