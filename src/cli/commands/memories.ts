import { createInterface } from "node:readline";
import { type Command, Option } from "commander";
import { fileError, HaypileError } from "../../base/errors.ts";
import { openStream } from "../../base/read-file.ts";
import type { Memories } from "../../ports/memories.ts";
import { counted, formatBytes, formatTable, printable, printJson, printLine } from "../format.ts";
import { adoptHere, tellAlike } from "../here.ts";
import {
  addFilterFlags,
  addMemoryFlags,
  type FilterFlags,
  filterOf,
  headLine,
  type MemoryFlags,
  time,
} from "../memory-flags.ts";
import { wholeNumber } from "../options.ts";

type Run<Flags> = (
  memories: Memories,
  flags: Flags & MemoryFlags,
  argument: string,
) => Promise<void>;

/** haypile memories list|export|import|stats|history|undelete|collect|removed */
export function addMemories(program: Command): void {
  const command = program
    .command("memories")
    .description("list, export, import and look after what was remembered");
  const add = <Flags>(name: string, says: string, run: Run<Flags>): Command =>
    addMemoryFlags(command.command(name).description(says)).action(
      async (...given: [string, Flags & MemoryFlags] | [Flags & MemoryFlags]) => {
        const argument = typeof given[0] === "string" ? given[0] : "";
        const flags = (typeof given[0] === "string" ? given[1] : given[0]) as Flags & MemoryFlags;
        const { withUserMemories } = await import("../../engine/user-memories.ts");
        const options = flags.db === undefined ? {} : { database: flags.db };
        await withUserMemories(options, (memories) => run(memories, flags, argument));
      },
    );

  addFilterFlags(add<ListFlags>("list", "newest first", list))
    .option("-k, --limit <n>", "how many (default: 20)", wholeNumber(1, 1000))
    .addOption(new Option("-n <n>", "as -k").argParser(wholeNumber(1, 1000)).hideHelp())
    .option("--cursor <cursor>", "go on where a list ended")
    .option("--as-of <time>", "what was known and valid then", time);
  addFilterFlags(add<FilterFlags>("export", "one memory a line, as JSON, to stdout", exportAll));
  add<ImportFlags>("import", "take up lines of JSON", importAll)
    .argument("[file]", 'file to read; "-" or nothing: stdin', "-")
    .option("--format <format>", "auto, haypile, knowledge-graph or texts (default: auto)")
    .option("--namespace <name>", "put all of them into this namespace");
  add("adopt", "let the project of this folder go by the namespace of another", adopt).argument(
    "<namespace>",
    'as "haypile memories stats" lists them',
  );
  add("stats", "how many there are, and what they take", stats);
  add("history", "what a memory said, and when", history).argument("<id>", "id of the memory");
  add("undelete", "bring back what was forgotten", undelete).argument("<id>", "id of the memory");
  add("collect", "remove what has expired, erase what was forgotten long ago", collect);
  add("removed", "what was removed, and why", removed);
}

interface ListFlags extends FilterFlags {
  /** What -k was called. */
  n?: number;
  limit?: number;
  cursor?: string;
  asOf?: string;
}

const list: Run<ListFlags> = async (memories, flags) => {
  const { n, limit = n ?? 20, cursor, asOf } = flags;
  const page = await memories.list({
    ...filterOf(flags),
    limit,
    ...(cursor !== undefined && { cursor }),
    ...(asOf !== undefined && { asOf }),
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

const exportAll: Run<FilterFlags> = async (memories, flags) => {
  for await (const line of memories.export(filterOf(flags))) printLine(line);
};

interface ImportFlags {
  format?: string;
  namespace?: string;
}

const importAll: Run<ImportFlags> = async (memories, { format, namespace, json }, file) => {
  const input = file === "-" || file === "" ? process.stdin : inputOf(file);
  const failed = new Promise<never>((_, reject) => {
    input.on("error", (error: Error) => reject(fileError(error, `read ${file}`)));
  });
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  const work = memories.import(lines, {
    ...(format !== undefined && { format }),
    ...(namespace !== undefined && { namespace }),
  });
  const result = await Promise.race([work, failed]);
  if (json === true) return printJson("memories import", result);
  const { stored, merged, refused } = result;
  printLine(`${counted(stored, "memory", "memories")} stored, ${merged} were there already.`);
  for (const { line, reason } of refused) {
    process.stderr.write(`haypile: line ${line} was refused: ${printable(reason)}\n`);
  }
};

function inputOf(file: string): NodeJS.ReadableStream {
  try {
    return openStream(file);
  } catch (error) {
    throw fileError(error, `read ${file}`);
  }
}

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
    printLine(`${at}  ${printable(what)}`);
    printLine(`  ${printable(text.trimEnd().split("\n")[0] ?? "")}`);
  }
};

const undelete: Run<object> = async (memories, { json }, id) => {
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
    printLine(`${id}  ${at}  ${printable(namespace)}  ${why}`);
  }
};
