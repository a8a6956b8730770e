/* haypile collections: folders that are searched together, and what the user says of them. */
import { resolve } from "node:path";
import type { Command } from "commander";
import { fileError, HaypileError } from "../../../base/errors.ts";
import { realPathSync } from "../../../base/paths/real-path.ts";
import { readEnvironment } from "../../../config/environment/env.ts";
import {
  addToCollection,
  type Collection,
  describeFolder,
  readCollections,
  removeFromCollection,
} from "../../../config/places/collections.ts";
import { counted, printable, printJson, printLine } from "../../output/format.ts";
import type { CollectionJson } from "../../output/json-outputs.ts";

interface Flags {
  json?: boolean | undefined;
}

/** haypile collections list|add|remove|describe */
export function addCollections(program: Command): void {
  const collections = program
    .command("collections")
    .description("folders that are searched together, by a name of yours");
  addList(collections);
  addAdd(collections);
  addRemove(collections);
  addDescribe(collections);
}

function addList(collections: Command): void {
  collections
    .command("list", { isDefault: true })
    .description("each collection with its folders, and what was said of them")
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      `
Examples:
  haypile collections
  haypile collections list --json`,
    )
    .action(({ json }: Flags) => {
      const found = readCollections(readEnvironment()).collections.map(withContexts);
      if (json === true) return printJson("collections list", { collections: found });
      if (found.length === 0) {
        printLine(
          'There is no collection yet. Make one with "haypile collections add NAME FOLDER".',
        );
      }
      for (const one of found) print(one);
    });
}

function addAdd(collections: Command): void {
  collections
    .command("add")
    .description("add folders to a collection, which is made when there is none")
    .argument("<name>", "letters, digits, dots, underscores and hyphens")
    .argument("<folders...>", "folders that have an index, or will have one")
    .option("--context <sentence>", "what these folders are; given with their hits")
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      `
Examples:
  haypile collections add payments ~/src/app ~/src/pay-web
  haypile collections add payments ~/src/app --context "the payments service's API"
  haypile search "how are refunds signed" --across payments`,
    )
    .action((name: string, folders: string[], flags: Flags & { context?: string | undefined }) => {
      const places = readEnvironment();
      const real = folders.map(existing);
      const made = addToCollection(name, real, places);
      if (flags.context !== undefined) {
        for (const folder of real) describeFolder(folder, flags.context, places);
      }
      if (flags.json === true) printJson("collections add", withContexts(made));
      else print(withContexts(made));
    });
}

function addRemove(collections: Command): void {
  collections
    .command("remove")
    .description("take folders out of a collection; without folders the collection goes")
    .argument("<name>", "that of the collection")
    .argument("[folders...]", "as they were added")
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      `
Nothing is deleted but the name: indexes stay.

Examples:
  haypile collections remove payments ~/src/pay-web
  haypile collections remove payments`,
    )
    .action((name: string, folders: string[], { json }: Flags) => {
      const places = readEnvironment();
      const before = readCollections(places).collections.find((one) => one.name === name);
      const meant = folders.map((folder) => ofCollection(folder, before));
      const left = removeFromCollection(name, meant, places);
      if (json === true) printJson("collections remove", withContexts(left));
      else if (left.folders.length === 0) printLine(`The collection ${printable(name)} is gone.`);
      else print(withContexts(left));
    });
}

function addDescribe(collections: Command): void {
  collections
    .command("describe")
    .description("say in a sentence what a folder is; searches over several folders give it")
    .argument("<folder>", "the folder")
    .argument("[words...]", 'such as "the payments service\'s API"; none: forget it')
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      `
Examples:
  haypile collections describe ~/src/app "the payments service's API"
  haypile collections describe ~/src/app`,
    )
    .action((folder: string, words: string[], { json }: Flags) => {
      const real = existing(folder);
      const context = words.join(" ");
      describeFolder(real, context, readEnvironment());
      if (json === true) printJson("collections describe", { folder: real, context });
      else printLine(`${printable(real)}: ${context === "" ? "forgotten" : printable(context)}`);
    });
}

/** @throws HaypileError HAYPILE_PATH_MISSING, HAYPILE_PERMISSION */
function existing(folder: string): string {
  try {
    return realPathSync(resolve(folder));
  } catch (error) {
    throw fileError(error, `add the folder ${folder}`);
  }
}

/** A folder that is gone can be taken out by the name it had. */
function ofCollection(folder: string, collection: Collection | undefined): string {
  const named = resolve(folder);
  if (collection === undefined || collection.folders.includes(named)) return named;
  const real = existing(folder);
  if (collection.folders.includes(real)) return real;
  throw new HaypileError(
    "HAYPILE_USAGE",
    `Expected a folder of the collection ${collection.name} but got ${folder}.`,
    { data: { name: collection.name, folder } },
  );
}

function withContexts({ name, folders }: Collection): CollectionJson {
  const { contexts } = readCollections(readEnvironment());
  return {
    name,
    folders: folders.map((folder) => ({
      folder,
      context: Object.hasOwn(contexts, folder) ? contexts[folder] : undefined,
    })),
  };
}

function print({ name, folders }: CollectionJson): void {
  printLine(`${printable(name)}  ${counted(folders.length, "folder")}`);
  for (const { folder, context } of folders) {
    printLine(`  ${printable(folder)}${context === undefined ? "" : `: ${printable(context)}`}`);
  }
}
