/* A package as it would be published, laid out in a folder that npm packs. */
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

export type Manifest = Record<string, unknown> & { name: string; version: string };

export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}

/** @throws Error when a file is missing, or the package has a script */
export function stage(
  folder: string,
  manifest: Manifest,
  files: Readonly<Record<string, string>>,
  readme?: readonly string[],
): string {
  mkdirSync(folder, { recursive: true });
  for (const [to, from] of Object.entries(files)) {
    if (!existsSync(from))
      throw new Error(`${manifest.name} needs ${from}, which is not there. Run scripts/setup.`);
    mkdirSync(dirname(join(folder, to)), { recursive: true });
    cpSync(from, join(folder, to), { recursive: true, dereference: true });
  }
  if ("scripts" in manifest) throw new Error(`${manifest.name} has scripts.`);
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, undefined, 2)}\n`);
  if (readme !== undefined) {
    writeFileSync(join(folder, "README.md"), [`# ${manifest.name}`, "", ...readme, ""].join("\n"));
  }
  return folder;
}
