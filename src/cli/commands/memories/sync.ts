/* haypile memories sync: say what changed here in a folder that other machines have too, and take what they say. */
import { resolve } from "node:path";
import type { Command } from "commander";
import type { MemorySyncProgress, MemorySyncResult } from "../../../ports/memory/sync-call.ts";
import { namespacesFor } from "../../flags/here.ts";
import {
  addMemoryFlags,
  type MemoryFlags,
  withMemories,
  words,
} from "../../flags/memories-flags.ts";
import { counted, formatBytes, printable, printJson, printLine } from "../../output/format.ts";
import { ProgressLine } from "../../output/progress.ts";

interface SyncFlags extends MemoryFlags {
  namespace?: string[] | undefined;
  allowSecret?: boolean | undefined;
  whole?: boolean | undefined;
}

const help = `
FOLDER is a git repository that you push and pull, or a folder that a program keeps the same on your machines. Each
machine writes one file of its own into FOLDER/haypile-memories and reads those of the others, so nothing is ever in
conflict. What was said last holds; older texts stay in the history. --namespace is remembered for the folder.

Examples:
  haypile memories sync ~/Dropbox
  haypile memories sync ~/notes --namespace default,release-notes
  haypile memories sync ~/notes --namespace '*'`;

/** @param command "memories" */
export function addSync(command: Command, signal: AbortSignal): void {
  addMemoryFlags(command.command("sync"))
    .description("make the memories of your machines the same, through a folder that they share")
    .argument("<folder>", "a folder that is there")
    .option("--namespace <names>", 'only these go there and come from there; "*": all again', words)
    .option("--allow-secret", "also what looks like a password, a key or a token")
    .option("--whole", "write all that is known here, also what came from others")
    .addHelpText("after", help)
    .action(async (folder: string, flags: SyncFlags) => await sync(folder, flags, signal));
}

async function sync(folder: string, flags: SyncFlags, signal: AbortSignal): Promise<void> {
  const { namespace, allowSecret: allowSecrets, whole } = flags;
  const line = new ProgressLine(process.stderr);
  const onProgress = ({ phase, done, total, rssBytes }: MemorySyncProgress): void => {
    if (flags.json === true) return;
    const unit = phase === "reading" ? "bytes" : "memories";
    line.update({ phase, done, total, unit, rssBytes });
  };
  await withMemories("memories sync", flags, signal, async (memories) => {
    const result = await memories
      .sync(resolve(folder), {
        namespace: namespace && namespacesFor(namespace),
        allowSecrets,
        whole,
        signal,
        onProgress,
      })
      .finally(() => line.clear());
    if (flags.json === true) return printJson("memories sync", result);
    print(result);
  });
}

function print(result: MemorySyncResult): void {
  const { sent, received, files, bytes, duplicates, namespaces } = result;
  const { added, changed, forgotten } = received;
  const of = namespaces === undefined ? "" : ` (only ${namespaces.join(", ")})`;
  printLine(
    printable(
      `Sent ${counted(sent, "memory", "memories")}, got ${added} new, ${changed} changed and ${forgotten} forgotten ones from ${counted(files, "other file")}${of}.`,
    ),
  );
  if (duplicates > 0) {
    const pairs = counted(duplicates, "pair");
    printLine(`${pairs} say the same on two machines: "haypile memories duplicates" lists them.`);
  }
  for (const note of notesOf(result)) process.stderr.write(`haypile: ${printable(note)}\n`);
  const own = `file of this machine: ${result.machine}.jsonl, ${formatBytes(bytes)}`;
  process.stderr.write(`haypile: ${own}, in ${printable(result.folder)}\n`);
}

function notesOf({
  isAfterRestore,
  secrets,
  fromFuture,
  otherNamespaces,
  problems,
  problemCount,
}: MemorySyncResult): string[] {
  const notes = problems.map(({ file, line, reason }) => {
    const where = line > 0 ? `${file}, line ${line}` : file || "files";
    return `${where}: ${reason}`;
  });
  if (isAfterRestore) {
    notes.push(
      "a snapshot was restored since the last sync; what was said and forgotten after it holds again",
    );
  }
  if (problemCount > problems.length) notes.push(`and ${problemCount - problems.length} more`);
  if (otherNamespaces > 0) {
    notes.push(`${counted(otherNamespaces, "line")} of other namespaces passed over`);
  }
  if (secrets.kept > 0) {
    const kept = counted(secrets.kept, "memory", "memories");
    notes.push(`${kept} stayed here: they look like secrets; --allow-secret sends them`);
  }
  if (fromFuture > 0) {
    const ahead = counted(fromFuture, "memory", "memories");
    notes.push(
      `${ahead} stayed here: their times lie more than a day ahead, and no machine takes such`,
    );
  }
  return notes;
}
