/*
 * The password of a server, by file or environment and never as an option: HAYPILE_STORE_PASSWORD, the file that
 * store.password-file names, PGPASSWORD, and the lines of PGPASSFILE (~/.pgpass). It is read when a connection is made and
 * handed to the link, nowhere else. A server that the file of a project names gets what PGPASSFILE says for that server,
 * and nothing that was said for another one.
 */
import { statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileError, HaypileError } from "../../base/errors.ts";
import { readBoundedSync } from "../../base/files/read-file.ts";
import { log } from "../../base/log.ts";
import type { Environment } from "../../config/environment/env.ts";
import { placeOf } from "../../storage/postgres/link/place.ts";

const mostBytes = 1_000_000;

export interface PasswordQuestion {
  url: URL;
  /** As "store.password-file" says. */
  file: string | undefined;
  /** The user's own file or environment names the server. */
  isOfUser: boolean;
}

/**
 * Undefined: none is known, and the server may need none.
 * @throws HaypileError HAYPILE_CONFIG_INVALID where the file of the password is empty, or others may read it;
 *   HAYPILE_PATH_MISSING, HAYPILE_PERMISSION, HAYPILE_IO, HAYPILE_USAGE where a passfile is asked about an address that is wrong
 */
export function passwordFor(
  { url, file, isOfUser }: PasswordQuestion,
  { variables }: Environment,
): string | undefined {
  if (isOfUser) {
    const own = variables.HAYPILE_STORE_PASSWORD;
    if (own !== undefined && own !== "") return own;
    if (file !== undefined) return firstLine(file);
    const usual = variables.PGPASSWORD;
    if (usual !== undefined && usual !== "") return usual;
  }
  return ofPassFile(url, variables);
}

function firstLine(path: string): string {
  let text: string;
  try {
    text = readBoundedSync(path, { mostBytes, links: "follow" }).toString("utf8");
  } catch (error) {
    throw fileError(error, `read the password of the store in ${path}`);
  }
  if (isOpenToOthers(path)) {
    throw new HaypileError(
      "HAYPILE_CONFIG_INVALID",
      `Expected the file of the store's password, ${path}, to be readable by you alone, but others may read it. Run: chmod 600 ${path}`,
      { data: { path } },
    );
  }
  const line = text.replace(/^\ufeff/u, "").split(/\r?\n/u, 1)[0] ?? "";
  if (line !== "") return line;
  throw new HaypileError(
    "HAYPILE_CONFIG_INVALID",
    `Expected a password in the first line of ${path} (store.password-file), but it is empty. Put it there.`,
    { data: { path } },
  );
}

/** What somebody else has put there, as a container does with secrets, is as they want it. */
function isOpenToOthers(path: string): boolean {
  if (process.platform === "win32") return false;
  const { mode, uid } = statSync(path);
  return uid === process.getuid?.() && (mode & 0o077) !== 0;
}

function ofPassFile(url: URL, variables: Environment["variables"]): string | undefined {
  const path = passFile(variables);
  if (path === undefined) return undefined;
  const isSaid = path === variables.PGPASSFILE;
  let text: string;
  try {
    if (isOpenToOthers(path)) {
      log("warn", `${path} was left out: others may read it. Run: chmod 600 ${path}`);
      return undefined;
    }
    text = readBoundedSync(path, { mostBytes, links: "follow" }).toString("utf8");
  } catch (error) {
    // The usual one need not be there.
    if (isSaid) log("warn", fileError(error, `read passwords in ${path} (PGPASSFILE)`).message);
    return undefined;
  }
  const asked = askedOf(url);
  for (const line of text.split(/\r?\n/u)) {
    if (line.startsWith("#") || line.trim() === "") continue;
    const fields = fieldsOf(line);
    const password = fields[4];
    if (password === undefined) continue;
    if (asked.every((value, at) => fields[at] === "*" || fields[at] === value)) return password;
  }
  return undefined;
}

function passFile(variables: Environment["variables"]): string | undefined {
  const said = variables.PGPASSFILE;
  if (said !== undefined && said !== "") return said;
  if (process.platform === "win32") {
    const folder = variables.APPDATA;
    return folder === undefined ? undefined : join(folder, "postgresql", "pgpass.conf");
  }
  return join(variables.HOME ?? homedir(), ".pgpass");
}

/** Host, port, database and user, as such a file names them: the very ones that the link will use. */
function askedOf(url: URL): string[] {
  const { host, port, database, user } = placeOf({ url: url.href });
  return [host.startsWith("/") ? "localhost" : host, String(port), database, user];
}

/** Split at ":", where "\:" and "\\" stand for themselves; the fifth is all of the rest. */
function fieldsOf(line: string): string[] {
  const fields: string[] = [];
  let field = "";
  for (let at = 0; at < line.length; at += 1) {
    const character = line[at] as string;
    if (character === "\\" && at + 1 < line.length) {
      at += 1;
      field += line[at];
    } else if (character === ":" && fields.length < 4) {
      fields.push(field);
      field = "";
    } else field += character;
  }
  return [...fields, field];
}
