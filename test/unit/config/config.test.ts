import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { describe, expect, it } from "vitest";
import { readEnvironment } from "../../../src/config/environment/env.ts";
import { defaultDatabasePath, foldersUpward } from "../../../src/config/places/paths.ts";

describe("readEnvironment", () => {
  it("has defaults by system", () => {
    const linux = readEnvironment({}, "linux");
    expect(linux.dataFolder).toBe(join(homedir(), ".local/share/haypile"));
    expect(linux.cacheFolder).toBe(join(homedir(), ".cache/haypile"));
    expect(linux.hubEndpoint).toMatch(/^https:\/\//);
    expect(readEnvironment({}, "darwin").dataFolder).toContain("Application Support");
    expect(readEnvironment({ LOCALAPPDATA: "D:\\l" }, "win32").cacheFolder).toBe(
      "D:\\l\\haypile\\cache",
    );
  });

  it("takes what is set, and ignores what is empty or not absolute", () => {
    const env = {
      XDG_DATA_HOME: "/d",
      XDG_CACHE_HOME: "relative",
      HAYPILE_ADDON_DIR: "",
      NO_COLOR: "1",
    };
    const read = readEnvironment(env, "linux");
    expect(read.dataFolder).toBe("/d/haypile");
    expect(read.cacheFolder).toBe(join(homedir(), ".cache/haypile"));
    expect(read.addonFolder).toBeUndefined();
    expect(read.noColor).toBe(true);
    expect(readEnvironment({ HAYPILE_DATA_DIR: "/x/y/.." }, "linux").dataFolder).toBe("/x");
  });

  it("takes the home of the system for one that is empty or not absolute, and never the current folder", () => {
    for (const HOME of ["", ".", "relative", undefined]) {
      const read = readEnvironment({ HOME }, "linux");
      expect(isAbsolute(read.dataFolder)).toBe(true);
      expect(read.dataFolder.startsWith(process.cwd())).toBe(false);
    }
    expect(readEnvironment({ HOME: "/h" }, "linux").configFolder).toBe("/h/.config/haypile");
  });

  it("reads hub and proxies, in either case", () => {
    const read = readEnvironment({
      HF_ENDPOINT: "http://mirror/",
      https_proxy: "http://p:1",
      NO_PROXY: "a,b",
    });
    expect(read.hubEndpoint).toBe("http://mirror");
    expect(read.proxy).toEqual({ http: undefined, https: "http://p:1", no: "a,b" });
  });
});

describe("paths", () => {
  it("gives every folder a database of its own, with a name people can read", () => {
    const one = defaultDatabasePath("/data", "/home/me/app");
    expect(one).toMatch(/^\/data\/indexes\/app-[0-9a-f]{12}\.db$/);
    expect(defaultDatabasePath("/data", "/home/you/app")).not.toBe(one);
    expect(defaultDatabasePath("/data", "/")).toMatch(/root-[0-9a-f]{12}\.db$/);
    expect(defaultDatabasePath("/data", "/ein Ordner\n\u{1f600}")).toMatch(
      /\/ein-Ordner-?-[0-9a-f]{12}\.db$/,
    );
  });

  it("climbs to the top", () => {
    expect([...foldersUpward("/a/b")]).toEqual(["/a/b", "/a", "/"]);
  });
});
