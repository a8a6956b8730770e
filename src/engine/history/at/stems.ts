/* By which word a file is named where it is imported. */

/** Files that are named by their folder. */
const ofFolder: ReadonlySet<string> = new Set(["index", "__init__", "mod", "lib", "main", "init"]);

/** "app" of "src/app.ts" and of "src/app/index.ts"; "" where nothing names it. */
export function stemOf(path: string): string {
  const parts = path.split("/");
  const name = (parts.pop() ?? "").replace(/(?:\.d)?\.[^.]*$/u, "");
  return ofFolder.has(name) ? (parts.pop() ?? "") : name;
}

/** Whether a module, as an import writes it, may be a file. */
export function isStemOf(module: string, path: string): boolean {
  const bare = module.replace(/\.[cm]?[jt]sx?$/u, "");
  const last = bare.split(/[/.\\]|::/u).findLast((part) => part !== "" && !ofFolder.has(part));
  return last !== undefined && last === stemOf(path);
}

/**
 * By which words some files are named where they are imported; undefined: one of them is named by its folder, or its
 * package, and may be imported under any name.
 */
export function stemsOf(paths: readonly string[]): string[] | undefined {
  const stems = new Set<string>();
  for (const path of paths) {
    const stem = (path.split("/").pop() ?? "").replace(/(?:\.d)?\.[^.]*$/u, "");
    if (ofFolder.has(stem)) return undefined;
    stems.add(stem);
  }
  return [...stems];
}
