/*
 * A hint about a search with grep that the index answers in fewer tokens. It is said a few times in a session and no
 * more: what is said always is not read any more, and costs tokens each time.
 */
import { join, resolve } from "node:path";
import { isInside, readBoundedSync } from "../../base/files/read-file.ts";
import { readEnvironment } from "../../config/environment/env.ts";
import { writeAtomically } from "../../config/file/write-file.ts";
import { oneLine } from "../../mcp/answer/visible-text.ts";
import { grepIn, questionOf } from "./grep-words.ts";
import type { HookCall } from "./hook-call.ts";
import { folderOf, indexedFolder } from "./hook-folder.ts";

/** Hints in one session. */
const mostHints = 3;
const keptSessions = 64;

/** @returns undefined where grep is right, nothing is indexed, or it was said often enough */
export function grepHint({ input, words }: HookCall): string | undefined {
  if (words.client === "codex" || words.client === "cursor") return undefined;
  const search = grepIn(input.tool, input.toolInput);
  const question = search === undefined ? undefined : questionOf(search.pattern);
  if (search === undefined || question === undefined) return undefined;
  const folder = folderOf(input);
  const indexed = folder === undefined ? undefined : indexedFolder(folder);
  if (folder === undefined || indexed === undefined) return undefined;
  if (search.path !== undefined && !isInside(indexed, resolve(folder, search.path))) {
    return undefined;
  }
  if (!isDue(input.session)) return undefined;
  const text = oneLine(question.text, 80).replaceAll('"', "'");
  return question.isName
    ? `Haypile has an index of this project: find_symbol name="${text}" gives the definition with its lines, references name="${text}" the uses, in fewer tokens than grep. For text that is no name grep is right.`
    : `Haypile has an index of this project: find_code query="${text}" gives the places by meaning and word, in fewer tokens than grep. For exact text grep is right.`;
}

/** Counts the hints of a session; where that cannot be kept there is none. */
function isDue(session: string): boolean {
  const path = join(readEnvironment().cacheFolder, "hook-hints.json");
  const counts = new Map(readCounts(path));
  const name = session.slice(0, 128);
  const given = counts.get(name) ?? 0;
  if (given >= mostHints) return false;
  counts.delete(name);
  counts.set(name, given + 1);
  try {
    writeAtomically(path, JSON.stringify([...counts].slice(-keptSessions)));
    return true;
  } catch {
    return false;
  }
}

function readCounts(path: string): [string, number][] {
  try {
    const bytes = readBoundedSync(path, { mostBytes: 100_000, links: "refuse" });
    const list: unknown = JSON.parse(bytes.toString("utf8"));
    if (!Array.isArray(list)) return [];
    return list.filter(
      (one): one is [string, number] =>
        Array.isArray(one) && typeof one[0] === "string" && typeof one[1] === "number",
    );
  } catch {
    return [];
  }
}
