/* Which project file counts for a folder. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readEnvironment } from "../../../src/config/environment/env.ts";
import {
  findProjectFile,
  loadConfiguration,
  requireProjectFile,
} from "../../../src/config/load.ts";
import { readHostFacts } from "../../../src/host/read-facts.ts";

let scratch: string;
beforeEach(() => {
  scratch = realpathSync(mkdtempSync(join(tmpdir(), "haypile-load-")));
  mkdirSync(join(scratch, "clone", "src"), { recursive: true });
});
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

const environment = () => readEnvironment({ HAYPILE_CONFIG_DIR: join(scratch, "config") });
const find = (folder: string) => findProjectFile(join(scratch, folder), environment());

it("is the nearest at or above it, up to the root of a repository", () => {
  writeFileSync(join(scratch, "haypile.toml"), "");
  expect(find("clone/src")).toBe(join(scratch, "haypile.toml"));
  mkdirSync(join(scratch, "clone", ".git"));
  expect(find("clone/src")).toBeUndefined();
  expect(() => requireProjectFile(join(scratch, "clone"), environment())).toThrow(/config init/);
  writeFileSync(join(scratch, "clone", "haypile.toml"), "");
  expect(find("clone/src")).toBe(join(scratch, "clone", "haypile.toml"));
});

it("is named by its real folder, so that trust holds under every name of it", () => {
  writeFileSync(join(scratch, "clone", "haypile.toml"), "");
  symlinkSync(join(scratch, "clone"), join(scratch, "link"));
  expect(find("link")).toBe(join(scratch, "clone", "haypile.toml"));
});

it("is not the user's own file", () => {
  mkdirSync(join(scratch, "config", ".git"), { recursive: true });
  writeFileSync(join(scratch, "config", "haypile.toml"), "");
  expect(find("config")).toBeUndefined();
});

it("sizes of marks give way to a lower limit that came later, and no clone breaks a configuration so", () => {
  mkdirSync(join(scratch, "config"));
  const own = (text: string): void => writeFileSync(join(scratch, "config", "haypile.toml"), text);
  const load = (said: ReadonlyMap<"memory.max", unknown> = new Map()) =>
    loadConfiguration({
      folder: join(scratch, "clone"),
      environment: environment(),
      said,
      facts: readHostFacts(),
      disk: undefined,
    }).settings;
  own('[memory]\nmax = "500MB"\ncritical = "450MB"\n');
  expect(load()["memory.critical"]).toMatchObject({ value: "450MB", origin: "user file" });
  // By a flag, and by the file of a clone, which may narrow the limit.
  const byFlag = load(new Map([["memory.max", "300MB"]]));
  expect(byFlag["memory.critical"]).toMatchObject({ value: "94%", origin: "default" });
  writeFileSync(join(scratch, "clone", "haypile.toml"), '[memory]\nmax = "200MB"\n');
  const byClone = load();
  expect(byClone["memory.max"]).toMatchObject({ value: 200e6, origin: "project file" });
  expect(byClone["memory.critical"]).toMatchObject({ value: "94%", origin: "default" });
  // Said together, they are a mistake.
  own('[memory]\nmax = "500MB"\ncritical = "550MB"\n');
  rmSync(join(scratch, "clone", "haypile.toml"));
  expect(() => load()).toThrow(/memory\.critical to be at most memory\.max/);
  own('[memory]\nwarning = "95%"\n');
  expect(() => load()).toThrow(/memory\.warning below memory\.critical/);
});
