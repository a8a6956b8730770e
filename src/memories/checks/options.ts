/* What callers give, checked and completed: every refusal says what was expected and what came. */

import { assertMayChange } from "../../base/actor.ts";
import { HaypileError } from "../../base/errors.ts";
import { localMinute, parseTime, timeForms } from "../../base/text/local-time.ts";
import { cleanTag, distinctTags } from "../../base/text/tags.ts";
import {
  type MemoryAnchor,
  type MemoryFilter,
  type MemoryKind,
  type MemoryOrder,
  type MemorySource,
  memoryKinds,
  memoryOrders,
  memorySources,
  type RememberOptions,
  type RememberResult,
} from "../../ports/memories.ts";
import type { MemoryRow, MemoryStore, MemoryTable, RowFilter } from "../../ports/memory-rows.ts";
import { refuseCredentials } from "../secrets/credentials.ts";

const defaultNamespace = "default";
/** Characters of one memory: a megabyte or more as UTF-8. */
export const longestText = 1_000_000;
const mostTags = 32;
const longestTag = 64;
const longestNamespace = 128;
const mostAnchors = 32;
/** Characters of words that a list is filtered by. */
const longestWords = 1_000;

/** What a memory has by default where nothing is said, or takes over from the one it replaces. */
export type Inherited = "namespace" | "tags" | "kind" | "importance" | "pinned" | "anchors";

/** RememberOptions with everything said. */
export interface Remembered {
  text: string;
  /** Which of these the caller said; the others have their defaults. */
  said: ReadonlySet<Inherited>;
  namespace: string;
  tags: string[];
  kind: MemoryKind;
  source: MemorySource;
  validFrom: number | undefined;
  expires: number | undefined;
  importance: number;
  pinned: boolean;
  anchors: readonly MemoryAnchor[];
  replaces: string | undefined;
  onDuplicate: "merge" | "link" | "keep";
}

const inherited = ["namespace", "tags", "kind", "importance", "pinned", "anchors"] as const;

/** @throws HaypileError HAYPILE_USAGE, HAYPILE_SECRET */
export function checkRemember(text: string, options: RememberOptions = {}): Remembered {
  const kind = checkKind(options.kind ?? "note");
  const checked: Remembered = {
    text: checkText(text),
    said: new Set(inherited.filter((name) => options[name] !== undefined)),
    namespace: checkNamespace(options.namespace ?? defaultNamespace),
    tags: checkTags("tags", options.tags ?? []),
    kind,
    source: checkSource(options.source ?? "user"),
    validFrom: checkTime("validFrom", options.validFrom),
    expires: checkEnd("expires", options.expires),
    importance: checkImportance(options.importance ?? 0.5),
    pinned: checkBoolean("pinned", options.pinned ?? false),
    anchors: checkAnchors(options.anchors ?? []),
    replaces: options.replaces,
    // People say the same twice, and each time is a turn of its own.
    onDuplicate: checkOneOf(
      "onDuplicate",
      options.onDuplicate ?? (kind === "turn" ? "keep" : "merge"),
      ["merge", "link", "keep"],
    ),
  };
  if (!checkBoolean("allowSecrets", options.allowSecrets ?? false)) refuseSecretsOf(checked);
  return checked;
}

/** @throws HaypileError HAYPILE_SECRET */
export function refuseSecretsOf(given: {
  text?: string | undefined;
  tags?: readonly string[] | undefined;
  namespace?: string | undefined;
  anchors?: readonly MemoryAnchor[] | undefined;
}): void {
  const { text, tags = [], namespace, anchors = [] } = given;
  refuseCredentials([
    ...(text === undefined ? [] : ([["text", text]] as const)),
    ...tags.map((tag) => ["tag", tag] as const),
    ...(namespace === undefined ? [] : ([["namespace", namespace]] as const)),
    ...anchors.map(({ path, symbol }) => ["anchor", `${path} ${symbol ?? ""}`] as const),
  ]);
}

export function checkText(text: unknown): string {
  if (typeof text !== "string") throw refused("text", "a string", text);
  if (text.trim() === "") throw refused("text", "a text with at least one character", text);
  if (text.length > longestText) {
    throw new HaypileError(
      "HAYPILE_USAGE",
      `Expected a text of at most ${longestText} characters, but it has ${text.length}. Cut it into several memories.`,
      { data: { length: text.length, longest: longestText } },
    );
  }
  // Half of a pair would come back from the database as another character.
  return text.toWellFormed();
}

export function checkNamespace(namespace: unknown): string {
  if (typeof namespace === "string" && namespace.trim() !== "") {
    if (namespace.length <= longestNamespace) return namespace;
  }
  throw refused("namespace", `1 to ${longestNamespace} characters`, namespace);
}

export function checkTags(name: string, tags: unknown): string[] {
  if (!Array.isArray(tags) || tags.length > mostTags) {
    throw refused(name, `a list of at most ${mostTags} tags`, tags);
  }
  for (const tag of tags) {
    const length = typeof tag === "string" ? cleanTag(tag).length : 0;
    if (length === 0 || length > longestTag) {
      throw refused(name, `tags of 1 to ${longestTag} characters`, tag);
    }
  }
  return distinctTags(tags as string[]);
}

export function checkKind(kind: unknown): MemoryKind {
  return checkOneOf("kind", kind, memoryKinds);
}

export function checkSource(source: unknown): MemorySource {
  return checkOneOf("source", source, memorySources);
}

export function checkImportance(importance: unknown): number {
  if (typeof importance === "number" && importance >= 0 && importance <= 1) return importance;
  throw refused("importance", "a number from 0 to 1", importance);
}

export function checkBoolean(name: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw refused(name, "true or false", value);
}

export function checkAnchors(anchors: unknown): readonly MemoryAnchor[] {
  if (!Array.isArray(anchors) || anchors.length > mostAnchors) {
    throw refused("anchors", `a list of at most ${mostAnchors} anchors`, anchors);
  }
  for (const anchor of anchors as MemoryAnchor[]) {
    const path = anchor?.path;
    if (typeof path !== "string" || !isAbsolutePath(path))
      throw refused("anchors", "absolute paths of files", path);
    if (anchor.root !== undefined && typeof anchor.root !== "string") {
      throw refused("anchors", "an absolute path as root", anchor.root);
    }
    if (anchor.symbol !== undefined && typeof anchor.symbol !== "string") {
      throw refused("anchors", "a name as symbol", anchor.symbol);
    }
  }
  return anchors as MemoryAnchor[];
}

/** Of this system or another: anchors come along with what is imported. */
function isAbsolutePath(path: string): boolean {
  return /^(?:\/|[A-Za-z]:[\\/]|\\\\)/.test(path);
}

/** What can be the path of an anchor: absolute, without NUL, well-formed, and no longer than paths are. */
export function isPlainPath(path: string): boolean {
  return (
    isAbsolutePath(path) && !path.includes("\0") && path.length <= 4_096 && path.isWellFormed()
  );
}

/**
 * Milliseconds of a time; undefined stays.
 * @param edge which moment of a bare day is meant
 */
export function checkTime(
  name: string,
  time: unknown,
  edge: "start" | "end" = "start",
): number | undefined {
  if (time === undefined) return undefined;
  if (typeof time !== "string") throw refused(name, timeForms, time);
  const found = parseTime(time, edge);
  if ("ms" in found) return found.ms;
  throw refused(name, timeForms, time, `: ${found.refused}`);
}

/** As checkTime(); "never" is no end. */
export function checkEnd(name: string, time: unknown): number | undefined {
  return time === "never" ? undefined : checkTime(name, time);
}

/** A whole number in a range. */
export function checkCount(name: string, value: unknown, low: number, high: number): number {
  if (Number.isInteger(value) && (value as number) >= low && (value as number) <= high) {
    return value as number;
  }
  throw refused(name, `a whole number from ${low} to ${high}`, value);
}

/** @returns undefined where nothing is said */
export function checkShare(name: string, value: unknown): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "number" && value >= 0 && value <= 1) return value;
  throw refused(name, "a number from 0 to 1", value);
}

export function checkOrder(order: unknown): MemoryOrder {
  return checkOneOf("order", order, memoryOrders);
}

function checkOneOf<T extends string>(name: string, value: unknown, choices: readonly T[]): T {
  if (choices.includes(value as T)) return value as T;
  throw refused(name, `one of ${choices.join(", ")}`, value);
}

/** The filter as the store takes it. @throws HaypileError HAYPILE_USAGE */
export function checkFilter(
  filter: MemoryFilter & { asOf?: string | undefined },
  now: number,
): RowFilter {
  const { namespace, kind, tags, source } = filter;
  return {
    now,
    asOf: checkTime("asOf", filter.asOf, "end"),
    namespaces: checkNamespaces(namespace),
    kinds: listOf(kind)?.map(checkKind),
    source: source === undefined ? undefined : checkSource(source),
    tagsAny: tags?.any && checkTags("tags.any", tags.any),
    tagsAll: tags?.all && checkTags("tags.all", tags.all),
    tagsNot: tags?.not && checkTags("tags.not", tags.not),
    createdFrom: checkTime("since", filter.since),
    createdBefore: checkTime("until", filter.until),
    words: checkWords(filter.text),
    pinned: filter.pinned === undefined ? undefined : checkBoolean("pinned", filter.pinned),
    expiresBefore: checkTime("expiresBefore", filter.expiresBefore),
  };
}

export function checkNamespaces(
  namespaces: string | readonly string[] | undefined,
): readonly string[] | undefined {
  return listOf(namespaces)?.map(checkNamespace);
}

/** Undefined where nothing was typed. */
function checkWords(text: unknown): string | undefined {
  if (text === undefined) return undefined;
  if (typeof text !== "string" || text.length > longestWords) {
    throw refused("text", `a text of at most ${longestWords} characters to look for`, text);
  }
  return text.trim() === "" ? undefined : text;
}

function listOf<T extends string>(one: T | readonly T[] | undefined): readonly T[] | undefined {
  return typeof one === "string" ? [one] : one;
}

function refused(name: string, expected: string, came: unknown, why = ""): HaypileError {
  const shown = JSON.stringify(came)?.slice(0, 120) ?? String(came);
  return new HaypileError(
    "HAYPILE_USAGE",
    `Expected ${expected} for ${name} of a memory, but got ${shown}${why}.`,
    { data: { name, expected } },
  );
}

/** It is kept and will not be found: when, and why. */
function warningOf({ validFrom, expires }: Remembered, now: number): string | undefined {
  if (expires === undefined) return undefined;
  if (expires <= now) {
    return `It had expired when it was remembered (${localMinute(expires)}): recall and list do not show it.`;
  }
  if (validFrom === undefined || validFrom < expires) return undefined;
  return `It holds from ${localMinute(validFrom)} on, after it has expired (${localMinute(expires)}): recall never shows it.`;
}

/** What was kept, with what the caller should know of it. */
export function warned(result: RememberResult, checked: Remembered): RememberResult {
  const warning = warningOf(checked, Date.now());
  return warning === undefined ? result : { ...result, warning };
}

/** @param by the newest memory that stands in its place, where one is known */
export function alreadyReplaced(id: string, by: string | undefined): HaypileError {
  const newer = by === undefined ? "" : ` by ${by}`;
  const doThis =
    by === undefined ? "Remember the text without it." : `Say ${by} instead, or change that one.`;
  return new HaypileError(
    "HAYPILE_USAGE",
    `Expected the id of a memory that holds, but ${JSON.stringify(id)} was replaced${newer} already. ${doThis}`,
    { data: { id, replacedBy: by } },
  );
}

/**
 * The error for an id that nothing was found with.
 * @throws HaypileError HAYPILE_DB_CORRUPT when it is there, and only the way to it is damaged
 */
export function notThere(table: MemoryTable, id: string): HaypileError {
  table.lookAgain(id);
  return missing(id);
}

export function missing(id: string): HaypileError {
  return new HaypileError(
    "HAYPILE_MEMORY_MISSING",
    `Expected the id of a memory, but there is none with ${JSON.stringify(String(id).slice(0, 80))}. Look for it with "haypile memories list".`,
    { data: { id } },
  );
}

/**
 * The newest text of a memory that is there and holds, of one who is to change it.
 * @throws whoever may not change it, HaypileError HAYPILE_MEMORY_MISSING, HAYPILE_USAGE when another has taken its place
 */
export function mustHold(
  { rows, relations }: Pick<MemoryStore, "rows" | "relations">,
  id: string,
): MemoryRow {
  const row = rows.current(id);
  if (row === undefined) throw notThere(rows, id);
  assertMayChange(row);
  if (row.deleted !== undefined) throw missing(id);
  if (row.until !== undefined) throw alreadyReplaced(id, relations.successor(id));
  return row;
}
