/* Which folder a call is about, and what a client may reach: folders with an index, and its own. */
import { realpathSync, statSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { isInside } from "../../base/files/read-file.ts";
import { passGate, passGateForFilter } from "../../base/paths/path-gate.ts";
import { readEnvironment } from "../../config/environment/env.ts";
import { homeFolder } from "../../config/environment/home-folder.ts";
import { noteProject, type Project, projectOf } from "../../config/places/projects.ts";
import { ToolFailure } from "../answer/tool-failure.ts";
import { oneLine } from "../answer/visible-text.ts";
import type { McpBackend, McpConnection, McpOptions } from "../backend/backend.ts";
import type { CodeEngine } from "../backend/code-engine.ts";

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
  const home = homeFolder(readEnvironment().variables);
  const isHome = home !== undefined && folder === resolve(home);
  return resolve(folder, "..") === folder || isHome ? undefined : folder;
}

/** The client's project; undefined: it works in none. */
export function connectionProject(connection: McpConnection): Project | undefined {
  const root = connectionRoot(connection);
  return root === undefined ? undefined : projectOf(root, readEnvironment());
}

/** Notes where the client's project is, so that its memories are found again when it is moved. */
export function noteConnection(connection: McpConnection): void {
  const root = connectionRoot(connection);
  if (root !== undefined) noteProject(root, readEnvironment());
}

/** The namespace that memories of the client's project are kept in. */
export function projectNamespace(connection: McpConnection): string {
  return connectionProject(connection)?.namespace ?? sharedNamespace;
}

/** Where memories are looked for: what was said, else the client's project and what holds everywhere. */
export function namespacesOf(
  connection: McpConnection,
  said?: string,
): string | string[] | undefined {
  if (said === "*") return undefined;
  if (said !== undefined) return said;
  const own = connectionProject(connection)?.namespaces ?? [];
  return [...new Set([...own, sharedNamespace])];
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
