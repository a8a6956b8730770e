/*
 * Memories of other servers, as far as their forms are documented (docs/memories.md), and any object with a text.
 * Our own form is own-format.ts.
 */
import { HaypileError } from "../../base/errors.ts";
import { parseTime } from "../../base/text/local-time.ts";
import { cleanTag, distinctTags } from "../../base/text/tags.ts";
import { type MemoryKind, memoryKinds, type RememberOptions } from "../../ports/memories.ts";
import { ownFormat } from "./own-format.ts";

const importFormats = ["auto", "haypile", "knowledge-graph", "texts"] as const;
export type ImportFormat = (typeof importFormats)[number];

/** What a record asks to be remembered. */
export interface Imported {
  text: string;
  options: RememberOptions;
  createdAt?: string | undefined;
}

export interface ReadRecord {
  /** Of our own form: read it with readOwnLine(). */
  own?: Record<string, unknown> | undefined;
  memories: Imported[];
  /** What of it is left out, and why. */
  leftOut: string[];
}

const mostTags = 32;
const longestTag = 64;
const latest = Date.UTC(9999, 11, 31);

/**
 * Reads one record. An entity of a knowledge graph gives a memory for each observation.
 * @param list name of the list it stood in
 * @throws Error whose message says why the record is refused
 */
export function readRecord(
  text: string,
  format: ImportFormat,
  list: string | undefined,
): ReadRecord {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error("it is no JSON");
  }
  if (!isObject(value)) throw new Error("an object was expected");
  if (isEmptyExport(value)) return { memories: [], leftOut: [] };
  const found = format === "auto" ? formatOf(value, list) : format;
  if (found === "haypile") return { own: value, memories: [], leftOut: [] };
  return found === "knowledge-graph" ? graphRecord(value, list) : textRecord(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** {"memories": []}, {"entities": [], "relations": []} */
function isEmptyExport(record: Record<string, unknown>): boolean {
  const lists = [record.memories, record.entities, record.relations].filter(Array.isArray);
  return lists.length > 0 && lists.every((list) => list.length === 0) && textOf(record) === "";
}

function formatOf(
  record: Record<string, unknown>,
  list: string | undefined,
): Exclude<ImportFormat, "auto"> {
  if (record.format === ownFormat) return "haypile";
  const isEntity =
    record.type === "entity" || list === "entities" || record.entityType !== undefined;
  const isRelation = record.type === "relation" || list === "relations";
  const isGraph =
    (isEntity && typeof record.name === "string") ||
    (isRelation && typeof record.relationType === "string");
  return isGraph ? "knowledge-graph" : "texts";
}

/** @throws HaypileError HAYPILE_USAGE */
export function checkFormat(format: string | undefined): ImportFormat {
  const chosen = format ?? "auto";
  if (importFormats.includes(chosen as ImportFormat)) return chosen as ImportFormat;
  throw new HaypileError(
    "HAYPILE_USAGE",
    `Expected one of ${importFormats.join(", ")} as format of an import, but got ${JSON.stringify(format)}.`,
    { data: { format } },
  );
}

/** The file of @modelcontextprotocol/server-memory: entities with observations, and relations. */
function graphRecord(record: Record<string, unknown>, list: string | undefined): ReadRecord {
  const isRelation = record.type === "relation" || list === "relations";
  if (isRelation) {
    const { from, to, relationType } = record;
    if (![from, to, relationType].every((one) => typeof one === "string")) {
      throw new Error("a relation has from, to and relationType");
    }
    const { tags, leftOut } = readTags([from, to]);
    const options: RememberOptions = { kind: "fact", tags };
    return { memories: [{ text: `${from} ${relationType} ${to}`, options }], leftOut };
  }
  const { name, entityType, observations = [] } = record;
  if (typeof name !== "string" || !Array.isArray(observations)) {
    throw new Error("an entity has a name and observations");
  }
  const { tags, leftOut } = readTags([name, entityType ?? []].flat());
  const time = createdAtOf(record);
  const memory = (text: string, createdAt = time): Imported => ({
    text,
    options: { kind: "fact", tags },
    createdAt,
  });
  const memories = observations.flatMap((one, at): Imported[] => {
    const nested = isObject(one) ? one : undefined;
    const said = nested === undefined ? one : textOf(nested);
    if (typeof said === "string" && said.trim() !== "") {
      return [memory(`${name}: ${said}`, (nested && createdAtOf(nested)) ?? time)];
    }
    leftOut.push(`observation ${at + 1} of ${JSON.stringify(name.slice(0, 60))} is no text`);
    return [];
  });
  return { memories: observations.length === 0 ? [memory(name)] : memories, leftOut };
}

const textMembers = ["text", "content", "memory", "observation", "fact", "value"] as const;

/** The text of an object, "" where it has none. */
function textOf(record: Record<string, unknown>): string {
  for (const name of textMembers) {
    const value = record[name];
    if (typeof value === "string" && value.trim() !== "") return value;
  }
  return "";
}

/** Any object with a text: the names that other servers' exports use are looked for. */
function textRecord(record: Record<string, unknown>): ReadRecord {
  const text = textOf(record);
  if (text === "") throw new Error(`it has none of ${textMembers.join(", ")} as a text`);
  const metadata = isObject(record.metadata) ? record.metadata : {};
  const said = [record.tags, metadata.tags].find((one) => one !== undefined && one !== null);
  const type = [record.memory_type, record.kind, record.type, metadata.type].find(
    (one) => typeof one === "string" && one.trim() !== "",
  ) as string | undefined;
  const kind = memoryKinds.find((one) => one === type?.trim().toLowerCase());
  // A type that we have not is kept as a tag.
  const others = [record.categories, kind === undefined ? type : undefined];
  const { tags, leftOut } = readTags([said, ...others].flatMap(tagsIn));
  const importance = record.importance ?? metadata.importance;
  const createdAt = createdAtOf(record) ?? createdAtOf(metadata);
  return {
    memories: [
      {
        text,
        options: {
          tags,
          kind: kind === undefined ? undefined : (kind as MemoryKind),
          importance: isShare(importance) ? importance : undefined,
        },
        createdAt,
      },
    ],
    leftOut,
  };
}

function isShare(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= 1;
}

/** A list, or one text with commas. */
function tagsIn(value: unknown): unknown[] {
  if (typeof value === "string") return value.split(",");
  return Array.isArray(value) ? value : [];
}

function readTags(given: readonly unknown[]): { tags: string[]; leftOut: string[] } {
  const leftOut: string[] = [];
  const cut = given.flatMap((one) => {
    if (typeof one !== "string" && typeof one !== "number") {
      leftOut.push(`a tag is no text: ${JSON.stringify(one)?.slice(0, 60)}`);
      return [];
    }
    const tag = cleanTag(String(one));
    if (tag.length > longestTag) leftOut.push(`a tag was cut to ${longestTag} characters`);
    return tag === "" ? [] : [cleanTag(tag.slice(0, longestTag))];
  });
  const tags = distinctTags(cut);
  if (tags.length > mostTags) leftOut.push(`of ${tags.length} tags the first ${mostTags} are kept`);
  return { tags: tags.slice(0, mostTags), leftOut };
}

const timeMembers = [
  "createdAt",
  "created_at_iso",
  "created_at",
  "timestamp",
  "time",
  "date",
] as const;

function createdAtOf(record: Record<string, unknown>): string | undefined {
  for (const name of timeMembers) {
    const time = timeOf(record[name]);
    if (time !== undefined) return time;
  }
  return undefined;
}

/** A time as people write it, or seconds, milliseconds, microseconds since 1970. */
function timeOf(value: unknown): string | undefined {
  if (typeof value === "string" && !/^\d+(?:\.\d+)?$/u.test(value)) {
    const found = parseTime(value);
    return "ms" in found ? new Date(found.ms).toISOString() : undefined;
  }
  const number =
    typeof value === "number" || typeof value === "string" ? Number(value) : Number.NaN;
  const size = Math.abs(number);
  const ms = size < 1e11 ? number * 1_000 : size < 1e14 ? number : number / 1_000;
  return Number.isNaN(ms) || Math.abs(ms) > latest ? undefined : new Date(ms).toISOString();
}
