/*
 * Memories as lines of JSON: our own form, which loses nothing but vectors, and those of other servers as far
 * as they are documented (docs/memories.md).
 */
import { HaypileError } from "../base/errors.ts";
import type { Memory, MemoryLink, RememberOptions } from "../ports/memories.ts";

export const importFormats = ["auto", "haypile", "knowledge-graph", "texts"] as const;
export type ImportFormat = (typeof importFormats)[number];

/** What one line of a file asks to be remembered. */
export interface Imported {
  text: string;
  options: RememberOptions;
  /** Of our own form. */
  id?: string;
  createdAt?: string;
  links?: readonly MemoryLink[];
}

export const ownFormat = "haypile-memory/1";

/** One line of our own form. */
export function exportLine(memory: Memory): string {
  const { uses: _, updatedAt: __, ...rest } = memory;
  return JSON.stringify({ format: ownFormat, ...rest });
}

/**
 * Reads one line. A line of a knowledge graph gives a memory for each observation.
 * @throws Error whose message says why the line is refused
 */
export function importLine(line: string, format: ImportFormat): Imported[] {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new Error("it is no JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Error("an object was expected");
  }
  const record = value as Record<string, unknown>;
  const found = format === "auto" ? formatOf(record) : format;
  if (found === "haypile") return [ownLine(record)];
  return found === "knowledge-graph" ? graphLine(record) : [textLine(record)];
}

function formatOf(record: Record<string, unknown>): Exclude<ImportFormat, "auto"> {
  if (record.format === ownFormat) return "haypile";
  const isGraph =
    (record.type === "entity" && typeof record.name === "string") ||
    (record.type === "relation" && typeof record.relationType === "string");
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

function ownLine(record: Record<string, unknown>): Imported {
  const { text, id, createdAt, links, format: _, ...options } = record;
  if (typeof text !== "string") throw new Error("it has no text");
  return {
    text,
    options: options as RememberOptions,
    ...(typeof id === "string" && /^[0-9a-z]{16}$/.test(id) && { id }),
    ...(typeof createdAt === "string" && { createdAt }),
    ...(Array.isArray(links) && { links: links as MemoryLink[] }),
  };
}

/** The file of @modelcontextprotocol/server-memory: entities with observations, and relations. */
function graphLine(record: Record<string, unknown>): Imported[] {
  if (record.type === "relation") {
    const { from, to, relationType } = record;
    if (![from, to, relationType].every((one) => typeof one === "string")) {
      throw new Error("a relation has from, to and relationType");
    }
    const names = [tagOf(String(from)), tagOf(String(to))];
    return [{ text: `${from} ${relationType} ${to}`, options: { kind: "fact", tags: names } }];
  }
  const { name, entityType, observations } = record;
  if (record.type !== "entity" || typeof name !== "string" || !Array.isArray(observations)) {
    throw new Error("an entity has a name and observations");
  }
  const tags = [name, ...(typeof entityType === "string" ? [entityType] : [])].map(tagOf);
  const said = observations.filter((one) => typeof one === "string" && one.trim() !== "");
  if (said.length === 0) return [{ text: name, options: { kind: "fact", tags } }];
  return said.map((one) => ({ text: `${name}: ${one}`, options: { kind: "fact", tags } }));
}

/** Any object with a text: the names that other servers' exports use are looked for. */
function textLine(record: Record<string, unknown>): Imported {
  const text = [record.text, record.content, record.memory].find((one) => typeof one === "string");
  if (typeof text !== "string") throw new Error("it has none of text, content, memory");
  const tags = Array.isArray(record.tags)
    ? record.tags.filter((one) => typeof one === "string" && one.trim() !== "").map(tagOf)
    : [];
  const createdAt = [record.createdAt, record.created_at, record.created_at_iso]
    .map(timeOf)
    .find((one) => one !== undefined);
  return {
    text,
    options: { tags: [...new Set(tags)].slice(0, 32) },
    ...(createdAt !== undefined && { createdAt }),
  };
}

function tagOf(name: string): string {
  return name.trim().slice(0, 64) || "unnamed";
}

/** ISO 8601, or seconds or milliseconds since 1970. */
function timeOf(value: unknown): string | undefined {
  const number = typeof value === "number" ? value : Number.NaN;
  const ms =
    typeof value === "string" ? Date.parse(value) : number < 1e11 ? number * 1_000 : number;
  return Number.isNaN(ms) || Math.abs(ms) > 8.64e15 ? undefined : new Date(ms).toISOString();
}
