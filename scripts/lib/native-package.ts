/*
 * @haypile/native: addon and bridge for every platform in one needed package, laid out as prebuildify does it and found
 * by node-gyp-build's rules. Decision 0140.
 */
import { chmodSync, existsSync } from "node:fs";
import { join } from "node:path";
import { type Manifest, stage } from "./stage-package.ts";

export const nativePackage = "@haypile/native";

/** The files of each platform, below prebuilds/. Linux has one static bridge for both of its C libraries. */
export const nativeFiles: Readonly<Record<string, readonly string[]>> = {
  "linux-x64": ["haypile.glibc.node", "haypile.musl.node", "haypile-bridge"],
  "linux-arm64": ["haypile.glibc.node", "haypile.musl.node", "haypile-bridge"],
  "darwin-arm64": ["haypile.node", "haypile-bridge"],
  "darwin-x64": ["haypile.node", "haypile-bridge"],
  "win32-x64": ["haypile.node", "haypile-bridge.exe"],
  "win32-arm64": ["haypile.node", "haypile-bridge.exe"],
};

/** A release has all platforms in prebuilds/; a clone has its own, for one C library. */
export function stageNative(root: string, folder: string, source: Manifest): string {
  const built = Object.entries(nativeFiles).flatMap(([platform, names]) =>
    names
      .map((name) => join("prebuilds", platform, name))
      .filter((file) => existsSync(join(root, file))),
  );
  const own = join("prebuilds", `${process.platform}-${process.arch}`);
  if (!built.some((file) => file.startsWith(own) && file.endsWith(".node")))
    throw new Error("There is no addon for this machine. Run scripts/setup.");
  const platforms = Object.keys(nativeFiles).filter((platform) =>
    built.some((file) => file.startsWith(join("prebuilds", platform))),
  );
  const staged = stage(
    folder,
    {
      name: nativePackage,
      version: source.version,
      description: "Native parts of Haypile",
      license: "Apache-2.0 AND MIT",
      files: [...built, "LICENSE", "NOTICE", "README.md"],
    },
    Object.fromEntries([...built, "LICENSE", "NOTICE"].map((file) => [file, join(root, file)])),
    [
      `The native addon of Haypile and the bridge that MCP clients start, for ${platforms.join(", ")}.`,
      'Installed by npm with the package "haypile"; of no use alone.',
      "",
      "mimalloc, linked into the addon, is by Microsoft and Daan Leijen under the MIT License. Builds that zig made hold",
      "LLVM's C++ library (Apache-2.0 with LLVM exceptions), and the bridge for Linux holds musl (MIT).",
    ],
  );
  for (const file of built) chmodSync(join(staged, file), 0o755);
  return staged;
}
