import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { HaypileError } from "../../../base/errors.ts";
import { readEnvironment } from "../../../config/environment/env.ts";
import type {
  MemoryAnchor,
  MemoryKind,
  MemorySource,
  RememberOptions,
  RememberResult,
} from "../../../ports/memories.ts";
import { namespaceFor } from "../../flags/here.ts";
import {
  addMemoryFlags,
  kindOption,
  type MemoryFlags,
  share,
  sourceOption,
  tagWords,
  textOf,
  time,
  withMemories,
} from "../../flags/memories-flags.ts";
import { agrees } from "../../input/ask.ts";
import { counted, printable, printJson, printLine } from "../../output/format.ts";

interface RememberFlags extends MemoryFlags {
  namespace?: string | undefined;
  tag?: string[] | undefined;
  kind?: MemoryKind | undefined;
  source?: MemorySource | undefined;
  importance?: number | undefined;
  validFrom?: string | undefined;
  expires?: string | undefined;
  pin?: boolean | undefined;
  anchor?: string[] | undefined;
  replaces?: string | undefined;
  onDuplicate?: "merge" | "link" | "keep" | undefined;
  lines?: boolean | undefined;
  allowSecret?: boolean | undefined;
}

/** haypile remember TEXT */
export function addRemember(program: Command, signal: AbortSignal): void {
  const command = program
    .command("remember")
    .description("keep a text; say it again and nothing is kept twice")
    .argument("<text...>", 'the text; "-" reads it from stdin')
    .option("--namespace <name>", 'where it belongs (default: "default"; ".": this project)')
    .option(
      "--tag <tags>",
      'tags, with commas or one each time ("\\," is a comma in a tag)',
      tagWords,
    )
    .addOption(kindOption("what it is (default: note)"))
    .addOption(sourceOption("who says so (default: user)"))
    .option("--importance <n>", "0 to 1 (default: 0.5)", share)
    .option("--valid-from <time>", "day or time from which on it holds", time)
    .option("--expires <time>", "day or time when it stops to hold (of a day: its beginning)", time)
    .option("--pin", "never remove it by itself")
    .option(
      "--anchor <file>",
      "code it speaks of, as file or file#name, again for each: recall tells when that changes",
      (file: string, before: string[] = []) => [...before, file],
    )
    .option(
      "--replaces <id>",
      "memory that this one takes the place of; what is not said is taken from it",
    )
    .option("--allow-secret", "keep it even if it looks like a password, a key or a token")
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
      const text = await textOf(given, signal);
      const texts = flags.lines === true ? text.split("\n").filter((line) => line.trim()) : [text];
      const { projectAbove } = await import("../../../engine/memories/anchor-reader.ts");
      const here = process.cwd();
      const asked = optionsOf(flags, projectAbove(here, readEnvironment().dataFolder) ?? here);
      await withMemories("remember", flags, signal, async (memories, reached) => {
        const write = async (options: RememberOptions): Promise<RememberResult[]> =>
          flags.lines === true
            ? await memories.rememberMany(texts.map((one) => ({ text: one, ...options })))
            : [await memories.remember(text, options)];
        const results = await unlessSecret(write, asked, signal);
        for (const warning of new Set(results.flatMap((one) => one.warning ?? []))) {
          process.stderr.write(`haypile: ${warning}\n`);
        }
        if (flags.json === true && flags.lines === true) printJson("remember --lines", { results });
        else if (flags.json === true) printJson("remember", results[0] as RememberResult);
        else print(results);
        // It is on disk already; this is for being found by meaning.
        if (!reached.goesOn) await memories.settled();
      });
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

/** What looks like a secret is kept when the person at the terminal says so. Nothing is stored before. */
async function unlessSecret(
  write: (options: RememberOptions) => Promise<RememberResult[]>,
  options: RememberOptions,
  signal: AbortSignal,
): Promise<RememberResult[]> {
  try {
    return await write(options);
  } catch (error) {
    if (!HaypileError.isInstance(error) || error.code !== "HAYPILE_SECRET") throw error;
    if (process.stdin.isTTY && process.stderr.isTTY) {
      process.stderr.write(`haypile: ${printable(error.message)}\n`);
      if (await agrees("Keep it all the same?", signal)) {
        return await write({ ...options, allowSecrets: true });
      }
    }
    throw new HaypileError(
      "HAYPILE_SECRET",
      `${error.message} If it is none, add --allow-secret.`,
      { data: error.data, cause: error },
    );
  }
}

function optionsOf(flags: RememberFlags, project: string): RememberOptions {
  const {
    tag,
    pin,
    anchor,
    namespace,
    allowSecret,
    lines: _,
    json: __,
    db: ___,
    here: ____,
    ...same
  } = flags;
  return {
    ...same,
    namespace: namespace === undefined ? undefined : namespaceFor(namespace),
    allowSecrets: allowSecret === true ? true : undefined,
    tags: tag,
    pinned: pin === true ? true : undefined,
    anchors: anchor === undefined ? undefined : anchor.map((one) => anchorOf(one, project)),
  };
}

/** Files are named from where the user is, and lie in that folder's project. */
function anchorOf(text: string, root: string): MemoryAnchor {
  const at = text.lastIndexOf("#");
  if (at <= 0) return { path: resolve(text), root };
  return { path: resolve(text.slice(0, at)), symbol: text.slice(at + 1), root };
}
