/*
 * Which store memories and indexes are kept in, by the settings: the files of this machine, or servers. The link's options
 * are made here, with the password, which no option holds.
 */
import { existsSync } from "node:fs";
import type { Environment } from "../../config/environment/env.ts";
import type { OptionName } from "../../config/options/options.ts";
import {
  ownFiles,
  readStores,
  serverAddress,
  storeOfNamespace,
} from "../../config/options/store-address.ts";
import { memoriesPath } from "../../config/places/paths.ts";
import { isSaid, type Setting, type Settings } from "../../config/resolve.ts";
import { optionsOfUser } from "../../config/user-options.ts";
import type { LinkOptions } from "../../storage/postgres/link/link.ts";
import { isSameAddress } from "../../storage/postgres/same-store.ts";
import { passwordFor } from "./password.ts";
import { withoutProject } from "./project-of-address.ts";
import { ofFilesOnly } from "./refused.ts";

/** A store as a setting names it: files of this machine, or the address of a server, without a password. */
export type StoreName = string;

export { ownFiles };

/** Who is kept where: for a namespace by its own, else by the one for all others. */
export interface MemoryStores {
  others: StoreName;
  /** By namespace, or by the beginning of one and "*". */
  named: readonly (readonly [namespace: string, store: StoreName])[];
}

type Configured = { settings: Settings };

/** Where indexes of a folder are kept. */
export function indexStore({ settings }: Configured): StoreName {
  return settings["index.store"].value ?? settings["store.url"].value ?? ownFiles;
}

/** Where memories are kept, by the user's file and the environment. @throws HaypileError HAYPILE_CONFIG_INVALID */
export function storesOfMemories(environment: Environment): MemoryStores {
  const said = optionsOfUser(environment, ["store.url", "memories.store", "memories.stores"]);
  const others = said["memories.store"] ?? said["store.url"] ?? ownFiles;
  return { others: String(others), named: readStores(said["memories.stores"] ?? {}) ?? [] };
}

/** Whether any memories are kept in the file of this machine. */
export function keepsFile(environment: Environment): boolean {
  return allStores(storesOfMemories(environment)).includes(ownFiles);
}

/** Whether there may be memories: asking for them makes no file. A file of settings that cannot be read says nothing. */
export function mayHaveMemories(environment: Environment): boolean {
  if (existsSync(memoriesPath(environment.dataFolder))) return true;
  try {
    return allStores(storesOfMemories(environment)).some((store) => store !== ownFiles);
  } catch {
    return false;
  }
}

/**
 * For what only a file has, where none was named.
 * @param what "A schema goes back" @param instead what to do, as a sentence
 * @throws HaypileError HAYPILE_USAGE where memories are on servers alone
 */
export function assertKeptInFile(environment: Environment, what: string, instead: string): void {
  const [store = ownFiles] = allStores(storesOfMemories(environment));
  if (store !== ownFiles) throw ofFilesOnly(what, store, instead);
}

/** The store of one namespace. */
export function storeOf({ others, named }: MemoryStores, namespace: string): StoreName {
  return storeOfNamespace(named, namespace) ?? others;
}

/** All of them, each once: first the files of this machine. */
export function allStores({ others, named }: MemoryStores): StoreName[] {
  const all = new Set([others, ...named.map(([, store]) => store)]);
  return [...all].sort((a, b) => Number(b === ownFiles) - Number(a === ownFiles));
}

/**
 * How the store of indexes, or that of most memories, is reached; undefined: it is the files of this machine.
 *
 * @param configuration of the folder whose index is meant; of no folder for memories
 * @throws HaypileError as passwordFor()
 */
export function storeFor(
  what: "index" | "memories",
  configuration: Configured,
  environment: Environment,
): LinkOptions | undefined {
  const store = what === "index" ? indexStore(configuration) : storesOfMemories(environment).others;
  return linkTo(store, configuration, environment, what);
}

/**
 * The same for a store that is named. The project of an index that its address may name is no part of the link's.
 * @throws HaypileError as passwordFor() and withoutProject()
 */
export function linkTo(
  store: StoreName,
  { settings }: Configured,
  environment: Environment,
  what: "index" | "memories" = "memories",
): LinkOptions | undefined {
  if (store === ownFiles) return undefined;
  const { url } = withoutProject(store);
  const file = settings["store.password-file"].value;
  const isOfUser = what === "memories" || !isOfProject(settings, "index.store", "store.url");
  const password = passwordFor({ url: new URL(url), file, isOfUser }, environment);
  return {
    url,
    password,
    isPasswordFinal: true,
    replica: replicaOf(store, what, settings, environment),
    limitMs: settings["store.timeout"].value,
    connections: settings["store.connections"].value,
  };
}

/**
 * `store.replica`, for the store that it is one of. That is the main server, whose password it gets; a store that is named for
 * some has none. What the file of a project names is one of the store that this very file names, if it names any, and gets what
 * PGPASSFILE says for the replica itself: the store beside it may be one of the user's own.
 */
function replicaOf(
  store: StoreName,
  what: "index" | "memories",
  settings: Settings,
  environment: Environment,
): LinkOptions["replica"] {
  const { value = "off", origin, from } = settings["store.replica"];
  if (value === "off") return undefined;
  // Whoever has no replica is not told what is wrong with its address.
  const replica = () => ({
    url: withoutProject(value).url,
    stalenessMs: settings["store.staleness"].value ?? 0,
  });
  if (origin !== "project file") {
    return isSameServer(store, mainServer(settings)) ? replica() : undefined;
  }
  const own = saidFirst(settings, "index.store", "store.url");
  if (what !== "index" || own?.origin !== origin || own.from !== from) return undefined;
  const { url, stalenessMs } = replica();
  const question = { url: new URL(url), file: undefined, isOfUser: false };
  return { url, stalenessMs, password: passwordFor(question, environment) };
}

/** What `store.replica` is a replica of: the server of all, else that of memories, as "haypile move" names it, else that of indexes. */
function mainServer(settings: Settings): StoreName | undefined {
  const said = [settings["store.url"], settings["memories.store"], settings["index.store"]];
  const ofUser = said.filter((one, at) => at === 0 || one.origin !== "project file");
  return ofUser.map(({ value }) => value).find((value) => serverAddress(value) !== undefined);
}

/** One database and one schema by their addresses; who logs in there, and for which project, may differ. */
function isSameServer(store: StoreName, other: StoreName | undefined): boolean {
  if (other === undefined) return false;
  try {
    const [a, b] = [{ url: withoutProject(store).url }, { url: withoutProject(other).url }];
    return isSameAddress(a, b);
  } catch {
    // One is no address of a server: whoever opens it is told why.
    return false;
  }
}

/** How long a call waits for a server that is away, milliseconds. */
export function storeWaitMs({ settings }: Configured): number {
  return settings["store.wait"].value ?? 0;
}

/** The option that names the store of an index comes from the file of a project. */
function isOfProject(settings: Settings, ...names: OptionName[]): boolean {
  return saidFirst(settings, ...names)?.origin === "project file";
}

function saidFirst(settings: Settings, ...names: OptionName[]): Setting | undefined {
  return names.map((name) => settings[name]).find((one) => isSaid(one));
}

/** Who names where memories are, for messages: "memories.store in /home/me/.config/haypile/haypile.toml". */
export function saidBy({ settings }: Configured, names: readonly OptionName[]): string {
  for (const name of names) {
    const { origin, from } = settings[name];
    if (!isSaid(settings[name])) continue;
    return origin === "environment" || origin === "flag" ? from : `${name} in ${from}`;
  }
  return "store.url";
}
