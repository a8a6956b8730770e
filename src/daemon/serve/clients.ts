/* The clients of a server, as `haypile tokens` adds, shows and revokes them. */
import { readEnvironment } from "../../config/environment/env.ts";
import {
  addClient,
  readClients,
  removeClient,
  usualClientFile,
} from "../../http/team/clients/client-book.ts";
import type { ClientEntry } from "../../http/team/clients/client-entry.ts";

/** One client as it is told: never its token, nor what that hashes to. */
export interface ServeClient {
  name: string;
  /** "token": it shows one of ours. "subject": an access token of the authorization server. */
  by: "token" | "subject";
  subject?: string | undefined;
  created?: string | undefined;
  expires?: string | undefined;
  read: readonly string[];
  write: readonly string[];
  folders: readonly string[];
  admin: boolean;
  namespace?: string | undefined;
  perMinute?: number | undefined;
  concurrent?: number | undefined;
  bodyBytes?: number | undefined;
}

/** What `haypile serve --json` says once. */
export interface ServedAt {
  /** Of MCP, as this machine reaches it. */
  url: string;
  clientFile: string;
  /** In that file. */
  clients: number;
}

export interface AddedToken {
  name: string;
  file: string;
  /** It is shown once. */
  token: string;
  expires?: string | undefined;
}

export type NewClient = Pick<ClientEntry, "name" | "expires" | "rights" | "namespace" | "limits">;

/** @param said where it is; Default: in the data folder */
export function clientFileOf(said: string | undefined): string {
  return said ?? usualClientFile(readEnvironment().dataFolder);
}

/** @returns the token, which nobody can tell again. @throws HaypileError HAYPILE_USAGE, HAYPILE_CONFIG_INVALID, of files */
export function addServeClient(path: string, client: NewClient): string {
  return addClient(path, client);
}

/** @throws HaypileError HAYPILE_CONFIG_INVALID, those of files */
export function serveClients(path: string): ServeClient[] {
  return readClients(path).map(({ name, token, subject, created, expires, ...rest }) => {
    const { rights, namespace, limits } = rest;
    const by = token === undefined ? "subject" : "token";
    return { name, by, subject, created, expires, ...rights, namespace, ...limits };
  });
}

/** @throws HaypileError HAYPILE_USAGE where there is none of this name, those of files */
export function revokeServeClient(path: string, name: string): void {
  removeClient(path, name);
}
