/* Histories and differences as lines for a model. What usually keeps secrets is not named. */
import { isSecretPath } from "../../base/paths/secret-paths.ts";
import { localDay } from "../../base/text/local-time.ts";
import type { DiffResult } from "../../ports/answers/time/diff.ts";
import type { CodeIndex } from "../../ports/haypile.ts";
import type { Memories } from "../../ports/memories.ts";
import { oneLine } from "../answer/visible-text.ts";
import { historyPages, type RememberedEntry } from "../backend/history-pages.ts";
import { nameOf } from "./steps-text.ts";

/** Commits of one answer and its pages. */
const mostEntries = 100;
/** A model waits no longer for the pages together, milliseconds. */
const mostMs = 10_000;
const diffLines = 10;

interface Told {
  lines: string[];
  note: string;
}

/** The commits that changed a definition or a file, the newest first, with the memories that speak of it. */
export async function historyText(
  code: CodeIndex,
  target: string,
  memories: Pick<Memories, "anchored">,
  namespace: readonly string[] | undefined,
  signal: AbortSignal | undefined,
): Promise<Told> {
  const lines: string[] = [];
  const notes: string[] = [];
  const options = { limit: mostEntries, diffLines, firstMs: mostMs, nextMs: mostMs };
  for await (const page of historyPages(code, target, {
    ...options,
    memories,
    namespace,
    signal,
  })) {
    for (const entry of page.entries) {
      if (!isSecretPath(entry.path)) lines.push(...entryLines(entry));
    }
    if (page.others > 0)
      notes.push(`${page.others} other definitions have this name: pass FILE#NAME.`);
    if (page.end !== undefined) notes.push(page.end.hint);
    if (page.nextCursor !== undefined) notes.push("Older commits are not shown.");
    break;
  }
  return { lines: lines.length === 0 ? ["Nothing changed it."] : lines, note: notes.join(" ") };
}

function entryLines(entry: RememberedEntry): string[] {
  const { commit, committed, author, subject, change, path, line, name, before, after } = entry;
  const by =
    commit === undefined
      ? "not committed yet"
      : `${commit.slice(0, 12)} ${localDay(committed)} ${author}: ${subject}`;
  const from = before === undefined ? "" : ` from ${before.path}#${before.name ?? ""}`;
  const to = after === undefined ? "" : ` now ${after.path}#${after.name ?? ""}`;
  const what = `${change} ${path}${line === 0 ? "" : `:${line}`} ${name ?? ""}${from}${to} +${entry.added} -${entry.removed}`;
  return [
    oneLine(by, 300),
    `  ${oneLine(what, 500)}`,
    ...entry.diff.map((one) => `    ${one[0] ?? ""}${oneLine(one.slice(1), 160)}`),
    ...(entry.diffLeftOut > 0 ? [`    ${entry.diffLeftOut} more lines`] : []),
    ...entry.memories.map(({ id, text }) => `  memory ${id}: ${oneLine(text, 200)}`),
  ];
}

/** Definitions that differ between two commits, and what uses them. */
export function diffText(result: DiffResult): Told {
  const { symbols = [], files, impact, symbolsLeftOut, keysLeftOut } = result;
  const lines: string[] = [];
  for (const { path, change, before } of files) {
    if (change === "changed") continue;
    lines.push(oneLine(`${change} ${path}${before === undefined ? "" : ` from ${before}`}`, 500));
  }
  for (const { change, path, line, kind, name, before, signature } of symbols) {
    const was =
      before === undefined || change === "changed"
        ? ""
        : ` from ${before.path}:${before.line} ${before.name}`;
    lines.push(oneLine(`${change} ${path}:${line} ${kind} ${name}${was}`, 500));
    if (before !== undefined && before.signature !== signature) {
      lines.push(`  -${oneLine(before.signature, 300)}`, `  +${oneLine(signature, 300)}`);
    }
  }
  const tests = impact?.tests.filter(({ path }) => !isSecretPath(path)) ?? [];
  if (tests.length > 0)
    lines.push("Tests to run:", ...tests.map(({ path }) => `  ${oneLine(path, 500)}`));
  const rest = impact?.affected.filter(({ isTest, path }) => !isTest && !isSecretPath(path)) ?? [];
  if (rest.length > 0) lines.push("Reached besides, by the index as it is now:");
  for (const { path, line, kind, definition } of rest) {
    const where = definition === undefined ? "the top of the file" : nameOf(definition);
    lines.push(`  ${oneLine(`${path}:${line} ${kind} in ${where}`, 500)}`);
  }
  const notes = [
    symbolsLeftOut > 0 ? `${symbolsLeftOut} more definitions differ.` : "",
    keysLeftOut > 0 ? `${keysLeftOut} keys of data files differ and are not named.` : "",
  ];
  const note = notes.filter((one) => one !== "").join(" ");
  return { lines: lines.length === 0 ? ["No definition differs."] : lines, note };
}
