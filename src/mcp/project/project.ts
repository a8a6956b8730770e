/* Which folder a call is about, and what a client may reach: folders with an index, and its own. */
import { statSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import { isInside } from "../../base/files/read-file.ts";
import { passGate, passGateForFilter } from "../../base/paths/path-gate.ts";
import { realPathSync } from "../../base/paths/real-path.ts";
import { isNetworkPath, leavesMachine } from "../../base/paths/windows-names.ts";
import { readEnvironment } from "../../config/environment/env.ts";
import { homeFolder } from "../../config/environment/home-folder.ts";
import { noteProject, type Project, projectOf } from "../../config/places/projects.ts";
import type { CodeIndex } from "../../ports/haypile.ts";
import { ToolFailure } from "../answer/tool-failure.ts";
import { oneLine } from "../answer/visible-text.ts";
import type { McpBackend, McpConnection, McpOptions } from "../backend/backend.ts";
import { rootOrIndex } from "./index-new.ts";

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
  return connection.namespace ?? connectionProject(connection)?.namespace ?? sharedNamespace;
}

/** Where memories are looked for: what was said, else the client's project and what holds everywhere. */
export function namespacesOf(
  connection: McpConnection,
  said?: string,
): string | string[] | undefined {
  if (said === "*") return undefined;
  if (said !== undefined) return said;
  if (connection.namespace !== undefined) return undefined;
  const own = connectionProject(connection)?.namespaces ?? [];
  return [...new Set([...own, sharedNamespace])];
}

/** An index that is there, and the folder it is of. */
export interface FoundIndex {
  /** Absolute. */
  root: string;
  code: CodeIndex;
}

/**
 * The index a question about code goes to: of the folder that was named, else of the client's own, else the only one
 * that is open.
 */
export async function indexFor(place: Place, project: string | undefined): Promise<FoundIndex> {
  const { haypile } = place.backend;
  const folder =
    project === undefined ? connectionRoot(place.connection) : checkedFolder(place, project);
  if (folder !== undefined) {
    const code = haypile.code(folder);
    const root = await rootOrIndex(place.backend, ownToIndex(place, folder), code);
    return { root, code: haypile.code(folder) };
  }
  const open = await haypile.openFolders();
  const [only] = open;
  if (open.length === 1 && only !== undefined) return { root: only, code: haypile.code(only) };
  const known = open.slice(0, 5).map(oneLine);
  throw new ToolFailure(
    `This connection has no project folder. Pass project, the absolute path of an indexed folder${
      known.length === 0 ? "" : `, for example one of: ${known.join(", ")}`
    }.`,
  );
}

/** The same for a question at a revision, which git answers: a folder that the client may have indexed needs no index. */
export async function historyFor(place: Place, project: string | undefined): Promise<FoundIndex> {
  const folder =
    project === undefined ? connectionRoot(place.connection) : checkedFolder(place, project);
  const own = folder === undefined ? undefined : ownToIndex(place, folder);
  if (own === undefined) return await indexFor(place, project);
  const code = place.backend.haypile.code(own);
  const indexed = await code.status().catch(() => undefined);
  return { root: indexed?.root ?? own, code };
}

/** The folder, where this client may have it indexed without being told to. */
function ownToIndex({ connection, options }: Place, folder: string): string | undefined {
  const real = realFolder(folder);
  const allowed = [connectionRoot(connection), ...(options.roots ?? [])];
  const isAllowed = allowed.some((one) => one !== undefined && realFolder(one) === real);
  return isAllowed && isFolder(real) ? real : undefined;
}

/** The folder that is to be indexed, when that is allowed: its own, or that of the index it belongs to. */
export async function indexToMake(place: Place, path: string | undefined): Promise<FoundIndex> {
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
  const above = backend.haypile.code(real);
  const indexed = await above.status().catch(() => undefined);
  if (indexed !== undefined && isInside(realFolder(indexed.root), real)) {
    return { root: indexed.root, code: above };
  }
  const allowed = [own, ...(options.roots ?? [])];
  if (!allowed.some((root) => root !== undefined && isInside(realFolder(root), real))) {
    throw new ToolFailure(
      `${oneLine(folder)} is outside the folders that may be indexed from here${own === undefined ? "" : ` (${oneLine(own)})`}. Pass a path inside them, or ask the user to run: haypile index ${JSON.stringify(oneLine(folder))}`,
    );
  }
  return { root: real, code: backend.haypile.code(real, { nearest: false }) };
}

/** A path inside a project as the index writes it: relative, with "/". @throws HaypileError HAYPILE_PATH_REFUSED */
export function inProject({ root }: FoundIndex, path: string): string {
  return passGate(root, path);
}

/** A folder or a pattern that narrows a question down, as the index takes it; undefined for all of the project. */
export function filterIn({ root }: FoundIndex, path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  const own = passGateForFilter(root, path);
  return own === "" ? undefined : own;
}

/** Why a filter left nothing, where that is plain; "" otherwise. @param path as filterIn() gives it */
export async function emptyFilter({ code }: FoundIndex, path: string | undefined): Promise<string> {
  if (path === undefined || /[*?]/u.test(path)) return "";
  try {
    await code.outline(path, { maxFiles: 1, depth: 0 });
    return "";
  } catch {
    return ` Nothing at ${oneLine(path)} is indexed: outline lists what is.`;
  }
}

function assertNoNul(path: string): void {
  if (!path.includes("\0")) return;
  throw new ToolFailure("The path has a NUL character in it. Pass a plain path.");
}

/** @throws ToolFailure for a relative path without a folder, and for one on another machine */
export function checkedFolder({ connection, options }: Place, path: string): string {
  assertNoNul(path);
  const root = connectionRoot(connection);
  if (isAbsolute(path)) {
    const folder = resolve(path);
    // A model may have read it anywhere, and to look there is to log in at that machine.
    const mayGo = [root, ...(options.roots ?? [])].some(
      (one) => one !== undefined && !leavesMachine(one, folder),
    );
    if (!isNetworkPath(folder) || mayGo) return folder;
    throw new ToolFailure(
      `${oneLine(folder)} is on another machine, which is not looked at for a tool. Map the share to a drive, or start the server there.`,
    );
  }
  if (root !== undefined) return resolve(root, path);
  throw new ToolFailure(
    `Expected an absolute path but got ${oneLine(path, 100)}: this connection has no folder it could be relative to.`,
  );
}

function realFolder(folder: string): string {
  try {
    return realPathSync(folder);
  } catch {
    return resolve(folder);
  }
}

export function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
