/* Flags that several commands share, and how their values are read. */

import { type Command, Option } from "commander";
import { HaypileError } from "../../base/errors.ts";
import type { OptionName } from "../../config/options/options.ts";
import type { OpenOptions } from "../../engine/types.ts";
import type { DoorFlags } from "../door.ts";
import { wholeNumber } from "./numbers.ts";
import { addFlags, saidByFlags } from "./option-flags.ts";

/**
 * The folder of commands that take it as an argument and as --path.
 * @throws HaypileError HAYPILE_USAGE when both are said and differ
 */
export function oneFolder(argument: string | undefined, path: string | undefined): string {
  if (argument === undefined || path === undefined || argument === path)
    return argument ?? path ?? ".";
  throw new HaypileError(
    "HAYPILE_USAGE",
    `Expected one folder, but got ${argument} and --path ${path}. Say it once.`,
    { data: { argument, path } },
  );
}

/** Flags of the options table come beside these; saidByFlags() reads them. */
export interface ModelFlags extends DoorFlags {
  db?: string | undefined;
  pin?: boolean | undefined;
  numaNode?: number | undefined;
}

export interface IndexFlags extends DoorFlags {
  db?: string | undefined;
  path: string;
}

/** Flags of commands that read an index and need no model. */
export function addIndexFlags(command: Command): Command {
  return command
    .option("--path <folder>", "folder whose index is meant; one of its parents will do", ".")
    .option("--db <file>", "database file (default: one per folder in your data folder)");
}

/** The engine's options from those. */
export function indexOptions(flags: IndexFlags): OpenOptions {
  return {
    folder: flags.path,
    nearest: true,
    database: flags.db,
  };
}

/** Options of commands that may run the model. */
const modelOptions = [
  "model.name",
  "model.folder",
  "host.tier",
  "host.profile",
  "memory.max",
  "embed.workers",
  "embed.intra-op-threads",
  "embed.tokens-per-run",
  "embed.provider",
  "embed.strict",
  "cache.total",
  "storage.profile",
  "storage.disk",
  "cache.vectors",
  "model.graph-cache",
  "model.engine",
] as const satisfies readonly OptionName[];

/** Adds --db and the flags that choose and tune the model, the memory and the storage. */
export function addModelFlags(command: Command): Command {
  const withPlaces = command
    .option("--db <file>", "database file (default: one per folder in your data folder)")
    .option("--pin", "bind each of the model's threads to a CPU of its own")
    .addOption(
      new Option("--numa-node <n>", "bind these threads to the CPUs of a NUMA node").argParser(
        wholeNumber(0, 4095),
      ),
    );
  return addFlags(withPlaces, modelOptions);
}

/** Adds --reranker, for commands that search. */
export function addRerankerFlag(command: Command): Command {
  return addFlags(command, ["model.reranker"]);
}

/** The engine's options from the flags; what was not given stays away. */
export function openOptions(folder: string, flags: ModelFlags): OpenOptions {
  return {
    folder,
    database: flags.db,
    pin: flags.pin,
    numaNode: flags.numaNode,
    ...saidByFlags(flags),
  };
}
