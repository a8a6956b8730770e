/*
 * What an agent sees when a session begins: a map of the repository, and what earlier sessions kept, within a budget of
 * tokens. Both are data of others and stand in fences.
 */
import { localDay } from "../../base/text/local-time.ts";
import { readEnvironment } from "../../config/environment/env.ts";
import { projectOf } from "../../config/places/projects.ts";
import { mayHaveMemories } from "../../engine/store/store-for.ts";
import { reach } from "../../haypile/reach.ts";
import { type Fenced, fence } from "../../mcp/answer/fence.ts";
import { cutToTokens, oneLine, plainText, tokensOf } from "../../mcp/answer/visible-text.ts";
import { sharedNamespace } from "../../mcp/project/project.ts";
import type { Haypile } from "../../ports/haypile.ts";
import type { Memory } from "../../ports/memories.ts";
import { compileAgain } from "../door.ts";
import type { HookCall } from "./hook-call.ts";
import { folderOf, indexedFolder } from "./hook-folder.ts";
import { mapOf } from "./project-map.ts";

/** Of the budget; the map has the rest. */
const shareOfMemories = 0.4;
/** Of our own words, the label of the fences and their marks. */
const wordsTokens = 160;
/** Of the line before a memory. */
const headTokens = 30;
const mostMemories = 100;
const mostMemoryTokens = 120;

/** @returns undefined where nothing is indexed or remembered, and for a session that has it already */
export async function sessionStart(call: HookCall): Promise<string | undefined> {
  if (call.input.source === "resume") return undefined;
  const folder = folderOf(call.input);
  if (folder === undefined) return undefined;
  const environment = readEnvironment();
  const indexed = indexedFolder(folder);
  const hasMemories = mayHaveMemories(environment);
  if (indexed === undefined && !hasMemories) return undefined;
  const { haypile } = await reach({
    client: `hook of ${call.words.client.slice(0, 40)}`,
    isHere: false,
    signal: call.signal,
    note: () => undefined,
    onHere: compileAgain,
  });
  try {
    const budget = call.words.maxTokens - wordsTokens;
    const memories = hasMemories
      ? await quietly(openMemories(haypile, folder, Math.floor(budget * shareOfMemories)))
      : undefined;
    call.soFar = inWords(undefined, memories ?? []);
    const spent = (memories ?? []).reduce((sum, one) => sum + costOf(one), 0);
    const map =
      indexed === undefined
        ? undefined
        : await quietly(mapOf(haypile.code(indexed), budget - spent, call.signal));
    return inWords(map, memories ?? []);
  } finally {
    await quietly(haypile.close());
  }
}

function inWords(map: Fenced | undefined, memories: readonly Fenced[]): string | undefined {
  if (map === undefined && memories.length === 0) return undefined;
  const lines: string[] = [];
  if (map !== undefined) {
    lines.push(
      "Haypile has an index of this project: find_code answers questions, find_symbol and references names; repo_map, outline and read show more.",
    );
  }
  if (memories.length > 0) {
    lines.push("Of earlier sessions, the most important first (recall finds more by question):");
  }
  lines.push(fence([...(map === undefined ? [] : [map]), ...memories]));
  return lines.join("\n");
}

/** Pinned ones first, then by importance, then the newest: whole, or their beginning. */
async function openMemories(
  { memories }: Haypile,
  folder: string,
  budget: number,
): Promise<Fenced[]> {
  const { namespaces } = projectOf(folder, readEnvironment());
  const own = [...new Set([...namespaces, sharedNamespace])];
  const list = await memories.list({ namespace: own, limit: mostMemories });
  const best = list.memories
    .filter(({ kind }) => kind !== "turn")
    .sort(
      (a, b) =>
        Number(b.pinned) - Number(a.pinned) ||
        b.importance - a.importance ||
        b.createdAt.localeCompare(a.createdAt),
    );
  const shown: Fenced[] = [];
  let left = budget;
  for (const memory of best) {
    const one = fencedOf(memory);
    if (costOf(one) > left) break;
    shown.push(one);
    left -= costOf(one);
  }
  return shown;
}

function fencedOf({ id, kind, source, createdAt, pinned, text }: Memory): Fenced {
  const plain = plainText(text).trim();
  const part = cutToTokens(plain, mostMemoryTokens);
  const head = `${id} ${kind} from ${source} ${localDay(createdAt)}${pinned ? " pinned" : ""}${part.length < plain.length ? " (the beginning; read it with recall)" : ""}`;
  return { head: oneLine(head, 200), text: part };
}

function costOf({ text }: Fenced): number {
  return tokensOf(text) + headTokens;
}

/** One of the two may be broken or busy: the other is shown. */
async function quietly<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch {
    return undefined;
  }
}
