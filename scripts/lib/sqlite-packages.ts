/*
 * better-sqlite3 for one platform: its JavaScript and one of its eight builds, each unchanged, without SQLite's source
 * and the seven other builds, which are nine tenths of it. Optional dependencies by platform. Decision 0141.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type Manifest, readManifest, stage } from "./stage-package.ts";

/** Every platform that better-sqlite3 has a build for, by the name of its file. */
export const sqlitePlatforms = [
  "linux-x64",
  "linux-arm64",
  "linuxmusl-x64",
  "linuxmusl-arm64",
  "darwin-x64",
  "darwin-arm64",
  "win32-x64",
  "win32-arm64",
] as const;

export type SqlitePlatform = (typeof sqlitePlatforms)[number];

export function sqlitePackage(platform: SqlitePlatform): string {
  return `@haypile/sqlite-${platform}`;
}

export function stageSqlite(
  root: string,
  folder: string,
  source: Manifest,
  platform: SqlitePlatform,
): string {
  const from = join(root, "node_modules", "better-sqlite3");
  const { version, engines } = readManifest(from);
  const [system = "", cpu = ""] = platform.split("-");
  const programs = readdirSync(join(from, "lib"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".js") && !sqlitePlatforms.some((it) => file === `${it}.js`))
    .map((file) => join("lib", file));
  const build = join("prebuilds", `${platform}.node`);
  const files = [...programs, build, "LICENSE"];
  return stage(
    folder,
    {
      name: sqlitePackage(platform),
      version: source.version,
      description: `better-sqlite3 ${version} for ${platform}, for Haypile`,
      license: "MIT",
      author: "Joshua Wise",
      engines,
      os: [system.replace("musl", "")],
      cpu: [cpu],
      ...(system.startsWith("linux") && { libc: [system === "linux" ? "glibc" : "musl"] }),
      main: "lib/index.js",
      exports: { ".": "./lib/index.js", "./package.json": "./package.json" },
      files: ["lib", build, "README.md"],
    },
    Object.fromEntries(files.map((file) => [file, join(from, file)])),
    [
      `better-sqlite3 ${version} by Joshua Wise under the MIT License, with SQLite, which is in the public domain:`,
      `its JavaScript and its build for ${platform}, unchanged. Installed with the package "haypile"; where it is left`,
      'out, Haypile takes better-sqlite3 itself ("npm install better-sqlite3").',
    ],
  );
}
