/*
 * Collections of folders by name, and what the user says of a folder. They are the user's own: a file in the data folder,
 * which no project can write.
 */
import { isAbsolute, join } from "node:path";
import { HaypileError } from "../../base/errors.ts";
import { inTurn } from "../../base/files/in-turn.ts";
import { readBoundedSync } from "../../base/files/read-file.ts";
import { likelyName } from "../../base/text/suggest.ts";
import type { Environment } from "../environment/env.ts";
import { writeAtomically } from "../file/write-file.ts";

export interface Collection {
  name: string;
  /** Absolute, in the order in which they were added. */
  folders: readonly string[];
}

export interface Collections {
  collections: readonly Collection[];
  /** What was said of folders, by folder. */
  contexts: Readonly<Record<string, string>>;
}

type Places = Pick<Environment, "dataFolder">;

/** All indexes of the user: no collection can have the name. */
export const everyFolder = "*";

const format = 1;
const mostBytes = 4_000_000;
const most = { collections: 500, folders: 1_000, contextCharacters: 300 };
const plainName = /^[\p{L}\p{N}][\p{L}\p{N}._-]{0,63}$/u;

export function collectionsFile({ dataFolder }: Places): string {
  return join(dataFolder, "collections.json");
}

/** @throws HaypileError HAYPILE_CONFIG_INVALID where the file is damaged, HAYPILE_PERMISSION, HAYPILE_IO */
export function readCollections(places: Places): Collections {
  const path = collectionsFile(places);
  let text: string;
  try {
    text = readBoundedSync(path, { mostBytes, links: "refuse" }).toString("utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT")
      return { collections: [], contexts: {} };
    throw damaged(path, error);
  }
  try {
    return checked(JSON.parse(text));
  } catch (error) {
    throw damaged(path, error);
  }
}

/** Adds folders to a collection, which is made when there is none. @throws HaypileError HAYPILE_USAGE, and as reading */
export function addToCollection(
  name: string,
  folders: readonly string[],
  places: Places,
): Collection {
  if (!plainName.test(name)) {
    throw usage(
      `Expected a name of up to 64 letters, digits, ".", "_" and "-" for a collection but got ${JSON.stringify(name.slice(0, 80))}.`,
    );
  }
  return change(places, ({ collections, contexts }) => {
    const before = collections.find((one) => one.name === name);
    const made = { name, folders: [...new Set([...(before?.folders ?? []), ...folders])] };
    if (made.folders.length > most.folders) {
      throw usage(`Expected at most ${most.folders} folders in a collection.`);
    }
    const others = collections.filter((one) => one.name !== name);
    if (others.length >= most.collections) {
      throw usage(`Expected at most ${most.collections} collections.`);
    }
    save({ collections: [...others, made], contexts }, places);
    return made;
  });
}

/**
 * Takes folders out of a collection; without folders, or when none is left, the collection goes.
 * @returns the folders it has left
 * @throws HaypileError HAYPILE_USAGE where there is none of the name, and as reading
 */
export function removeFromCollection(
  name: string,
  folders: readonly string[],
  places: Places,
): Collection {
  return change(places, ({ collections, contexts }) => {
    const before = collections.find((one) => one.name === name);
    if (before === undefined) throw unknown(name, collections);
    const left =
      folders.length === 0 ? [] : before.folders.filter((folder) => !folders.includes(folder));
    const made = { name, folders: left };
    const others = collections.filter((one) => one.name !== name);
    save({ collections: left.length === 0 ? others : [...others, made], contexts }, places);
    return made;
  });
}

/** Says what a folder is, in a sentence; "" forgets it. @throws HaypileError HAYPILE_USAGE, and as reading */
export function describeFolder(folder: string, context: string, places: Places): void {
  const line = context.replace(/\s+/gu, " ").trim();
  if (line.length > most.contextCharacters) {
    throw usage(
      `Expected a sentence of at most ${most.contextCharacters} characters but got ${line.length}.`,
    );
  }
  change(places, ({ collections, contexts }) => {
    const { [folder]: _, ...others } = contexts;
    save({ collections, contexts: line === "" ? others : { ...others, [folder]: line } }, places);
  });
}

/** The error for a name that is no collection. */
export function unknown(name: string, collections: readonly Collection[]): HaypileError {
  const names = collections.map((one) => one.name);
  const near = likelyName(name, names);
  const hint =
    near === undefined
      ? names.length === 0
        ? 'There is none yet: "haypile collections add NAME FOLDER" makes one.'
        : `There are: ${names.slice(0, 8).join(", ")}.`
      : `Did you mean ${near}?`;
  return new HaypileError(
    "HAYPILE_USAGE",
    `Expected the name of a collection or a folder but got ${JSON.stringify(name.slice(0, 200))}. ${hint}`,
    { data: { name } },
  );
}

/** What is read, changed and saved while no other process does so. */
function change<T>(places: Places, work: (before: Collections) => T): T {
  return inTurn(places.dataFolder, () => work(readCollections(places)));
}

function save({ collections, contexts }: Collections, places: Places): void {
  const sorted = [...collections].sort((a, b) => (a.name < b.name ? -1 : 1));
  const text = JSON.stringify({ format, collections: sorted, contexts }, null, 2);
  writeAtomically(collectionsFile(places), `${text}\n`);
}

function checked(read: unknown): Collections {
  const { format: found, collections, contexts } = read as Record<string, unknown>;
  const isText = (value: unknown): value is string => typeof value === "string";
  const isFolder = (value: unknown): value is string => isText(value) && isAbsolute(value);
  if (typeof found === "number" && found > format) throw new NewerFormat(found);
  if (found !== format || !Array.isArray(collections) || typeof contexts !== "object") {
    throw new Error(`format ${format} was expected`);
  }
  return {
    collections: collections.map((one: Collection) => {
      if (!plainName.test(one.name) || !one.folders.every(isFolder)) {
        throw new Error("a collection has a wrong name or folder");
      }
      return { name: one.name, folders: [...one.folders] };
    }),
    contexts: Object.fromEntries(
      Object.entries(contexts ?? {}).filter(([folder, text]) => isFolder(folder) && isText(text)),
    ),
  };
}

class NewerFormat extends Error {
  readonly format: number;

  constructor(found: number) {
    super(`format ${format} was expected`);
    this.format = found;
  }
}

function damaged(path: string, cause: unknown): HaypileError {
  if (cause instanceof NewerFormat) {
    return new HaypileError(
      "HAYPILE_CONFIG_INVALID",
      `Expected collections of format ${format}, but ${path} is of ${cause.format}, made by a newer Haypile. It was not changed. Update Haypile here, or move the file away and add the collections again.`,
      { data: { path, format: cause.format, known: format } },
    );
  }
  const what = cause instanceof Error ? cause.message : String(cause);
  return new HaypileError(
    "HAYPILE_CONFIG_INVALID",
    `Could not read the collections in ${path}: ${what}. Put the file right, or delete it and add the collections again.`,
    { data: { path }, cause },
  );
}

function usage(message: string): HaypileError {
  return new HaypileError("HAYPILE_USAGE", message);
}
