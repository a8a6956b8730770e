/* A command goes through the daemon only where both work with the same settings. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readEnvironment } from "../../../../src/config/environment/env.ts";
import { differing, givenTo } from "../../../../src/config/environment/given.ts";

const folder = mkdtempSync(join(tmpdir(), "haypile-given-"));
const usual = { HOME: folder, HAYPILE_CONFIG_DIR: join(folder, "config") };

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function differ(here: Record<string, string>, there: Record<string, string> = {}): string[] {
  const given = (variables: Record<string, string>) =>
    givenTo(readEnvironment({ ...usual, ...variables }, "linux"));
  return differing(given(here), given(there));
}

describe("two processes differ", () => {
  it("by an option or a folder that the first was given, and by nothing that is left to the second", () => {
    expect(differ({ HAYPILE_MODEL: "a" }, { HAYPILE_MODEL: "b" })).toEqual(["HAYPILE_MODEL"]);
    expect(differ({ HAYPILE_MODEL: "a" })).toEqual(["HAYPILE_MODEL"]);
    expect(differ({ HAYPILE_CACHE_DIR: join(folder, "own") })).toEqual(["cache folder"]);
    expect(differ({}, { HAYPILE_MODEL: "b" })).toEqual([]);
    expect(differ({ HAYPILE_MODEL: "" })).toEqual([]);
  });

  it("not by what only the daemon itself goes by", () => {
    expect(differ({ HAYPILE_DAEMON_AUTOSTART: "true", HAYPILE_DAEMON_IDLE: "1h" })).toEqual([]);
    expect(differ({ HAYPILE_HTTP_PORT: "8080" })).toEqual([]);
  });

  it("not by how they write the same folder", () => {
    mkdirSync(join(folder, "config"));
    symlinkSync(join(folder, "config"), join(folder, "link"));
    for (const same of ["config/", "link", "link/../config/."]) {
      expect(differ({ HAYPILE_CONFIG_DIR: `${folder}/${same}` }), same).toEqual([]);
    }
    const way = relative(process.cwd(), join(folder, "config"));
    expect(differ({ HAYPILE_CONFIG_DIR: way })).toEqual([]);
    // Made by now, and looked at before.
    const later = { HAYPILE_CACHE_DIR: `${folder}/link/cache` };
    const early = givenTo(readEnvironment({ ...usual, ...later }, "linux"));
    mkdirSync(join(folder, "config", "cache"));
    expect(differing(givenTo(readEnvironment({ ...usual, ...later }, "linux")), early)).toEqual([]);
  });

  it("by the user's file, where it has changed since the second looked", () => {
    const config = join(folder, "own");
    mkdirSync(config);
    const given = () => givenTo(readEnvironment({ ...usual, HAYPILE_CONFIG_DIR: config }, "linux"));
    const without = given();
    writeFileSync(join(config, "haypile.toml"), "[search]\nlimit = 3\n");
    const first = given();
    expect(differing(first, without)).toEqual(["haypile.toml"]);
    expect(differing(given(), first)).toEqual([]);
    writeFileSync(join(config, "haypile.toml"), "[search]\nlimit = 30\n");
    expect(differing(given(), first)).toEqual(["haypile.toml"]);
  });

  it("by a path of an option that means another folder to each", () => {
    const { HAYPILE_MODEL_DIR } = givenTo(
      readEnvironment({ ...usual, HAYPILE_MODEL_DIR: "models/small" }, "linux"),
    );
    // The daemon works in a folder of its own.
    expect(HAYPILE_MODEL_DIR).toBe(join(process.cwd(), "models/small"));
  });
});
