/*
 * @haypile/native-<platform>: what is compiled, for one platform: addon and bridge as prebuildify lays them out, found by
 * node-gyp-build's rules, and better-sqlite3 with one of its eight builds, without SQLite's source and the other seven,
 * which are nine tenths of it. Decisions 0140 and 0141.
 */
import { chmodSync, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type Manifest, readManifest, stage } from "./stage-package.ts";

interface NativePlatform {
  os: string;
  cpu: string;
  libc?: "glibc" | "musl";
  /** Of prebuilds/<os>-<cpu>. Linux has one static bridge for both of its C libraries. */
  addon: string;
  bridge: string;
  /** Of ONNX Runtime; undefined: there is none. */
  library?: string;
}

const linux = { os: "linux", bridge: "haypile-bridge" } as const;
const glibc = {
  ...linux,
  libc: "glibc",
  addon: "haypile.glibc.node",
  library: "libonnxruntime.so.1",
} as const;
const musl = { ...linux, libc: "musl", addon: "haypile.musl.node" } as const;
const darwin = {
  os: "darwin",
  addon: "haypile.node",
  bridge: "haypile-bridge",
  library: "libonnxruntime.1.dylib",
} as const;
const win32 = {
  os: "win32",
  addon: "haypile.node",
  bridge: "haypile-bridge.exe",
  library: "onnxruntime.dll",
} as const;

/** Every platform a release has; better-sqlite3 names its builds in the same way. */
export const nativePlatforms: Readonly<Record<string, NativePlatform>> = {
  "linux-x64": { ...glibc, cpu: "x64" },
  "linux-arm64": { ...glibc, cpu: "arm64" },
  "linuxmusl-x64": { ...musl, cpu: "x64" },
  "linuxmusl-arm64": { ...musl, cpu: "arm64" },
  "darwin-x64": { ...darwin, cpu: "x64" },
  "darwin-arm64": { ...darwin, cpu: "arm64" },
  "win32-x64": { ...win32, cpu: "x64" },
  "win32-arm64": { ...win32, cpu: "arm64" },
};

export function nativePackage(platform: string): string {
  return `@haypile/native-${platform}`;
}

/** @throws Error for a name that is none */
export function nativePlatform(name: string): NativePlatform {
  const platform = nativePlatforms[name];
  if (platform !== undefined) return platform;
  throw new Error(
    `Expected a platform of ${Object.keys(nativePlatforms).join(", ")}, got ${name}.`,
  );
}

/** Of package.json: npm takes the package of the platform alone. */
export function onlyOn({ os, cpu, libc }: NativePlatform): object {
  return { os: [os], cpu: [cpu], ...(libc !== undefined && { libc: [libc] }) };
}

/** True when scripts/build-prebuilds, or scripts/setup for this machine, has made it. */
export function isBuilt(root: string, name: string): boolean {
  return programs(nativePlatform(name)).every((file) => existsSync(join(root, file)));
}

export function stageNative(root: string, folder: string, source: Manifest, name: string): string {
  const platform = nativePlatform(name);
  const built = programs(platform);
  const sqlite = join(root, "node_modules", "better-sqlite3");
  const driver = driverFiles(sqlite, name);
  const staged = stage(
    folder,
    {
      name: nativePackage(name),
      version: source.version,
      description: `Native parts of Haypile for ${name}`,
      license: "Apache-2.0 AND MIT",
      ...onlyOn(platform),
      // Yarn would leave it packed, where no program can be loaded from.
      preferUnplugged: true,
      files: ["prebuilds", "better-sqlite3", "LICENSE", "NOTICE", "README.md"],
    },
    Object.fromEntries([
      ...[...built, "LICENSE", "NOTICE"].map((file) => [file, join(root, file)]),
      ...driver.map((file) => [join("better-sqlite3", file), join(sqlite, file)]),
    ]),
    [
      `The native addon of Haypile and the bridge that MCP clients start, for ${name}. Installed by npm with the package`,
      '"haypile"; of no use alone.',
      "",
      `In better-sqlite3/: better-sqlite3 ${readManifest(sqlite).version} by Joshua Wise under the MIT License, with SQLite, which is in the public`,
      "domain: its JavaScript and its build for this platform, unchanged.",
      "",
      "mimalloc, linked into the addon, is by Microsoft and Daan Leijen under the MIT License. Builds that zig made hold",
      "LLVM's C++ library (Apache-2.0 with LLVM exceptions), and the bridge for Linux holds musl (MIT).",
    ],
  );
  for (const file of built) chmodSync(join(staged, file), 0o755);
  return staged;
}

function programs({ os, cpu, addon, bridge }: NativePlatform): string[] {
  return [addon, bridge].map((file) => join("prebuilds", `${os}-${cpu}`, file));
}

function driverFiles(sqlite: string, name: string): string[] {
  const scripts = readdirSync(join(sqlite, "lib"), { recursive: true, encoding: "utf8" }).filter(
    (file) => file.endsWith(".js") && !(file.replace(/\.js$/, "") in nativePlatforms),
  );
  return [
    ...scripts.map((file) => join("lib", file)),
    join("prebuilds", `${name}.node`),
    "LICENSE",
  ];
}
