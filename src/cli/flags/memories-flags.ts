/* Flags of the commands that work on memories, and how they are read. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { localDay, parseTime, timeForms } from "../../base/text/local-time.ts";
import { cleanTag } from "../../base/text/tags.ts";
import type { Reached } from "../../haypile/reach.ts";
import {
  type Memories,
  type Memory,
  type MemoryFilter,
  type MemoryKind,
  type MemorySource,
  memoryKinds,
  memorySources,
} from "../../ports/memories.ts";
import { addHereFlag, type DoorFlags, throughDoor } from "../door.ts";
import { printable } from "../output/format.ts";
import { namespacesFor } from "./here.ts";

export interface MemoryFlags extends DoorFlags {
  db?: string | undefined;
  json?: boolean | undefined;
}

export interface FilterFlags {
  namespace?: string[] | undefined;
  tag?: string[] | undefined;
  allTags?: string[] | undefined;
  notTag?: string[] | undefined;
  kind?: MemoryKind[] | undefined;
  source?: MemorySource | undefined;
  since?: string | undefined;
  until?: string | undefined;
  text?: string | undefined;
  pinned?: boolean | undefined;
  expiresBefore?: string | undefined;
}

const longestTag = 64;

export function addMemoryFlags(command: Command): Command {
  return addHereFlag(command)
    .option("--db <file>", "file of the memories (default: memories.db in your data folder)")
    .option("--json", "as JSON");
}

/** Runs with the memories: the daemon's where one runs. @throws HaypileError as throughDoor() */
export async function withMemories<T>(
  command: string,
  flags: MemoryFlags,
  signal: AbortSignal,
  run: (memories: Memories, reached: Reached) => Promise<T>,
): Promise<T> {
  return await throughDoor({ command, flags, database: "memories", signal }, (reached) =>
    run(reached.haypile.memories, reached),
  );
}

/** Reads "a,b", and again for each time the flag is given. */
export function words(text: string, before: string[] = []): string[] {
  const found = text
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
  if (found.length === 0)
    throw new InvalidArgumentError("Expected a word, or several with commas.");
  return [...before, ...found];
}

/** Reads a number from 0 to 1. */
export function share(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError("Expected a number from 0 to 1.");
}

/**
 * Reads tags: "a,b", and again for each time the flag is given. "\," is a comma in a tag.
 */
export function tagWords(text: string, before: string[] = []): string[] {
  const found = splitTags(text);
  if (found.length === 0) throw new InvalidArgumentError("Expected a tag, or several with commas.");
  return [...before, ...found];
}

/** As tagWords(), for "one of these": a tag that has these commas in it is meant as well. */
function anyTagWords(text: string, before: string[] = []): string[] {
  const found = tagWords(text);
  const whole = cleanTag(text);
  const isOneToo = found.length > 1 && !text.includes("\\") && whole.length <= longestTag;
  return [...before, ...found, ...(isOneToo ? [whole] : [])];
}

function splitTags(text: string): string[] {
  return text
    .split(/(?<!\\),/u)
    .map((tag) => cleanTag(tag.replaceAll("\\,", ",")))
    .filter((tag) => tag !== "");
}

/** Reads a day or a time, gives ISO 8601; of a day its first moment. */
export function time(text: string): string {
  return isoOf(text, "start");
}

/** As time(), of a day its last moment. */
export function timeAtEnd(text: string): string {
  return isoOf(text, "end");
}

function isoOf(text: string, edge: "start" | "end"): string {
  const found = parseTime(text, edge);
  if ("ms" in found) return new Date(found.ms).toISOString();
  throw new InvalidArgumentError(
    `Expected ${timeForms}, but ${JSON.stringify(text)} is none: ${found.refused}.`,
  );
}

function kindWords(text: string, before: string[] = []): string[] {
  const all = words(text, before);
  const wrong = all.find((kind) => !(memoryKinds as readonly string[]).includes(kind));
  if (wrong === undefined) return all;
  throw new InvalidArgumentError(
    `"${wrong}" is no kind. Expected some of ${memoryKinds.join(", ")}.`,
  );
}

export function addFilterFlags(command: Command): Command {
  return command
    .option(
      "--namespace <names>",
      'only these namespaces; "." is the project of this folder',
      words,
    )
    .option("--tag <tags>", 'with one of these tags ("\\," is a comma in a tag)', anyTagWords)
    .option("--all-tags <tags>", "with each of these tags", tagWords)
    .option("--not-tag <tags>", "with none of these tags", tagWords)
    .option("--kind <kinds>", `only these kinds: ${memoryKinds.join(", ")}`, kindWords)
    .addOption(sourceOption("only from this source"))
    .option("--since <time>", "remembered on this day or at this time, or later", time)
    .option("--until <time>", "remembered before this day or time", time)
    .option("--text <words>", "with each of these words; the last may be only begun")
    .option("--pinned", "only what is pinned")
    .option("--no-pinned", "only what is not")
    .option("--expires-before <time>", "what stops to hold before this day or time", time);
}

export function sourceOption(says: string): Option {
  return new Option("--source <source>", says).choices(memorySources);
}

export function kindOption(says: string): Option {
  return new Option("--kind <kind>", says).choices(memoryKinds);
}

/** The filter from the flags; what was not given stays away. */
export function filterOf(flags: FilterFlags): MemoryFilter {
  const { namespace, tag, allTags, notTag, kind, source, since, until } = flags;
  const { text, pinned, expiresBefore } = flags;
  const hasTags = tag !== undefined || allTags !== undefined || notTag !== undefined;
  return {
    namespace: namespace === undefined ? undefined : namespacesFor(namespace),
    kind,
    source,
    since,
    until,
    text,
    pinned,
    expiresBefore,
    tags: hasTags
      ? {
          any: tag,
          all: allTags,
          not: notTag,
        }
      : undefined,
  };
}

/** One line about a memory: id, day, kind, tags. */
export function headLine(memory: Memory): string {
  const tags = memory.tags.map((tag) => ` #${tag}`).join("");
  const pinned = memory.pinned ? " pinned" : "";
  const day = localDay(memory.createdAt);
  return printable(`${memory.id}  ${day}  ${memory.namespace}  ${memory.kind}${pinned}${tags}`);
}

/** The text of the arguments; "-" alone: of stdin. @throws HaypileError HAYPILE_IO, HAYPILE_ABORTED */
export async function textOf(given: readonly string[], signal: AbortSignal): Promise<string> {
  if (given.length !== 1 || given[0] !== "-") return given.join(" ");
  const { bytesOf } = await import("../input/text-pieces.ts");
  const chunks: Buffer[] = [];
  for await (const chunk of bytesOf("-", signal)) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}
