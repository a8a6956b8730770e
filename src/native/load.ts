/*
 * The only place that loads a .node file, and only when first asked: importing Haypile loads no
 * addon. Tried in order: the package with all platforms' addons, then a local build. When both fail the error says
 * what was tried, why each failed, and what to do.
 */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { HaypileError } from "../base/errors.ts";
import { assertNodeVersion } from "../base/package/node-version.ts";
import { folderOf, nativeFolders, requireHere } from "../base/package/own-package.ts";
import { whyNoRuntime } from "../host/lacks.ts";
import { systemInWords, thisSystem } from "../host/system.ts";
import type { ModelEngine } from "../ports/answers/index-facts.ts";
import { addonIn } from "./addon/addon-file.ts";
import { adviceFor } from "./addon/advice.ts";
import { runtimeLibraryName } from "./addon/runtime-library.ts";
import type { NativeBinding } from "./binding.ts";
import { callNative } from "./native-error.ts";

let loaded: { binding: NativeBinding; folder: string; path: string } | undefined;

/**
 * The addon, loaded once per thread.
 *
 * @param folder where the addon and the ONNX Runtime library lie; default: installed package, then local build
 * @throws HaypileError HAYPILE_NODE_TOO_OLD, HAYPILE_NATIVE_MISSING
 */
export function loadBinding(folder?: string): NativeBinding {
  loaded ??= loadFrom(folder === undefined ? nativeFolders() : [folder]);
  return loaded.binding;
}

/** The file of the addon, loaded as by loadBinding(). @throws as it does */
export function loadedAddon(folder?: string): string {
  loadBinding(folder);
  return (loaded as NonNullable<typeof loaded>).path;
}

/**
 * The addon with ONNX Runtime opened. Its library may be left out of an install: models with packed weights do
 * without.
 *
 * @throws HaypileError HAYPILE_NATIVE_MISSING
 */
export function loadRuntime(folder?: string): { binding: NativeBinding; version: string } {
  const binding = loadBinding(folder);
  const library = runtimeLibrary(folder);
  const { version } = callNative(() => binding.runtime.open(library));
  return { binding, version };
}

/** The addon with what a model's engine needs. @throws HaypileError HAYPILE_NATIVE_MISSING */
export function bindingFor(model: {
  engine?: ModelEngine | undefined;
  addonFolder?: string | undefined;
}): NativeBinding {
  const { engine = "onnx", addonFolder } = model;
  return engine === "direct" ? loadBinding(addonFolder) : loadRuntime(addonFolder).binding;
}

/** Name of the package with ONNX Runtime's library for this platform. */
function runtimePackage(): string {
  return `@haypile/onnxruntime-${process.platform}-${process.arch}`;
}

/** In its own package, or beside the addon as a local build has it. */
function runtimeLibrary(given: string | undefined): string {
  const system = thisSystem();
  const lacking = whyNoRuntime(system);
  if (lacking !== undefined) {
    throw new HaypileError(
      "HAYPILE_NATIVE_MISSING",
      `Expected the library of ONNX Runtime, which models without packed weights and the engine "onnx" need, but ${lacking}, and this is ${systemInWords(system)}. Use a model with packed weights, as all-minilm-l6-v2 is, with the engine "auto" or "direct".`,
      { data: { tried: [] } },
    );
  }
  const name = runtimeLibraryName(system.platform);
  const folders = given === undefined ? [...folderOf(runtimePackage())] : [];
  if (loaded !== undefined) folders.push(loaded.folder);
  const paths = folders.map((folder) => join(folder, name));
  const found = paths.find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new HaypileError(
    "HAYPILE_NATIVE_MISSING",
    `Expected the library of ONNX Runtime, which models without packed weights and the engine "onnx" need, but it is not installed. Install it with "npm install ${runtimePackage()}" (npm leaves it out with --omit=optional), or use a model with packed weights, as all-minilm-l6-v2 is, with the engine "auto" or "direct".\nTried:\n  ${runtimePackage()}\n  ${paths.join("\n  ")}`,
    { data: { tried: [runtimePackage(), ...paths] } },
  );
}

/** As ONNX Runtime names it; the core looks for the same (native/runtime_library_*.cc). */
const cudaLibrary =
  process.platform === "win32"
    ? "onnxruntime_providers_cuda.dll"
    : "libonnxruntime_providers_cuda.so";

/** Providers whose library is installed. None is opened: whether a device is there, its first use shows. */
export function providersHere(folder?: string): ("cuda" | "coreml")[] {
  let library: string;
  try {
    library = runtimeLibrary(folder);
  } catch {
    return [];
  }
  // On macOS it is a part of the library.
  if (process.platform === "darwin") return ["coreml"];
  return existsSync(join(dirname(library), cudaLibrary)) ? ["cuda"] : [];
}

function loadFrom(folders: readonly string[]): NonNullable<typeof loaded> {
  assertNodeVersion();
  const tried: string[] = [];
  for (const folder of folders) {
    const path = addonIn(folder);
    if (path === undefined) {
      tried.push(`${folder}: there is no addon for this system`);
      continue;
    }
    try {
      return { binding: requireHere(path) as NativeBinding, folder, path };
    } catch (error) {
      tried.push(`${path}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw new HaypileError(
    "HAYPILE_NATIVE_MISSING",
    `The native part of Haypile could not be loaded. ${adviceFor(thisSystem(), tried.join("\n"))}\nTried:\n  ${tried.join("\n  ")}`,
    { data: { tried } },
  );
}
