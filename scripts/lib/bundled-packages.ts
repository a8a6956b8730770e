/*
 * Packages of others that go into ours, without what nothing of ours reaches: their tests, their forms for other module
 * systems, source maps and debug builds are nine tenths of them. npm knows them by name and version all the same, as
 * bundled dependencies ("npm ls", "npm audit"), and their licences go with them. Decision 0141.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { reachedFiles } from "./reached-files.ts";
import { readManifest } from "./stage-package.ts";

/** Those that are worth it; with each, what it depends on. */
export const bundled = [
  "@modelcontextprotocol/node",
  "@modelcontextprotocol/server",
  "jose",
  "web-tree-sitter",
  "zod",
] as const;

/** Copies them into `folder`/node_modules. @throws Error when one has no licence, or nothing of it is reached */
export async function stageBundled(root: string, folder: string): Promise<void> {
  const reached = await reachedFiles(root);
  for (const name of withDependencies(root)) {
    const from = join(root, "node_modules", name);
    const files = reached.get(name);
    if (files === undefined) throw new Error(`Nothing in dist/ reaches ${name}.`);
    if (!files.some((file) => /^licen[cs]e/i.test(file)))
      throw new Error(`${name} has no licence.`);
    for (const file of files) {
      const to = join(folder, "node_modules", name, file);
      mkdirSync(dirname(to), { recursive: true });
      cpSync(join(from, file), to, { dereference: true });
    }
    dropLists(join(folder, "node_modules", name, "package.json"));
  }
}

/** npm packs by the list "files" of a bundled package: what is here is all there is. Scripts are of no use to anybody. */
function dropLists(path: string): void {
  const {
    files: _files,
    scripts: _scripts,
    devDependencies: _dev,
    ...kept
  } = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
  writeFileSync(path, `${JSON.stringify(kept, undefined, 2)}\n`);
}

function withDependencies(root: string): string[] {
  const found = new Set<string>();
  const add = (name: string): void => {
    if (found.has(name)) return;
    const folder = join(root, "node_modules", name);
    if (!existsSync(folder)) throw new Error(`${name} is not in node_modules. Run scripts/setup.`);
    found.add(name);
    for (const dependency of Object.keys(readManifest(folder).dependencies ?? {})) add(dependency);
  };
  for (const name of bundled) add(name);
  return [...found];
}
