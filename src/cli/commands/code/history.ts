import type { Command } from "commander";
import { localDay } from "../../../base/text/local-time.ts";
import {
  historyPages,
  type RememberedEntry,
  type RememberedPage,
} from "../../../mcp/backend/history-pages.ts";
import { addHereFlag, throughDoor } from "../../door.ts";
import { namespacesFor } from "../../flags/here.ts";
import { words } from "../../flags/memories-flags.ts";
import { wholeNumber } from "../../flags/numbers.ts";
import { addIndexFlags, type IndexFlags } from "../../flags/options.ts";
import { counted, printable, printJson, printLine } from "../../output/format.ts";

interface HistoryFlags extends IndexFlags {
  json?: boolean | undefined;
  at?: string | undefined;
  limit: number;
  diff: number;
  memories: boolean;
  namespace?: string[] | undefined;
}

/** What was found comes after so long, milliseconds: something to read at once, then whole pages. */
const firstMs = 150;
const nextMs = 1_000;
const longestMemory = 160;

/** haypile history TARGET */
export function addHistory(program: Command, signal: AbortSignal): void {
  const command = program
    .command("history")
    .description("the commits that changed a definition or a file, through renames")
    .argument("<target>", "NAME, FILE, FILE#NAME or FILE:10-20");
  addHereFlag(addIndexFlags(command))
    .option("--at <rev>", "begin at a commit, branch, tag or time (default: the files as they are)")
    .option("-k, --limit <n>", "most commits shown", wholeNumber(1, 100_000), 20)
    .option("--diff <n>", "most lines of each diff", wholeNumber(0, 1000), 12)
    .option(
      "--namespace <names>",
      'only memories of these; "." is the project of this folder',
      words,
    )
    .option("--no-memories", "without the memories that speak of it")
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      `
Examples:
  haypile history parseConfig
  haypile history src/app.ts#open --limit 3
  haypile history src/app.ts --diff 0
  haypile history src/app.ts:1-20 --json`,
    )
    .action(async (target: string, flags: HistoryFlags) => {
      await throughDoor({ command: "history", flags, signal }, async ({ haypile }) => {
        const { at, limit, diff: diffLines, namespace } = flags;
        const pages = historyPages(haypile.code(flags.path), target, {
          ...{ at, limit, diffLines, firstMs, nextMs, signal },
          memories: flags.memories ? haypile.memories : undefined,
          namespace: namespace && namespacesFor(namespace),
        });
        let whole: RememberedPage | undefined;
        for await (const page of pages) {
          if (flags.json !== true) printEntries(page.entries);
          const entries = [...(whole?.entries ?? []), ...page.entries];
          whole = {
            ...page,
            at: whole?.at ?? page.at,
            entries: flags.json === true ? entries : entries.slice(-1),
            looked: (whole?.looked ?? 0) + page.looked,
            unread: (whole?.unread ?? 0) + page.unread,
          };
        }
        if (whole === undefined) return;
        if (flags.json === true) printJson("history", whole);
        else printEnd(whole, flags.limit);
      });
    });
}

function printEntries(entries: readonly RememberedEntry[]): void {
  for (const entry of entries) {
    const { commit, committed, author, subject, change, before, after, name, path, line } = entry;
    const who =
      commit === undefined
        ? "not committed yet"
        : `${commit.slice(0, 12)}  ${localDay(committed)}  ${author}`;
    printLine(printable(`${who}${subject === "" ? "" : `  ${subject}`}`));
    const place = line === 0 ? path : `${path}:${line}`;
    const from = before === undefined ? "" : `  from ${placeWords(before)}`;
    const to = after === undefined ? "" : `  now ${placeWords(after)}`;
    const note = entry.note === undefined ? "" : `  (${entry.note})`;
    printLine(
      printable(
        `  ${change}  ${place}${name === undefined ? "" : `  ${name}`}${from}${to}  +${entry.added} -${entry.removed}${note}`,
      ),
    );
    for (const one of entry.diff) {
      printLine(printable(one.startsWith("@") ? `    line ${one.slice(1)}` : `    ${one}`));
    }
    if (entry.diffLeftOut > 0 && entry.diff.length > 0) {
      printLine(`    … and ${counted(entry.diffLeftOut, "line")} more`);
    }
    for (const { id, text: whole, anchors } of entry.memories) {
      const verified = anchors[0] === undefined ? "" : localDay(anchors[0].verifiedAt);
      const text = whole.replace(/\s+/gu, " ");
      const shown = text.length > longestMemory ? `${text.slice(0, longestMemory)}…` : text;
      printLine(printable(`  memory ${id}  true of this on ${verified}: ${shown}`));
    }
  }
}

function placeWords({ path, name }: { path: string; name?: string | undefined }): string {
  return name === undefined ? path : `${path}#${name}`;
}

function printEnd(whole: RememberedPage, limit: number): void {
  const { entries, unread, end, nextCursor, others, of } = whole;
  if (entries.length === 0) printLine(`nothing changed it in ${counted(whole.looked, "commit")}`);
  const notes: string[] = [];
  if (others > 0) {
    notes.push(
      `${counted(others, "other definition")} of this name: say FILE#NAME for one of them (this is ${placeWords(of)})`,
    );
  }
  if (unread > 0) {
    notes.push(
      `${counted(unread, "version")} could not be taken apart: what changed in them is told with the next one that could`,
    );
  }
  if (end !== undefined) notes.push(end.hint);
  if (nextCursor !== undefined)
    notes.push(`there is more behind the first ${limit}: raise --limit`);
  for (const note of notes) process.stderr.write(`haypile: ${printable(note)}\n`);
}
