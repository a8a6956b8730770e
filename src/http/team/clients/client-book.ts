/*
 * The file of a server's clients. Tokens are not in it, only what they hash to: who reads it can show none of them. It is
 * looked at again when it has changed, so what is added or taken away holds at once, for every server that reads the file.
 */
import { createHash, randomBytes } from "node:crypto";
import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileError, HaypileError } from "../../../base/errors.ts";
import { inTurn } from "../../../base/files/in-turn.ts";
import { removeFile, replaceFile } from "../../../base/files/patient.ts";
import {
  closeToOthers,
  makePrivateFolder,
  writePrivate,
} from "../../../base/files/private-files.ts";
import { readBoundedSync } from "../../../base/files/read-file.ts";
import { log } from "../../../base/log.ts";
import { type ClientEntry, readEntry, writtenEntry } from "./client-entry.ts";

const mostBytes = 8 * 1024 * 1024;
const formatVersion = 1;
/** So that a token is known for one where somebody finds it. */
const tokenStart = "hpt_";
const tokenBytes = 32;

/** Where the clients of a server are written when nobody says where. */
export function usualClientFile(dataFolder: string): string {
  return join(dataFolder, "serve-clients.json");
}

export function looksLikeToken(given: string): boolean {
  return given.startsWith(tokenStart) && given.length === tokenStart.length + 43;
}

export function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** The entries of a file; none where there is no file. @throws HaypileError HAYPILE_CONFIG_INVALID, those of files */
export function readClients(path: string): ClientEntry[] {
  let text: string;
  try {
    // A secret that is mounted into a container is a link.
    text = readBoundedSync(path, { mostBytes, links: "follow" }).toString("utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw fileError(error, `read the clients in ${path}`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid(path, "it is no JSON");
  }
  const { version, clients } = (value ?? {}) as { version?: unknown; clients?: unknown };
  if (version !== formatVersion) throw invalid(path, `its version is not ${formatVersion}`);
  if (!Array.isArray(clients)) throw invalid(path, "it has no list of clients");
  const entries = clients.map((one, at) => readEntry(one, `clients[${at}] of ${path}`));
  for (const pick of [(one: ClientEntry) => one.name, (one: ClientEntry) => one.subject]) {
    const seen = new Set<string>();
    for (const said of entries.map(pick)) {
      if (said === undefined) continue;
      if (seen.has(said)) throw invalid(path, `${JSON.stringify(said)} is in it twice`);
      seen.add(said);
    }
  }
  return entries;
}

/**
 * Adds a client that shows a token.
 * @returns the token: it is nowhere else, and cannot be told again
 * @throws HaypileError HAYPILE_USAGE where the name is taken, HAYPILE_CONFIG_INVALID, those of files
 */
export function addClient(path: string, entry: Omit<ClientEntry, "token" | "created">): string {
  const token = `${tokenStart}${randomBytes(tokenBytes).toString("base64url")}`;
  const whole: ClientEntry = { ...entry, token: hashOf(token), created: new Date().toISOString() };
  readEntry(JSON.parse(JSON.stringify(writtenEntry(whole))), `the client ${entry.name}`);
  change(path, (entries) => {
    if (entries.some(({ name }) => name === entry.name)) {
      throw new HaypileError(
        "HAYPILE_USAGE",
        `There is a client ${entry.name} in ${path} already. Choose another name, or revoke that one first.`,
      );
    }
    return [...entries, whole];
  });
  return token;
}

/** Takes a client away, by its name. @throws HaypileError HAYPILE_USAGE where there is none, those of files */
export function removeClient(path: string, name: string): void {
  change(path, (entries) => {
    const left = entries.filter((entry) => entry.name !== name);
    if (left.length < entries.length) return left;
    throw new HaypileError("HAYPILE_USAGE", `There is no client ${name} in ${path}.`);
  });
}

function change(path: string, edit: (entries: ClientEntry[]) => ClientEntry[]): void {
  const folder = dirname(path);
  const draft = `${path}.${process.pid}.${randomBytes(4).toString("hex")}`;
  inTurn(folder, () => {
    const clients = edit(readClients(path)).map(writtenEntry);
    const text = JSON.stringify({ version: formatVersion, clients }, undefined, 2);
    try {
      makePrivateFolder(folder);
      writePrivate(draft, `${text}\n`, "wx");
      replaceFile(draft, path);
    } catch (error) {
      removeFile(draft);
      throw fileError(error, `write the clients to ${path}`);
    }
  });
}

export class ClientBook {
  readonly #path: string;
  #byToken: ReadonlyMap<string, ClientEntry> = new Map();
  #bySubject: ReadonlyMap<string, ClientEntry> = new Map();
  #seen: string;

  /** @throws as readClients() */
  constructor(path: string) {
    this.#path = path;
    closeToOthers(path);
    this.#seen = this.#state();
    this.#take(readClients(path));
  }

  /** The client of a token that is good now. */
  ofToken(token: string): ClientEntry | undefined {
    this.#look();
    const entry = this.#byToken.get(hashOf(token));
    return entry === undefined || hasEnded(entry) ? undefined : entry;
  }

  /** The client of a subject; else that of everybody, where there is one. */
  ofSubject(subject: string): ClientEntry | undefined {
    this.#look();
    const entry = this.#bySubject.get(subject) ?? this.#bySubject.get("*");
    return entry === undefined || hasEnded(entry) ? undefined : entry;
  }

  get count(): number {
    this.#look();
    return this.#byToken.size + this.#bySubject.size;
  }

  #look(): void {
    const state = this.#state();
    if (state === this.#seen) return;
    try {
      this.#take(readClients(this.#path));
    } catch (error) {
      // What was said before holds on: one slip in the file is no reason to send everybody away.
      log("error", `the clients of the server stay as they were: ${(error as Error).message}`);
    }
    this.#seen = state;
  }

  #take(entries: readonly ClientEntry[]): void {
    const by = (pick: (entry: ClientEntry) => string | undefined): Map<string, ClientEntry> =>
      new Map(
        entries.flatMap((entry): [string, ClientEntry][] => {
          const key = pick(entry);
          return key === undefined ? [] : [[key, entry]];
        }),
      );
    this.#byToken = by(({ token }) => token);
    this.#bySubject = by(({ subject }) => subject);
  }

  /** "": there is none. */
  #state(): string {
    try {
      const { ino, mtimeMs, size } = statSync(this.#path);
      return `${ino} ${mtimeMs} ${size}`;
    } catch {
      return "";
    }
  }
}

function hasEnded({ expires }: ClientEntry): boolean {
  return expires !== undefined && Date.parse(expires) <= Date.now();
}

function invalid(path: string, why: string): HaypileError {
  return new HaypileError(
    "HAYPILE_CONFIG_INVALID",
    `Expected the clients of a server in ${path}, but ${why}. "haypile tokens add" writes such a file.`,
    { data: { path } },
  );
}
