/*
 * The only place that loads a .node file, and only when first asked: importing Haypile loads no
 * addon. Tried in order: the platform package, then a local build. When both fail the error says
 * what was tried, why each failed, and what to do.
 */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { HaypileError } from "../base/errors.ts";
import { assertNodeVersion } from "../base/package/node-version.ts";
import { packageFolder, requireHere } from "../base/package/own-package.ts";
import type { NativeBinding } from "./binding.ts";
import { callNative } from "./native-error.ts";

const addonName = "haypile.node";
const libraryNames: Readonly<Record<string, string>> = {
  linux: "libonnxruntime.so.1",
  darwin: "libonnxruntime.1.dylib",
};

let loaded: { binding: NativeBinding; folder: string } | undefined;

/**
 * The addon, loaded once per thread.
 *
 * @param folder where haypile.node and the ONNX Runtime library lie; default: platform package, then local build
 * @throws HaypileError HAYPILE_NODE_TOO_OLD, HAYPILE_NATIVE_MISSING
 */
export function loadBinding(folder?: string): NativeBinding {
  loaded ??= loadFrom(folder === undefined ? candidateFolders() : [folder]);
  return loaded.binding;
}

/** The addon with ONNX Runtime opened. @throws HaypileError HAYPILE_NATIVE_MISSING */
export function loadRuntime(folder?: string): { binding: NativeBinding; version: string } {
  const binding = loadBinding(folder);
  const library = join(loaded?.folder ?? "", libraryNames[process.platform] ?? "onnxruntime");
  const { version } = callNative(() => binding.runtime.open(library));
  return { binding, version };
}

/** Name of the package with the addon for this platform: "@haypile/linux-x64". */
export function platformPackage(): string {
  return `@haypile/${process.platform}-${process.arch}`;
}

function candidateFolders(): string[] {
  const folders: string[] = [];
  try {
    folders.push(dirname(requireHere.resolve(`${platformPackage()}/package.json`)));
  } catch {
    // Not installed; the local build is tried, and the error below names the package.
  }
  folders.push(join(packageFolder, "prebuilds", `${process.platform}-${process.arch}`));
  return folders;
}

function loadFrom(folders: readonly string[]): { binding: NativeBinding; folder: string } {
  assertNodeVersion();
  const tried: string[] = [];
  for (const folder of folders) {
    const path = join(folder, addonName);
    if (!existsSync(path)) {
      tried.push(`${path}: there is no such file`);
      continue;
    }
    try {
      return { binding: requireHere(path) as NativeBinding, folder };
    } catch (error) {
      tried.push(`${path}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new HaypileError(
    "HAYPILE_NATIVE_MISSING",
    `The native part of Haypile could not be loaded. ${advice()}\nTried:\n  ${platformPackage()}\n  ${tried.join("\n  ")}`,
    { data: { tried } },
  );
}

function advice(): string {
  if (process.platform === "linux" && isMusl()) {
    return "This system uses musl; the ONNX Runtime library needs glibc. Use a glibc image such as node:24-slim.";
  }
  if (!(process.platform in libraryNames)) {
    return `There is no build for ${process.platform}-${process.arch} yet.`;
  }
  return `Install its package with "npm install ${platformPackage()}" (npm leaves it out with --omit=optional), or build it in a clone with "scripts/setup".`;
}

function isMusl(): boolean {
  const report = process.report?.getReport() as {
    header?: { glibcVersionRuntime?: string | undefined } | undefined;
  };
  return report?.header?.glibcVersionRuntime === undefined;
}
