/* Which project file counts for a folder. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readEnvironment } from "../../../src/config/environment/env.ts";
import { findProjectFile, requireProjectFile } from "../../../src/config/load.ts";

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
