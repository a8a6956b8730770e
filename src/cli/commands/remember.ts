import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { readEnvironment } from "../../config/env.ts";
import type {
  MemoryAnchor,
  MemoryKind,
  MemorySource,
  RememberOptions,
  RememberResult,
} from "../../ports/memories.ts";
import { counted, printJson, printLine } from "../format.ts";
import { namespaceFor } from "../here.ts";
import {
  addMemoryFlags,
  kindOption,
  type MemoryFlags,
  share,
  sourceOption,
  textOf,
  time,
  words,
} from "../memory-flags.ts";

interface RememberFlags extends MemoryFlags {
  namespace?: string;
  tag?: string[];
  kind?: MemoryKind;
  source?: MemorySource;
  importance?: number;
  validFrom?: string;
  expires?: string;
  pin?: boolean;
  anchor?: string[];
  replaces?: string;
  onDuplicate?: "merge" | "link" | "keep";
  lines?: boolean;
}

/** haypile remember TEXT */
export function addRemember(program: Command): void {
  const command = program
    .command("remember")
    .description("keep a text; say it again and nothing is kept twice")
    .argument("<text...>", 'the text; "-" reads it from stdin')
    .option("--namespace <name>", 'where it belongs (default: "default"; ".": this project)')
    .option("--tag <tags>", "tags, with commas or one each time", words)
    .addOption(kindOption("what it is (default: note)"))
    .addOption(sourceOption("who says so (default: user)"))
    .option("--importance <n>", "0 to 1 (default: 0.5)", share)
    .option("--valid-from <time>", "from when on it holds", time)
    .option("--expires <time>", "when it stops to hold", time)
    .option("--pin", "never remove it by itself")
    .option(
      "--anchor <file>",
      "code it speaks of, as file or file#name, again for each: recall tells when that changes",
      (file: string, before: string[] = []) => [...before, file],
    )
    .option("--replaces <id>", "memory that this one takes the place of")
    .addOption(
      new Option("--on-duplicate <what>", "what to do with a text that is there already").choices([
        "merge",
        "link",
        "keep",
      ]),
    )
    .option("--lines", "each line of the text is a memory of its own");
  addMemoryFlags(command)
    .addHelpText(
      "after",
      `
Examples:
  haypile remember "deploys go out on Tuesdays" --tag deploy --kind decision
  git log -1 --format=%B | haypile remember - --namespace release-notes
  haypile remember "retries are capped at 5" --anchor src/http.ts#retry`,
    )
    .action(async (given: string[], flags: RememberFlags) => {
      const text = await textOf(given);
      const texts = flags.lines === true ? text.split("\n").filter((line) => line.trim()) : [text];
      const { projectAbove } = await import("../../engine/anchor-reader.ts");
      const here = process.cwd();
      const options = optionsOf(flags, projectAbove(here, readEnvironment().dataFolder) ?? here);
      const { withUserMemories } = await import("../../engine/user-memories.ts");
      await withUserMemories(
        flags.db === undefined ? {} : { database: flags.db },
        async (memories) => {
          const results =
            flags.lines === true
              ? await memories.rememberMany(texts.map((one) => ({ text: one, ...options })))
              : [await memories.remember(text, options)];
          if (flags.json === true && flags.lines === true)
            printJson("remember --lines", { results });
          else if (flags.json === true) printJson("remember", results[0] as RememberResult);
          else print(results);
          // It is on disk already; this is for being found by meaning.
          await memories.settled();
        },
      );
    });
}

function print(results: readonly RememberResult[]): void {
  if (results.length === 1) {
    const [{ id, status, similar }] = results as [RememberResult];
    printLine(`${id}  ${status}`);
    for (const one of status === "merged" ? [] : similar) {
      printLine(`  similar: ${one.id}  ${one.score.toFixed(2)}`);
    }
    return;
  }
  const merged = results.filter(({ status }) => status === "merged").length;
  printLine(`${counted(results.length - merged, "memory", "memories")} stored, ${merged} merged.`);
}

function optionsOf(flags: RememberFlags, project: string): RememberOptions {
  const { tag, pin, anchor, namespace, lines: _, json: __, db: ___, ...same } = flags;
  return {
    ...same,
    ...(namespace !== undefined && { namespace: namespaceFor(namespace) }),
    ...(tag !== undefined && { tags: tag }),
    ...(pin === true && { pinned: true }),
    ...(anchor !== undefined && { anchors: anchor.map((one) => anchorOf(one, project)) }),
  };
}

/** Files are named from where the user is, and lie in that folder's project. */
function anchorOf(text: string, root: string): MemoryAnchor {
  const at = text.lastIndexOf("#");
  if (at <= 0) return { path: resolve(text), root };
  return { path: resolve(text.slice(0, at)), symbol: text.slice(at + 1), root };
}
