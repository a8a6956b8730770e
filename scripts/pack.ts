/*
 * Makes the tarballs that would be published, into dist-packages/ (or --to FOLDER): the main package, the addons of
 * the platforms that prebuilds/ has, SQLite and the ONNX Runtime library of this machine's platform (or of --platform
 * NAME, as linux-arm64 or linuxmusl-x64), the grammars, and the model packages. The addons are small and needed, so
 * that one package has them for every platform; SQLite and the libraries are optional dependencies by platform. All
 * stand only in the packed package.json, so that a clone installs without packages that are not published yet.
 * With --release the addons of all platforms must be there, and made by scripts/build-prebuilds.
 * Checked before packing: every file that must be there is there; no package has a script.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { bundled, stageBundled } from "./lib/bundled-packages.ts";
import { assertAllBuilt } from "./lib/check-prebuilds.ts";
import { nativePackage, stageNative } from "./lib/native-package.ts";
import {
  type SqlitePlatform,
  sqlitePackage,
  sqlitePlatforms,
  stageSqlite,
} from "./lib/sqlite-packages.ts";
import { type Manifest, readManifest, stage as stageIn } from "./lib/stage-package.ts";

const root = join(import.meta.dirname, "..");
const said = process.argv.indexOf("--to");
const target = said < 0 ? join(root, "dist-packages") : resolve(process.argv[said + 1] ?? "");
const staging = said < 0 ? join(root, "build", "packages") : join(target, "staging");

interface Platform {
  os: string;
  cpu: string;
  libc?: string;
  library: string;
}

/** Every platform that has an ONNX Runtime library. */
const platforms: readonly Platform[] = [
  { os: "linux", cpu: "x64", libc: "glibc", library: "libonnxruntime.so.1" },
  { os: "linux", cpu: "arm64", libc: "glibc", library: "libonnxruntime.so.1" },
  { os: "darwin", cpu: "arm64", library: "libonnxruntime.1.dylib" },
  { os: "darwin", cpu: "x64", library: "libonnxruntime.1.dylib" },
  { os: "win32", cpu: "x64", library: "onnxruntime.dll" },
  { os: "win32", cpu: "arm64", library: "onnxruntime.dll" },
];

function stage(
  name: string,
  manifest: Manifest,
  files: Readonly<Record<string, string>>,
  readme?: readonly string[],
): string {
  return stageIn(join(staging, name), manifest, files, readme);
}

function folderOf({ os, cpu }: Platform): string {
  return `${os}-${cpu}`;
}

function runtimeName(platform: Platform): string {
  return `@haypile/onnxruntime-${folderOf(platform)}`;
}

const grammars = "@haypile/grammars";

async function stageMain(source: Manifest): Promise<string> {
  const {
    scripts: _scripts,
    devDependencies: _dev,
    workspaces: _workspaces,
    binary: _binary,
    ...kept
  } = source;
  const files = ["bin", "dist", "README.md", "CHANGELOG.md", "LICENSE", "NOTICE"];
  // A package for each platform has the driver of SQLite.
  const { "better-sqlite3": _driver, ...dependencies } = kept.dependencies as Record<
    string,
    string
  >;
  const optional = [...platforms.map(runtimeName), ...sqlitePlatforms.map(sqlitePackage)];
  const folder = stage(
    "haypile",
    {
      ...kept,
      dependencies: {
        ...dependencies,
        [grammars]: source.version,
        [nativePackage]: source.version,
      },
      optionalDependencies: Object.fromEntries(optional.map((name) => [name, source.version])),
      bundleDependencies: bundled,
    } as Manifest,
    Object.fromEntries(files.map((file) => [file, join(root, file)])),
  );
  await stageBundled(root, folder);
  return folder;
}

/** That of --platform, else this machine's. */
function chosenPlatform(): SqlitePlatform {
  const named = process.argv.indexOf("--platform");
  const name = named < 0 ? `${process.platform}-${process.arch}` : process.argv[named + 1];
  const platform = sqlitePlatforms.find((known) => known === name);
  if (platform !== undefined) return platform;
  throw new Error(`Expected a platform of ${sqlitePlatforms.join(", ")}, got ${name}.`);
}

/** As scripts/fetch-runtime gets it; none for musl, where there is no library. */
function stageRuntime(source: Manifest): string[] {
  const chosen = chosenPlatform();
  const platform = platforms.find((known) => folderOf(known) === chosen);
  if (platform === undefined) return [];
  const got = join(root, ".native-inputs", `onnxruntime-${chosen}`);
  const version = existsSync(join(got, "VERSION"))
    ? readFileSync(join(got, "VERSION"), "utf8").trim()
    : "of this machine";
  const files = [platform.library, "LICENSE", "ThirdPartyNotices.txt"];
  const folder = stage(
    `onnxruntime-${chosen}`,
    {
      name: runtimeName(platform),
      version: source.version,
      description: `ONNX Runtime ${version} for Haypile, for ${platform.os} on ${platform.cpu}`,
      license: "MIT",
      os: [platform.os],
      cpu: [platform.cpu],
      ...(platform.libc !== undefined && { libc: [platform.libc] }),
      files: [...files, "README.md"],
    },
    Object.fromEntries(files.map((file) => [file, join(got, file)])),
    [
      `ONNX Runtime ${version} for ${platform.os} on ${platform.cpu}, by Microsoft under the MIT License: the library in`,
      'the wheel "onnxruntime" of PyPI, unchanged, for the CPU. Haypile runs models without packed weights with it; those',
      "with packed weights do without, so that it may be removed.",
    ],
  );
  return [folder];
}

function stageGrammars(source: Manifest): string {
  const built = join(root, "prebuilds", "grammars");
  const files = existsSync(built) ? readdirSync(built).sort() : [];
  if (!files.includes("LICENSES.md")) throw new Error("There are no grammars. Run scripts/setup.");
  return stage(
    "grammars",
    {
      name: grammars,
      version: source.version,
      description: "Tree-sitter grammars as WebAssembly, for Haypile",
      license: "Apache-2.0 AND MIT AND Unlicense",
      files,
    },
    {
      ...Object.fromEntries(files.map((file) => [file, join(built, file)])),
      LICENSE: join(root, "LICENSE"),
    },
  );
}

function npmPack(folder: string): { file: string; bytes: number } {
  const output = execFileSync(
    "npm",
    ["pack", "--json", "--ignore-scripts", "--loglevel=error", "--pack-destination", target],
    { cwd: folder, encoding: "utf8", maxBuffer: 64 * 1024 * 1024 },
  );
  const parsed = JSON.parse(output) as unknown;
  // npm 10 and 11 print an array, later ones an object by name.
  const [result] = Object.values(parsed as Record<string, { filename: string }>);
  if (result === undefined) throw new Error(`npm pack printed nothing for ${folder}.`);
  const file = join(target, result.filename);
  return { file, bytes: statSync(file).size };
}

async function main(): Promise<void> {
  for (const folder of said < 0 ? [target, staging] : [staging]) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
  }
  if (process.argv.includes("--release")) assertAllBuilt(join(root, "prebuilds"));
  const source = readManifest(root);
  const models = readdirSync(join(root, "models"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(root, "models", entry.name));
  for (const folder of models) {
    const manifest = readManifest(folder);
    if ("scripts" in manifest) throw new Error(`${manifest.name} has scripts.`);
    for (const file of manifest.files as string[]) {
      if (!existsSync(join(folder, file))) throw new Error(`${manifest.name} needs ${file}.`);
    }
  }
  for (const folder of [
    await stageMain(source),
    stageNative(root, join(staging, "native"), source),
    ...stageRuntime(source),
    stageSqlite(root, join(staging, `sqlite-${chosenPlatform()}`), source, chosenPlatform()),
    stageGrammars(source),
    ...models,
  ]) {
    const { file, bytes } = npmPack(folder);
    process.stdout.write(`${(bytes / 1e6).toFixed(2).padStart(8)} MB  ${file}\n`);
  }
}

await main();
