import { type Command, Option } from "commander";
import { HaypileError } from "../../../base/errors.ts";
import { localMinute } from "../../../base/text/local-time.ts";
import { type Memories, type MemoryOrder, memoryOrders } from "../../../ports/memories.ts";
import { adoptHere, tellAlike } from "../../flags/here.ts";
import {
  addFilterFlags,
  addMemoryFlags,
  type FilterFlags,
  filterOf,
  headLine,
  type MemoryFlags,
  timeAtEnd,
  withMemories,
} from "../../flags/memories-flags.ts";
import { wholeNumber } from "../../flags/numbers.ts";
import {
  counted,
  formatBytes,
  formatTable,
  printable,
  printJson,
  printLine,
} from "../../output/format.ts";
import { type ImportFlags, importAll } from "./import.ts";
import { addLookThrough } from "./look-through.ts";
import { exportAll, rescue } from "./rescue.ts";
import { addSnapshots } from "./snapshots.ts";
import { addSync } from "./sync.ts";

type Run<Flags> = (
  memories: Memories,
  flags: Flags & MemoryFlags,
  argument: string,
  signal: AbortSignal,
) => Promise<void>;

const importHelp = `
Takes the lines of "haypile memories export", the JSON export of mcp-memory-service, the file of
server-memory, and JSON objects with a text: one a line, in a list, or glued together. What cannot be
taken is named, and the command ends with 3.

Examples:
  haypile memories export > memories.jsonl
  haypile memories import memories.jsonl`;

const rescueHelp = `
Reads page by page past what is damaged, and says how many memories came out, how many of these may not
be what was written, and how many could not be read. "haypile doctor" says whether a file is damaged.

Examples:
  haypile memories rescue
  haypile memories rescue --to good.db`;

/** haypile memories list|merge|duplicates|unverified|export|rescue|import|snapshot|snapshots|sync|stats|history|undelete|collect|removed … */
export function addMemories(program: Command, signal: AbortSignal): void {
  const command = program
    .command("memories")
    .description("list, merge, export, import, rescue and look after what was remembered");
  const add = <Flags>(name: string, says: string, run: Run<Flags>): Command =>
    addMemoryFlags(command.command(name).description(says)).action(
      async (...given: [string | undefined, Flags & MemoryFlags] | [Flags & MemoryFlags]) => {
        const argument = typeof given[0] === "string" ? given[0] : "";
        const flags = given.find((one) => typeof one === "object") as Flags & MemoryFlags;
        await withMemories(`memories ${name}`, flags, signal, (memories) =>
          run(memories, flags, argument, signal),
        );
      },
    );

  addFilterFlags(add<ListFlags>("list", "what was written last first, or in another order", list))
    .addOption(new Option("--order <order>", "which come first").choices(memoryOrders))
    .option("--skip <n>", "pass over so many first", wholeNumber(0, 100_000_000))
    .option("-k, --limit <n>", "how many (default: 20)", wholeNumber(1, 1000))
    .addOption(new Option("-n <n>", "as -k").argParser(wholeNumber(1, 1000)).hideHelp())
    .option("--cursor <cursor>", "go on where a list ended")
    .option(
      "--as-of <time>",
      "what was known and valid then, or at the end of that day",
      timeAtEnd,
    );
  addFilterFlags(
    addMemoryFlags(command.command("export"))
      .description("one memory a line, as JSON, to stdout; also out of a damaged file")
      .action((flags: FilterFlags & MemoryFlags) => exportAll(flags, signal)),
  );
  addMemoryFlags(command.command("rescue"))
    .description("make a good file of a damaged one, which is kept beside it")
    .option("--to <file>", "write the good one there, and leave the damaged one where it is")
    .addHelpText("after", rescueHelp)
    .action(rescue);
  add<ImportFlags>("import", "take up an export, of Haypile or of another server", importAll)
    .argument("[file]", 'file of JSON to read; "-" or nothing: stdin', "-")
    .option("--format <format>", "auto, haypile, knowledge-graph or texts (default: auto)")
    .option("--namespace <name>", "put all of them into this namespace")
    .option("--allow-secret", "also what looks like a password, a key or a token")
    .addHelpText("after", importHelp);
  add("adopt", "let the project of this folder go by the namespace of another", adopt).argument(
    "<namespace>",
    'as "haypile memories stats" lists them',
  );
  add("stats", "how many there are, and what they take", stats);
  addLookThrough(command, signal);
  addSnapshots(command, signal);
  addSync(command, signal);
  add("history", "what a memory said, and when", history).argument("<id>", "id of the memory");
  add<UndeleteFlags>("undelete", "bring back what was forgotten", undelete)
    .argument("[id]", "id of the memory")
    .option("--at <time>", 'all that went at this moment, as "haypile forget --json" said it');
  add("collect", "remove what has expired, erase what was forgotten long ago", collect);
  add("removed", "what was removed, and why", removed);
}

interface ListFlags extends FilterFlags {
  /** What -k was called. */
  n?: number | undefined;
  limit?: number | undefined;
  cursor?: string | undefined;
  order?: MemoryOrder | undefined;
  skip?: number | undefined;
  asOf?: string | undefined;
}

const list: Run<ListFlags> = async (memories, flags) => {
  const { n, limit = n ?? 20, cursor, asOf, order, skip } = flags;
  const page = await memories.list({
    ...filterOf(flags),
    limit,
    cursor,
    order,
    skip,
    asOf,
  });
  await tellAlike(memories, flags.namespace);
  if (flags.json === true) return printJson("memories list", page);
  for (const memory of page.memories) {
    const [line = ""] = memory.text.trim().split("\n");
    printLine(`${headLine(memory)}  ${printable(line.slice(0, 120))}`);
  }
  const more = page.nextCursor === undefined ? "" : `; go on with --cursor ${page.nextCursor}`;
  process.stderr.write(
    `haypile: ${page.memories.length} of ${counted(page.total, "memory", "memories")}${more}\n`,
  );
};

const adopt: Run<object> = async (memories, { json }, namespace) => {
  const { total } = await memories.list({ namespace, limit: 1 });
  if (total === 0) {
    throw new HaypileError(
      "HAYPILE_USAGE",
      `Expected a namespace that has memories, but "${namespace}" has none. "haypile memories stats" lists all.`,
      { data: { namespace } },
    );
  }
  const project = adoptHere(namespace);
  if (json === true) return printJson("memories adopt", project);
  printLine(
    `${printable(project.folder)} goes by ${printable(namespace)} now: ${counted(total, "memory", "memories")}.`,
  );
};

const stats: Run<object> = async (memories, { json }) => {
  const found = await memories.stats();
  if (json === true) return printJson("memories stats", found);
  const rows: [string, string][] = [
    ["memories", String(found.memories)],
    ["deleted, can be brought back", String(found.deleted)],
    ["without a vector yet", String(found.withoutVector)],
    ["on disk", formatBytes(found.bytesOnDisk)],
    ...(found.stores ?? []).map(({ store, isUp }): [string, string] => [
      "kept in",
      `${printable(store)}${isUp ? "" : ", which is away"}`,
    ]),
    ...found.namespaces.map(({ namespace, memories: count, bytes }): [string, string] => [
      `  ${printable(namespace)}`,
      `${count}, ${formatBytes(bytes)} of text`,
    ]),
  ];
  for (const line of formatTable(rows)) printLine(line);
};

const history: Run<object> = async (memories, { json }, id) => {
  const found = await memories.history(id);
  if (json === true) return printJson("memories history", { id, history: found });
  for (const { at, what, text } of found) {
    printLine(`${localMinute(at)}  ${printable(what)}`);
    printLine(`  ${printable(text.trimEnd().split("\n")[0] ?? "")}`);
  }
};

interface UndeleteFlags {
  at?: string | undefined;
}

const undelete: Run<UndeleteFlags> = async (memories, { json, at }, id) => {
  if ((at === undefined) === (id === "")) {
    throw new HaypileError("HAYPILE_USAGE", "Expected the id of a memory, or --at and a time.");
  }
  if (at !== undefined) {
    const result = await memories.undeleteAt(at);
    if (json === true) return printJson("memories undelete (at)", result);
    return printLine(`${counted(result.restored, "memory", "memories")} brought back.`);
  }
  const memory = await memories.undelete(id);
  if (json === true) return printJson("memories undelete", memory);
  printLine(`${headLine(memory)}  is back.`);
};

const collect: Run<object> = async (memories, { json }) => {
  const result = await memories.collect();
  if (json === true) return printJson("memories collect", result);
  for (const { id, why } of result.removed) printLine(`${id}  ${why}`);
  printLine(`${result.removed.length} removed, ${result.erased} erased.`);
};

const removed: Run<object> = async (memories, { json }) => {
  const found = await memories.removed();
  if (json === true) return printJson("memories removed", { removed: found });
  for (const { id, at, namespace, why } of found) {
    printLine(`${id}  ${localMinute(at)}  ${printable(namespace)}  ${why}`);
  }
};
