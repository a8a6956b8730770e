/* Which folder a call is about, and what a client may reach: folders with an index, and its own. */
import { createHash } from "node:crypto";
import { existsSync, realpathSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { basename, isAbsolute, join, resolve } from "node:path";
import { passGate, passGateForFilter } from "../base/path-gate.ts";
import { isInside } from "../base/read-file.ts";
import { foldersUpward } from "../config/paths.ts";
import type { McpBackend, McpConnection, McpOptions } from "./backend.ts";
import type { CodeEngine } from "./code-engine.ts";
import { ToolFailure } from "./tool-failure.ts";
import { oneLine } from "./visible-text.ts";

/** Where memories go that hold everywhere. */
export const sharedNamespace = "default";

export interface Place {
  backend: McpBackend;
  connection: McpConnection;
  options: McpOptions;
}

/** The client's folder; a root of the disk or the home folder says nothing about a project. */
export function connectionRoot({ root }: McpConnection): string | undefined {
  if (root === undefined || !isAbsolute(root) || root.includes("\0")) return undefined;
  const folder = resolve(root);
  return resolve(folder, "..") === folder || folder === resolve(homedir()) ? undefined : folder;
}

/** The folder that stands for the project: the nearest one above with a repository, else the folder itself. */
function projectFolder(root: string): string {
  for (const folder of foldersUpward(root)) {
    if (folder === resolve(homedir())) break;
    if (existsSync(join(folder, ".git"))) return folder;
  }
  return root;
}

/** The namespace of the client's project: its name and a hash of its path. */
export function projectNamespace(connection: McpConnection): string {
  const root = connectionRoot(connection);
  if (root === undefined) return sharedNamespace;
  const folder = projectFolder(root);
  const name =
    basename(folder)
      .replace(/[^A-Za-z0-9._-]+/gu, "-")
      .slice(0, 40) || "project";
  return `${name}-${createHash("sha256").update(folder).digest("hex").slice(0, 6)}`;
}

/** Where memories are looked for: what was said, else the client's project and what holds everywhere. */
export function namespacesOf(
  connection: McpConnection,
  said?: string,
): string | string[] | undefined {
  if (said === "*") return undefined;
  return said ?? [...new Set([projectNamespace(connection), sharedNamespace])];
}

/**
 * The engine a question about code goes to: of the folder that was named, else of the client's own, else of
 * the only index that is open. It has an index.
 */
export async function engineFor(place: Place, project: string | undefined): Promise<CodeEngine> {
  const folder =
    project === undefined ? connectionRoot(place.connection) : checkedFolder(place, project);
  if (folder === undefined) {
    const open = openIndexes(place.backend);
    if (open.length === 1 && open[0] !== undefined) return open[0];
    throw new ToolFailure(
      `This connection has no project folder. Pass project, the absolute path of an indexed folder${
        open.length === 0
          ? ""
          : `, for example one of: ${open
              .slice(0, 5)
              .map(({ root }) => oneLine(root))
              .join(", ")}`
      }.`,
    );
  }
  const engine = await place.backend.engine(folder, { nearest: true });
  engine.status();
  return engine;
}

/** The engine of a folder that is to be indexed, when that folder is allowed. */
export async function engineToIndex(place: Place, path: string | undefined): Promise<CodeEngine> {
  const { backend, connection, options } = place;
  const own = connectionRoot(connection);
  const folder = path === undefined ? own : checkedFolder(place, path);
  if (folder === undefined) {
    throw new ToolFailure(
      "This connection has no project folder. Pass path, the absolute path of the folder to index.",
    );
  }
  const real = realFolder(folder);
  if (!isFolder(real)) {
    throw new ToolFailure(`${oneLine(folder)} is no folder. Pass the path of one that exists.`);
  }
  const allowed = [
    own,
    ...(options.roots ?? []),
    ...openIndexes(backend).map((engine) => engine.root),
  ];
  const isAllowed = allowed.some((root) => root !== undefined && isInside(realFolder(root), real));
  if (!isAllowed && !(await hasIndex(backend, real))) {
    throw new ToolFailure(
      `${oneLine(folder)} is outside the folders that may be indexed from here${own === undefined ? "" : ` (${oneLine(own)})`}. Pass a path inside them, or ask the user to run: haypile index ${JSON.stringify(oneLine(folder))}`,
    );
  }
  return await backend
    .engine(real, { nearest: true })
    .then(async (engine) => (isIndexed(engine) ? engine : await backend.engine(real)));
}

/** A path inside a project as the index writes it: relative, with "/". @throws HaypileError HAYPILE_PATH_REFUSED */
export function inProject({ root }: CodeEngine, path: string): string {
  return passGate(root, path);
}

/** A folder or a pattern that narrows a question down, as the index takes it; undefined for all of the project. */
export function filterIn({ root }: CodeEngine, path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  const own = passGateForFilter(root, path);
  return own === "" ? undefined : own;
}

/** Why a filter left nothing, where that is plain; "" otherwise. @param path as filterIn() gives it */
export function emptyFilter(engine: CodeEngine, path: string | undefined): string {
  if (path === undefined || /[*?]/u.test(path)) return "";
  try {
    engine.outline(path, { maxFiles: 1, depth: 0 });
    return "";
  } catch {
    return ` Nothing at ${oneLine(path)} is indexed: outline lists what is.`;
  }
}

function assertNoNul(path: string): void {
  if (!path.includes("\0")) return;
  throw new ToolFailure("The path has a NUL character in it. Pass a plain path.");
}

/** Engines that have an index, each once. An engine that is open need not have one: asking for it opens it. */
export function openIndexes(backend: Pick<McpBackend, "engines">): CodeEngine[] {
  return [...new Map(backend.engines().map((engine) => [engine.root, engine])).values()].filter(
    isIndexed,
  );
}

export function isIndexed(engine: CodeEngine): boolean {
  try {
    engine.status();
    return true;
  } catch {
    return false;
  }
}

async function hasIndex(backend: McpBackend, folder: string): Promise<boolean> {
  const engine = await backend.engine(folder, { nearest: true }).catch(() => undefined);
  return engine !== undefined && isIndexed(engine) && isInside(engine.root, folder);
}

function checkedFolder({ connection }: Place, path: string): string {
  assertNoNul(path);
  const root = connectionRoot(connection);
  if (isAbsolute(path)) return resolve(path);
  if (root !== undefined) return resolve(root, path);
  throw new ToolFailure(
    `Expected an absolute path but got ${oneLine(path, 100)}: this connection has no folder it could be relative to.`,
  );
}

function realFolder(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return resolve(folder);
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
