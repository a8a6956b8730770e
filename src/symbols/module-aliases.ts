/*
 * Paths that a project gives to modules, read off the keys of its JSON files as they are indexed: "paths" and "baseUrl"
 * of tsconfig.json and jsconfig.json, "imports" of package.json, and the names of the packages of a workspace.
 */
import type { SymbolRow, SymbolTable } from "../ports/symbols.ts";
import { folderOf, joined, type ModuleAlias } from "./resolve-import.ts";

const mostFiles = 500;
const configFiles = /(^|\/)([tj]sconfig[\w.-]*|package)\.json$/;

export function moduleAliases(store: SymbolTable): ModuleAlias[] {
  const found: ModuleAlias[] = [];
  const keys = (name: string): SymbolRow[] =>
    store.definitionsNamed(name, mostFiles, configFiles).filter(({ kind }) => kind === "key");
  for (const key of [...keys("paths"), ...keys("baseUrl")]) {
    if (key.container !== "compilerOptions" || !/(^|\/)[tj]sconfig[\w.-]*\.json$/.test(key.path))
      continue;
    const all = store.definitionsIn(key.path) ?? [];
    const base = all.find((one) => one.name === "baseUrl" && one.container === "compilerOptions");
    const root = joined(folderOf(key.path), base === undefined ? "." : (strings(base)[0] ?? "."));
    if (key.name === "baseUrl") {
      found.push(aliasOf("*", [joined(root, "*")], folderOf(key.path)));
      continue;
    }
    for (const one of all) {
      if (one.container !== "compilerOptions.paths") continue;
      const targets = strings(one).map((target) => joined(root, target));
      found.push(aliasOf(one.name, targets, folderOf(key.path)));
    }
  }
  for (const key of keys("imports")) {
    if (key.container !== "" || !key.path.endsWith("package.json")) continue;
    const folder = folderOf(key.path);
    for (const one of store.definitionsIn(key.path) ?? []) {
      if (one.container !== "imports") continue;
      found.push(
        aliasOf(
          one.name,
          strings(one).map((target) => joined(folder, target)),
          folder,
        ),
      );
    }
  }
  for (const key of keys("name")) {
    if (key.container !== "" || !/(^|\/)package\.json$/.test(key.path)) continue;
    const [name] = strings(key);
    if (name === undefined) continue;
    found.push(...packageAliases(store, name, folderOf(key.path), key.path));
  }
  return found;
}

function packageAliases(
  store: SymbolTable,
  name: string,
  folder: string,
  path: string,
): ModuleAlias[] {
  const entries = (store.definitionsIn(path) ?? [])
    .filter((one) =>
      /^(main|module|types|source|exports)(\.|$)/.test(
        `${one.container}.${one.name}`.replace(/^\./, ""),
      ),
    )
    .flatMap((one) => strings(one))
    .filter((one) => /\.[mc]?[jt]sx?$/.test(one))
    // What is built stands for what it was built from.
    .flatMap((one) => [one, one.replace(/^(\.\/)?(dist|lib|build|out)\//, "src/")]);
  const at = (target: string): string => joined(folder, target);
  return [
    aliasOf(name, [...entries.map(at), at("index"), at("src/index"), at("src/main")], ""),
    aliasOf(`${name}/*`, [at("*"), at("src/*")], ""),
  ];
}

function aliasOf(pattern: string, targets: readonly string[], folder: string): ModuleAlias {
  const star = pattern.indexOf("*");
  const isPattern = star >= 0;
  return {
    prefix: isPattern ? pattern.slice(0, star) : pattern,
    suffix: isPattern ? pattern.slice(star + 1) : "",
    isPattern,
    targets,
    folder,
  };
}

/** The strings behind the colon of a key, as its signature has them. */
function strings({ signature, name }: SymbolRow): string[] {
  const at = signature.indexOf(":", signature.indexOf(name) + name.length);
  return [...signature.slice(at + 1).matchAll(/"((?:[^"\\]|\\.)*)"?/g)].map(
    ([, text = ""]) => text,
  );
}
