/*
 * Makes the tarballs that would be published, into dist-packages/ (or --to FOLDER): the main package, what is compiled and
 * the ONNX Runtime library for this machine's platform (or those of --platform NAME, as linux-arm64 or linuxmusl-x64; "all":
 * a release), the grammars, and the model packages. What is made for a platform is an optional dependency. These stand
 * only in the packed package.json, so that a clone installs without packages that are not published yet.
 * Checked before packing: every file that must be there is there; no package has a script.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { bundled, stageBundled } from "./lib/bundled-packages.ts";
import { assertAllBuilt } from "./lib/check-prebuilds.ts";
import {
  isBuilt,
  nativePackage,
  nativePlatform,
  nativePlatforms,
  onlyOn,
  stageNative,
} from "./lib/native-packages.ts";
import { type Manifest, readManifest, stage as stageIn } from "./lib/stage-package.ts";
import { stageWholeModels } from "./lib/whole-models.ts";

const root = join(import.meta.dirname, "..");
const said = process.argv.indexOf("--to");
const target = said < 0 ? join(root, "dist-packages") : resolve(process.argv[said + 1] ?? "");
const staging = said < 0 ? join(root, "build", "packages") : join(target, "staging");

function stage(
  name: string,
  manifest: Manifest,
  files: Readonly<Record<string, string>>,
  readme?: readonly string[],
): string {
  return stageIn(join(staging, name), manifest, files, readme);
}

function runtimeName(platform: string): string {
  return `@haypile/onnxruntime-${platform}`;
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
  // The packages of the platforms have the driver of SQLite.
  const { "better-sqlite3": _driver, ...dependencies } = kept.dependencies as Record<
    string,
    string
  >;
  const optional = Object.entries(nativePlatforms).flatMap(([name, { library }]) =>
    library === undefined ? [nativePackage(name)] : [nativePackage(name), runtimeName(name)],
  );
  const folder = stage(
    "haypile",
    {
      ...kept,
      dependencies: {
        ...dependencies,
        [grammars]: source.version,
      },
      optionalDependencies: Object.fromEntries(optional.map((name) => [name, source.version])),
      bundleDependencies: bundled,
      preferUnplugged: true,
    } as Manifest,
    Object.fromEntries(files.map((file) => [file, join(root, file)])),
  );
  await stageBundled(root, folder);
  return folder;
}

/** Those of --platform, else this machine's, with the C library it has been built for. */
function chosenPlatforms(): string[] {
  const named = process.argv.indexOf("--platform");
  const name = named < 0 ? undefined : process.argv[named + 1];
  if (name === "all") return Object.keys(nativePlatforms);
  if (name !== undefined) return [name];
  const own = Object.keys(nativePlatforms).filter((one) => {
    const { os, cpu } = nativePlatform(one);
    return os === process.platform && cpu === process.arch && isBuilt(root, one);
  });
  const [first] = own;
  if (first === undefined)
    throw new Error("There is no addon for this machine. Run scripts/setup.");
  return [first];
}

/** As scripts/fetch-runtime gets it; none where there is no library. */
function stageRuntime(source: Manifest, name: string): string[] {
  const platform = nativePlatform(name);
  if (platform.library === undefined) return [];
  const got = join(root, ".native-inputs", `onnxruntime-${name}`);
  const version = existsSync(join(got, "VERSION"))
    ? readFileSync(join(got, "VERSION"), "utf8").trim()
    : "of this machine";
  const files = [platform.library, "LICENSE", "ThirdPartyNotices.txt"];
  const folder = stage(
    `onnxruntime-${name}`,
    {
      name: runtimeName(name),
      version: source.version,
      description: `ONNX Runtime ${version} for Haypile, for ${name}`,
      license: "MIT",
      ...onlyOn(platform),
      preferUnplugged: true,
      files: [...files, "README.md"],
    },
    Object.fromEntries(files.map((file) => [file, join(got, file)])),
    [
      `ONNX Runtime ${version} for ${name}, by Microsoft under the MIT License: the library in the wheel "onnxruntime" of`,
      "PyPI, unchanged, for the CPU. Haypile runs models without packed weights with it; those with packed weights do",
      "without, so that it may be left out.",
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
      preferUnplugged: true,
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
  if (chosenPlatforms().length > 1) assertAllBuilt(join(root, "prebuilds"));
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
    ...chosenPlatforms().flatMap((name) => [
      stageNative(root, join(staging, `native-${name}`), source, name),
      ...stageRuntime(source, name),
    ]),
    stageGrammars(source),
    ...models,
    ...stageWholeModels(root, staging, source),
  ]) {
    const { file, bytes } = npmPack(folder);
    process.stdout.write(`${(bytes / 1e6).toFixed(2).padStart(8)} MB  ${file}\n`);
  }
}

await main();
