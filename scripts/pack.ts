/*
 * Makes the tarballs that would be published, into dist-packages/ (or --to FOLDER): the main package, the addons of
 * the platforms that prebuilds/ has, the ONNX Runtime library of this machine's platform, the grammars, and the
 * model packages. The addons are small and needed, so that one package has them for every platform; the libraries
 * are optional dependencies: "npm install --omit=optional" leaves them out, and models with packed weights do
 * without. Both stand only in the packed package.json, so that a clone installs without packages that are not
 * published yet.
 * Checked before packing: every file that must be there is there; no package has a script.
 */
import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";

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

/** Every platform a release has; this machine packs its own. */
const platforms: readonly Platform[] = [
  { os: "linux", cpu: "x64", libc: "glibc", library: "libonnxruntime.so.1" },
  { os: "linux", cpu: "arm64", libc: "glibc", library: "libonnxruntime.so.1" },
  { os: "darwin", cpu: "arm64", library: "libonnxruntime.1.dylib" },
];

type Manifest = Record<string, unknown> & { name: string; version: string };

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}

function stage(name: string, manifest: Manifest, files: Readonly<Record<string, string>>): string {
  const folder = join(staging, name);
  mkdirSync(folder, { recursive: true });
  for (const [to, from] of Object.entries(files)) {
    if (!existsSync(from))
      throw new Error(`${manifest.name} needs ${from}, which is not there. Run scripts/setup.`);
    cpSync(from, join(folder, to), { recursive: true, dereference: true });
  }
  if ("scripts" in manifest) throw new Error(`${manifest.name} has scripts.`);
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, undefined, 2)}\n`);
  return folder;
}

function folderOf({ os, cpu }: Platform): string {
  return `${os}-${cpu}`;
}

function runtimeName(platform: Platform): string {
  return `@haypile/onnxruntime-${folderOf(platform)}`;
}

const native = "@haypile/native";

const grammars = "@haypile/grammars";

function stageMain(source: Manifest): string {
  const {
    scripts: _scripts,
    devDependencies: _dev,
    workspaces: _workspaces,
    binary: _binary,
    ...kept
  } = source;
  const files = ["bin", "dist", "README.md", "CHANGELOG.md", "LICENSE", "NOTICE"];
  return stage(
    "haypile",
    {
      ...kept,
      dependencies: {
        ...(kept.dependencies as Record<string, string>),
        [grammars]: source.version,
        [native]: source.version,
      },
      optionalDependencies: Object.fromEntries(
        platforms.map((platform) => [runtimeName(platform), source.version]),
      ),
    } as Manifest,
    Object.fromEntries(files.map((file) => [file, join(root, file)])),
  );
}

function thisPlatform(): Platform {
  const platform = platforms.find(({ os, cpu }) => os === process.platform && cpu === process.arch);
  if (platform !== undefined) return platform;
  throw new Error(`There is no platform package for ${process.platform}-${process.arch}.`);
}

/** A release has all platforms in prebuilds/; a clone has its own. */
function stageNative(source: Manifest): string {
  const built = platforms.filter((platform) =>
    existsSync(join(root, "prebuilds", folderOf(platform), "haypile.node")),
  );
  if (!built.includes(thisPlatform())) throw new Error("There is no addon. Run scripts/setup.");
  const files = built.flatMap((platform) =>
    ["haypile.node", "haypile-bridge"].map((name) => join(folderOf(platform), name)),
  );
  const folder = stage(
    "native",
    {
      name: native,
      version: source.version,
      description: "Native parts of Haypile",
      license: "Apache-2.0 AND MIT",
      files: [...files, "LICENSE", "NOTICE", "README.md"],
    },
    {
      ...Object.fromEntries(files.map((file) => [file, join(root, "prebuilds", file)])),
      LICENSE: join(root, "LICENSE"),
      NOTICE: join(root, "NOTICE"),
    },
  );
  writeFileSync(
    join(folder, "README.md"),
    [
      `# ${native}`,
      "",
      `The native addon of Haypile and the bridge that MCP clients start, for ${built.map(folderOf).join(", ")}.`,
      'Installed by npm with the package "haypile"; of no use alone.',
      "",
      "mimalloc, linked into the addon, is by Microsoft and Daan Leijen under the MIT License.",
      "",
    ].join("\n"),
  );
  return folder;
}

function stageRuntime(source: Manifest): string {
  const platform = thisPlatform();
  const built = join(root, "prebuilds", folderOf(platform));
  const runtimeVersion = readManifest(join(root, "node_modules", "onnxruntime-node")).version;
  const folder = stage(
    `onnxruntime-${folderOf(platform)}`,
    {
      name: runtimeName(platform),
      version: source.version,
      description: `ONNX Runtime ${runtimeVersion} for Haypile, for ${platform.os} on ${platform.cpu}`,
      license: "MIT",
      os: [platform.os],
      cpu: [platform.cpu],
      ...(platform.libc !== undefined && { libc: [platform.libc] }),
      files: [platform.library, "NOTICE", "README.md"],
    },
    {
      [platform.library]: join(built, platform.library),
      NOTICE: join(root, "NOTICE"),
    },
  );
  writeFileSync(
    join(folder, "README.md"),
    [
      `# ${runtimeName(platform)}`,
      "",
      `ONNX Runtime ${runtimeVersion} for ${platform.os} on ${platform.cpu}, by Microsoft under the MIT License: the`,
      "library of npm's onnxruntime-node, unchanged. Haypile runs models without packed weights with it, and on other",
      "providers than the CPU. Those with packed weights do without: it may be left out (npm install --omit=optional).",
      "",
    ].join("\n"),
  );
  return folder;
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

function main(): void {
  for (const folder of said < 0 ? [target, staging] : [staging]) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
  }
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
    stageMain(source),
    stageNative(source),
    stageRuntime(source),
    stageGrammars(source),
    ...models,
  ]) {
    const { file, bytes } = npmPack(folder);
    process.stdout.write(`${(bytes / 1e6).toFixed(2).padStart(8)} MB  ${file}\n`);
  }
}

main();
