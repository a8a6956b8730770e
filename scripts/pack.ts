/*
 * Makes the tarballs that would be published, into dist-packages/ (or --to FOLDER): the main package, the platform
 * package of this machine (addon + ONNX Runtime library), the grammars, and the model packages.
 * The main package names all platform packages as optional dependencies; that list exists only in
 * the packed package.json, so that a clone installs without packages that are not published yet.
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

function platformName(platform: Platform): string {
  return `@haypile/${platform.os}-${platform.cpu}`;
}

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
      },
      optionalDependencies: Object.fromEntries(
        platforms.map((platform) => [platformName(platform), source.version]),
      ),
    } as Manifest,
    Object.fromEntries(files.map((file) => [file, join(root, file)])),
  );
}

function stagePlatform(source: Manifest): string {
  const platform = platforms.find(({ os, cpu }) => os === process.platform && cpu === process.arch);
  if (platform === undefined) {
    throw new Error(`There is no platform package for ${process.platform}-${process.arch}.`);
  }
  const built = join(root, "prebuilds", `${platform.os}-${platform.cpu}`);
  const runtime = join(root, "node_modules", "onnxruntime-node");
  const runtimeVersion = readManifest(runtime).version;
  const files = ["haypile.node", "haypile-bridge", platform.library];
  const folder = stage(
    `${platform.os}-${platform.cpu}`,
    {
      name: platformName(platform),
      version: source.version,
      description: `Native parts of Haypile for ${platform.os} on ${platform.cpu}`,
      license: "Apache-2.0 AND MIT",
      os: [platform.os],
      cpu: [platform.cpu],
      ...(platform.libc !== undefined && { libc: [platform.libc] }),
      files: [...files, "LICENSE", "NOTICE", "README.md"],
    },
    {
      ...Object.fromEntries(files.map((file) => [file, join(built, file)])),
      LICENSE: join(root, "LICENSE"),
      NOTICE: join(root, "NOTICE"),
    },
  );
  writeFileSync(
    join(folder, "README.md"),
    [
      `# ${platformName(platform)}`,
      "",
      `The native addon of Haypile, the bridge that MCP clients start, and ONNX Runtime ${runtimeVersion}, for`,
      `${platform.os} on ${platform.cpu}.`,
      'Installed by npm with the package "haypile"; of no use alone.',
      "",
      "ONNX Runtime is by Microsoft under the MIT License; the library is the one of npm's",
      "onnxruntime-node, unchanged. mimalloc, linked into the addon, is by Microsoft and Daan Leijen",
      "under the MIT License.",
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
    stagePlatform(source),
    stageGrammars(source),
    ...models,
  ]) {
    const { file, bytes } = npmPack(folder);
    process.stdout.write(`${(bytes / 1e6).toFixed(2).padStart(8)} MB  ${file}\n`);
  }
}

main();
