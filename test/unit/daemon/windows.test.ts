import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readEnvironment } from "../../../src/config/environment/env.ts";
import { homeFolder } from "../../../src/config/environment/home-folder.ts";
import { secureByLists } from "../../../src/config/places/windows-folders.ts";
import { isOnNetwork } from "../../../src/host/network-disk.ts";
import { sqliteName } from "../../../src/storage/sqlite/file/driver.ts";
import { findEndpoint } from "../../../src/wire/endpoint.ts";
import { freshPipes, isLocalPipe } from "../../../src/wire/pipes.ts";
import { tempFolder } from "../../helpers/temp-tree.ts";

describe("places on Windows", () => {
  const env = { USERPROFILE: "C:\\Users\\J\u00f6rg \u65e5" };

  it("are the user's own, also where they were moved to another drive or a share", () => {
    const usual = readEnvironment(env, "win32");
    expect(usual.dataFolder).toBe(`${env.USERPROFILE}\\AppData\\Local\\haypile\\data`);
    expect(usual.cacheFolder).toBe(`${env.USERPROFILE}\\AppData\\Local\\haypile\\cache`);
    expect(usual.configFolder).toBe(`${env.USERPROFILE}\\AppData\\Roaming\\haypile`);
    const moved = { ...env, APPDATA: "\\\\nas\\profiles\\j", LOCALAPPDATA: "D:\\Local" };
    const read = readEnvironment(moved, "win32");
    expect(read.dataFolder).toBe("D:\\Local\\haypile\\data");
    expect(read.configFolder).toBe("\\\\nas\\profiles\\j\\haypile");
  });

  it("are never relative to a drive or to where a command runs", () => {
    for (const wrong of ["", "\\Local", "D:Local", "Local", "/Local"]) {
      const read = readEnvironment({ ...env, LOCALAPPDATA: wrong }, "win32");
      expect(read.dataFolder).toBe(`${env.USERPROFILE}\\AppData\\Local\\haypile\\data`);
    }
    expect(homeFolder({ USERPROFILE: "\\Users\\me" }, "win32")).toBeUndefined();
  });
});

describe("the daemon's pipes", () => {
  it("have names that nobody has seen before", () => {
    const { places } = findEndpoint(readEnvironment({ HAYPILE_DATA_DIR: "/d" }), "win32");
    const [place] = places;
    if (place === undefined) throw new Error("no place");
    const [one, other] = [freshPipes(place), freshPipes(place)];
    expect(one.socket).toMatch(/^\\\\\.\\pipe\\haypile-[0-9a-f]{16}-[0-9a-f]{16}$/u);
    expect(one.control).toBe(`${one.socket}-control`);
    expect(one.socket).not.toBe(other.socket);
    expect(isLocalPipe(one.socket)).toBe(true);
  });

  it("are of this machine", () => {
    for (const name of ["\\\\evil\\pipe\\x", "\\\\.\\pipe\\", "//./pipe/x", "C:\\x", "\\\\.\\C:"]) {
      expect(isLocalPipe(name), name).toBe(false);
    }
  });
});

describe("folders outside of the user's own", () => {
  function bench(access: { isOurs: boolean; isOpenToOthers: boolean } | undefined) {
    const folder = tempFolder();
    const data = join(folder, "elsewhere", "d");
    const closed: string[] = [];
    const environment = readEnvironment({
      HAYPILE_DATA_DIR: data,
      HAYPILE_CACHE_DIR: join(folder, "me", "cache"),
      HAYPILE_CONFIG_DIR: join(folder, "me", "config"),
      HOME: join(folder, "me"),
    });
    const lists = {
      accessOf: (path: string) => (closed.includes(path) ? closedNow : access),
      closeToOthers: (path: string) => closed.push(path) > 0,
    };
    const run = (): void =>
      secureByLists(
        environment,
        () => lists,
        () => true,
      );
    return { data, closed, run };
  }
  const closedNow = { isOurs: true, isOpenToOthers: false };

  it("are refused when they are another user's, each time", () => {
    const { run, closed } = bench({ isOurs: false, isOpenToOthers: true });
    for (let i = 0; i < 2; i++) {
      expect(run).toThrow(expect.objectContaining({ code: "HAYPILE_PERMISSION" }));
    }
    expect(closed).toEqual([]);
  });

  it("are made and closed before anything is in them, once", () => {
    const { run, closed, data } = bench({ isOurs: true, isOpenToOthers: true });
    run();
    run();
    expect(existsSync(data)).toBe(true);
    expect(closed).toEqual([data]);
  });

  it("stay as they are when they are closed, or when that cannot be told", () => {
    for (const access of [closedNow, undefined]) {
      const { run, closed } = bench(access);
      run();
      expect(closed).toEqual([]);
    }
  });
});

describe("disks and files", () => {
  it("names long paths to SQLite past the rules of Win32", () => {
    const long = `C:\\${"a".repeat(200)}\\${"b".repeat(100)}.db`;
    expect(sqliteName(long, "win32")).toBe(`\\\\?\\${long}`);
    expect(sqliteName("C:\\short.db", "win32")).toBe("C:\\short.db");
    expect(sqliteName(long, "linux")).toBe(long);
  });

  it.runIf(process.platform === "linux")("knows that a disk is this machine's", () => {
    expect(isOnNetwork("/proc/nowhere/at/all")).toBe(false);
  });
});
