/*
 * Where the files of this package lie: three folders above this one, from src and dist alike. A program that was bundled
 * into one file has them elsewhere: then the package is looked for as any import from that file would find it.
 */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { HaypileError } from "../errors.ts";
import { readBoundedSync } from "../files/read-file.ts";

const packageName = "haypile";

/** This file, or the bundle it went into; bundlers to CommonJS leave no import.meta. */
function ownFile(): string | undefined {
  const url: string | undefined = import.meta.url;
  if (url !== undefined) return fileURLToPath(url);
  return typeof __filename === "string" ? __filename : process.argv[1];
}

interface Manifest {
  name?: string | undefined;
  version?: string | undefined;
}

function manifestIn(folder: string): Manifest | undefined {
  try {
    const rules = { mostBytes: 1_000_000, links: "follow" } as const;
    const bytes = readBoundedSync(join(folder, "package.json"), rules);
    return JSON.parse(bytes.toString("utf8")) as Manifest;
  } catch {
    return undefined;
  }
}

/** @throws HaypileError HAYPILE_NATIVE_MISSING */
function findPackage(): { folder: string; version: string } {
  const file = ownFile();
  const near = file === undefined ? undefined : join(dirname(file), "..", "..", "..");
  const folders = near === undefined ? [] : [near];
  try {
    const from = createRequire(file ?? join(process.cwd(), "package.json"));
    folders.push(dirname(from.resolve(`${packageName}/package.json`)));
  } catch {
    // Told below.
  }
  for (const folder of folders) {
    const manifest = manifestIn(folder);
    if (manifest?.name === packageName && manifest.version !== undefined) {
      return { folder, version: manifest.version };
    }
  }
  throw new HaypileError(
    "HAYPILE_NATIVE_MISSING",
    `The files of the package "${packageName}" could not be found from ${file ?? process.cwd()}: its native parts, grammars and models cannot go into a bundle. Mark it as external (esbuild: --external:${packageName}; webpack: externals; vite: ssr.external) and install it beside the bundle with "npm install ${packageName}".`,
    { data: { file } },
  );
}

const found = findPackage();

/** The folder with package.json, bin and dist. */
export const packageFolder: string = found.folder;

/** Of package.json. */
export const packageVersion: string = found.version;

/** The module `name` of our own sources as a file: JavaScript in the package, TypeScript in a clone's tests. */
export function ownModule(name: string): string {
  const isSource = ownFile() === join(packageFolder, "src", "base", "package", "own-package.ts");
  return isSource
    ? join(packageFolder, "src", `${name}.ts`)
    : join(packageFolder, "dist", `${name}.js`);
}

/** Finds modules as this package does, wherever its code runs. */
export const requireHere: ReturnType<typeof createRequire> = createRequire(
  join(packageFolder, "package.json"),
);

/** The package with the addon and the bridge, for every platform. */
export const nativePackage = "@haypile/native";

/** The folder of an installed package; none when it is not there. */
export function folderOf(name: string): string[] {
  try {
    return [dirname(requireHere.resolve(`${name}/package.json`))];
  } catch {
    return [];
  }
}

/**
 * Where the addon and the bridge of this platform may lie, as prebuildify lays them out: in the installed package, then
 * in a local build.
 */
export function nativeFolders(): string[] {
  const platform = join("prebuilds", `${process.platform}-${process.arch}`);
  return [...folderOf(nativePackage), packageFolder].map((folder) => join(folder, platform));
}
