/* haypile open as a user runs it, with programs of the test in the place of the browser. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { World } from "../page/world.ts";
import { ask, codeOf, json } from "./asking.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const world = new World();
const bin = join(world.folder, "bin");
const told = join(world.folder, "told");

beforeAll(async () => {
  mkdirSync(bin);
  await world.start();
});

beforeEach(() => {
  for (const name of readdirSync(bin)) writeProgram(name, "exit 3");
  writeFileSync(told, "");
});

afterAll(async () => await world.end());

function writeProgram(name: string, lines: string): void {
  writeFileSync(join(bin, name), `#!/bin/sh\n${lines}\n`);
  chmodSync(join(bin, name), 0o755);
}

/** Writes down what it was told, and what is in the file that it names. */
const notes = `printf '%s\\n' "$#" "$@" > '${told}'`;

const onScreen = (path = bin): NodeJS.ProcessEnv => ({
  PATH: path,
  DISPLAY: ":9",
  WAYLAND_DISPLAY: "",
});

it("opens a private file that leads to the link, so that no command line has the code", async () => {
  writeProgram("xdg-open", notes);
  const ended = await world.cli(["open"], { env: onScreen() });
  expect([ended.code, ended.stderr]).toEqual([0, ""]);
  expect(ended.stdout).toContain("The browser opens the page.");
  const link = ended.stdout.trim().split("\n").at(-1) ?? "";
  const [count, target = ""] = readFileSync(told, "utf8").trim().split("\n");
  expect(count).toBe("1");
  expect(target).toMatch(/^file:\/\/\/.*\/run\/open-[\w-]{16}\.html$/u);
  expect(target).not.toContain(codeOf(link));
  const file = fileURLToPath(target);
  expect(readFileSync(file, "utf8")).toContain(`url=${link}"`);
  const body = JSON.stringify({ code: codeOf(link) });
  const port = Number(new URL(world.origin).port);
  const given = await ask(port, "/api/v1/session", { method: "POST", headers: json, body });
  expect(given.status).toBe(200);
  expect(existsSync(file)).toBe(false);
});

it("takes the next program where one fails, and waits for none that goes on", async () => {
  writeProgram("xdg-open", "exit 4");
  writeProgram("gio", notes);
  const second = await world.cli(["open"], { env: onScreen() });
  expect(second.stdout).toContain("The browser opens the page.");
  expect(readFileSync(told, "utf8")).toMatch(/^2\nopen\nfile:/u);
  writeProgram("xdg-open", "exec /bin/sleep 30");
  const ended = await world.cli(["open"], { env: onScreen(), input: "" });
  expect(ended.stdout).toContain("The browser opens the page.");
});

it("prints the link and says so where there is no browser, and that is no failure", async () => {
  writeProgram("xdg-open", "exit 3");
  writeProgram("gio", "exit 3");
  const without: NodeJS.ProcessEnv[] = [
    onScreen(),
    onScreen(join(world.folder, "nothing")),
    // A folder that is not absolute could be anybody's.
    onScreen("bin"),
    { ...onScreen(), DISPLAY: "" },
  ];
  const files = (): string[] =>
    readdirSync(join(world.data, "run")).filter((name) => name.startsWith("open-"));
  for (const [at, env] of without.entries()) {
    const before = files();
    const ended = await world.cli(["open"], { env });
    expect(ended.code).toBe(0);
    expect(ended.stdout).toContain("There is no browser to start here.");
    // Programs are there in the first case only.
    if (at > 0) expect(files()).toEqual(before);
    expect(ended.stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#code=[\w-]{22}$/mu);
  }
});

it("starts no browser with --print and --json, and writes no file", async () => {
  writeProgram("xdg-open", notes);
  const files = (): string[] =>
    readdirSync(join(world.data, "run")).filter((name) => name.startsWith("open-"));
  const before = files();
  const printed = await world.cli(["open", "--print"], { env: onScreen() });
  expect(printed.stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#code=[\w-]{22}\n$/u);
  const said = JSON.parse((await world.cli(["open", "--json"], { env: onScreen() })).stdout);
  expect(said).toEqual({ url: expect.stringContaining("#code="), seconds: 60 });
  expect(readFileSync(told, "utf8")).toBe("");
  expect(files()).toEqual(before);
});
