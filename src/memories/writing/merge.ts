/*
 * Makes one memory out of several, and takes that back. The ones that were merged end as if replaced, with all their
 * texts; the new one notes each of them in its history, so that no text is lost when they are collected.
 */

import { assertMayChange } from "../../base/actor.ts";
import { HaypileError } from "../../base/errors.ts";
import { distinctTags } from "../../base/text/tags.ts";
import type { MergeOptions } from "../../ports/memories.ts";
import {
  type MemoryRow,
  type MemoryStore,
  type StoredAnchor,
  toldAt,
} from "../../ports/memory-rows.ts";
import {
  checkBoolean,
  checkTags,
  checkText,
  mustHold,
  refuseSecretsOf,
} from "../checks/options.ts";
import { oneForm } from "../text/equal-text.ts";
import { sketchOf, textHash } from "../text/same-text.ts";
import { splitText } from "../text/split.ts";
import { trust } from "./inherit.ts";
import { newKey } from "./new-key.ts";
import type { Limits } from "./remember.ts";

const mostMerged = 100;
/** Say what a memory came to be from, which is of that memory alone. */
const lineage: ReadonlySet<string> = new Set(["merged", "supersedes"]);

type Merging = Pick<MemoryStore, "rows" | "relations" | "removal" | "write">;

/**
 * In one transaction.
 * @returns the id of what it became, and its row, which has no vector yet
 * @throws HaypileError HAYPILE_MEMORY_MISSING, HAYPILE_USAGE, HAYPILE_SECRET, HAYPILE_QUOTA
 */
export function mergeMemories(
  store: Merging,
  limits: Limits,
  ids: readonly string[],
  options: MergeOptions,
  now: number,
): { id: string; rowId: number } {
  const given = options.text === undefined ? undefined : checkText(options.text);
  if (given !== undefined && !checkBoolean("allowSecrets", options.allowSecrets ?? false)) {
    refuseSecretsOf({ text: given });
  }
  const keys = Array.isArray(ids) ? [...new Set(ids as readonly string[])] : [];
  if (keys.length < 2 || keys.length > mostMerged || keys.some((key) => typeof key !== "string")) {
    throw usage(
      `Expected the ids of 2 to ${mostMerged} memories to merge, but got ${keys.length}.`,
    );
  }
  return store.write("merge memories", () => {
    const rows = keys.map((key) => mustHold(store, key));
    const [first] = rows as [MemoryRow, ...MemoryRow[]];
    const other = rows.find(({ namespace }) => namespace !== first.namespace);
    if (other !== undefined) {
      throw usage(
        `Expected memories of one namespace to merge, but got ${JSON.stringify(first.namespace)} and ${JSON.stringify(other.namespace)}. Move one with update() first.`,
      );
    }
    const text = given ?? checkText(joined(rows));
    limits.makeRoom(first.namespace, 1 - rows.length, Buffer.byteLength(text) - bytesOf(rows));
    const key = newKey();
    const rowId = store.rows.insert({
      ...first,
      ...said(rows, text, now),
      key,
      text,
      created: now,
      since: now,
      hash: textHash(first.namespace, text),
      sketch: sketchOf(first.namespace, text),
      parts: splitText(text),
    });
    const anchors = allAnchors(store.relations.anchors(keys));
    if (anchors.length > 0) store.relations.setAnchors(key, anchors);
    takeLinks(store, key, keys, now);
    for (const row of rows) {
      store.rows.end(row.rowId, Math.max(now, row.since + 1), "superseded");
      store.relations.link(key, row.key, "merged", now);
      store.relations.addNote(key, now, `merged with ${row.key}: ${row.text}`);
      store.relations.addNote(row.key, now, `merged into ${key}`);
    }
    return { id: key, rowId };
  });
}

/**
 * In one transaction.
 * @returns the ids of those that hold again
 * @throws HaypileError HAYPILE_MEMORY_MISSING, HAYPILE_USAGE
 */
export function unmergeMemory(store: Merging, id: string, now: number): string[] {
  return store.write("take a merge back", () => {
    mustHold(store, id);
    const links = store.relations.links([id]).filter(({ relation }) => relation === "merged");
    if (links.length === 0) {
      throw usage(`Expected the id of a memory that others were merged into, but ${id} is none.`);
    }
    const rows = links.map(({ to }) => {
      const row = store.rows.current(to);
      assertMayChange(row);
      if (row?.ended === "superseded" && row.deleted === undefined) return row;
      throw usage(`The merge into ${id} can't be taken back: ${to} was removed since.`);
    });
    for (const row of rows) {
      store.rows.reopen(row.rowId);
      store.relations.unlink(id, row.key, "merged");
      store.relations.addNote(row.key, now, `not merged into ${id} any more`);
    }
    store.relations.addNote(id, now, "the merge was taken back");
    store.removal.mark([id], now, "forgotten");
    return rows.map(({ key }) => key);
  });
}

/** Their texts in order, without those that are whole lines of another one. */
function joined(rows: readonly MemoryRow[]): string {
  const forms = rows.map(({ text }) => oneForm(text));
  const isHeld = (form: string, at: number): boolean =>
    forms.some((other, place) => {
      if (place === at) return false;
      return other === form ? place < at : `\n${other}\n`.includes(`\n${form}\n`);
    });
  return rows
    .filter((_, at) => !isHeld(forms[at] as string, at))
    .map(({ text }) => text.trim())
    .join("\n\n");
}

/** What the merged one has of all. */
function said(rows: readonly MemoryRow[], text: string, now: number) {
  const ends = rows.map(({ expires }) => expires ?? Number.POSITIVE_INFINITY);
  const end = Math.max(...ends);
  const told = rows.map(toldAt);
  const past = told.filter((at) => at <= now);
  // A text that is nobody's own is no more to be trusted than the least of those it comes from.
  const ranks = rows.map(({ source }) => trust.indexOf(source));
  const own = rows.find((row) => row.text === text);
  return {
    tags: checkTags("tags", distinctTags(rows.flatMap(({ tags }) => tags))),
    source: own?.source ?? trust[Math.min(...ranks)] ?? "agent",
    importance: Math.max(...rows.map(({ importance }) => importance)),
    pinned: rows.some(({ pinned }) => pinned),
    validFrom: past.length > 0 ? Math.max(...past) : Math.min(...told),
    expires: end === Number.POSITIVE_INFINITY ? undefined : end,
  };
}

/** Each once; of one that several have, that which was seen last. */
function allAnchors(anchors: readonly (StoredAnchor & { key: string })[]): StoredAnchor[] {
  const byName = new Map<string, StoredAnchor>();
  for (const { key: _, ...anchor } of anchors) {
    const name = `${anchor.path}\0${anchor.symbol ?? ""}`;
    const known = byName.get(name);
    if (known === undefined || known.verified < anchor.verified) byName.set(name, anchor);
  }
  return [...byName.values()];
}

/** Links from and to others, which are now from and to the merged one. What ties the merged ones to each other is over. */
function takeLinks(
  { relations }: Merging,
  key: string,
  keys: readonly string[],
  now: number,
): void {
  const merged = new Set(keys);
  for (const { to, relation } of relations.links(keys)) {
    if (!merged.has(to) && !lineage.has(relation)) relations.link(key, to, relation, now);
  }
  for (const { from, relation } of relations.linksTo(keys)) {
    if (!merged.has(from) && !lineage.has(relation)) relations.link(from, key, relation, now);
  }
}

function bytesOf(rows: readonly MemoryRow[]): number {
  return rows.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
}

function usage(message: string): HaypileError {
  return new HaypileError("HAYPILE_USAGE", message);
}
