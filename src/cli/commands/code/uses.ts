import type { Command } from "commander";
import { HaypileError } from "../../../base/errors.ts";
import type { UseQuestion } from "../../../engine/questions/structure.ts";
import type { CalleesResult, UsesResult } from "../../../ports/answers/definitions.ts";
import { addHereFlag, throughDoor } from "../../door.ts";
import { wholeNumber } from "../../flags/numbers.ts";
import { addIndexFlags } from "../../flags/options.ts";
import { addAtFlag, askedAt, noteAt } from "../../output/at.ts";
import { counted, printable, printJson, printLine } from "../../output/format.ts";
import { noteMissing, staleWords } from "../../output/missing.ts";
import { printReach } from "./steps.ts";
import { fullName, kindList, pathList, type SymbolFlags } from "./symbol.ts";

const questions: Readonly<Record<UseQuestion | "callees", string>> = {
  references: "where a definition is used",
  callers: "what calls a definition",
  callees: "what a definition calls",
  implementations: "what extends or implements a type",
};

/** Those that can be asked over several steps, and along what. */
const relations = {
  callers: "callers",
  callees: "callees",
  implementations: "subtypes",
} as const;

/** haypile references|callers|callees|implementations NAME */
export function addUses(program: Command, signal: AbortSignal): void {
  for (const [question, description] of Object.entries(questions)) {
    addQuestion(program, question as UseQuestion | "callees", description, signal);
  }
}

function addQuestion(
  program: Command,
  question: UseQuestion | "callees",
  description: string,
  signal: AbortSignal,
): void {
  const command = program
    .command(question)
    .description(description)
    .argument("<name>", "its name, or Container.name");
  if (question !== "references") {
    command.option("--depth <n>", "go on for so many steps, and show the way", wholeNumber(1, 20));
  }
  addAtFlag(addHereFlag(addIndexFlags(command)))
    .option("-k, --limit <n>", "most shown", wholeNumber(1, 10_000), 50)
    .option("--kind <kinds>", "kinds the definition may have, e.g. function,class", kindList)
    .option("--in <paths>", "where the definition is: folders or patterns", pathList)
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      `
Each line says how sure it is: exact (in its own file), import (the file has it, by an import or by
the class of what it is called on), name (only the name is the same).

Examples:
  haypile ${question} parseConfig
  haypile ${question} Manager.all --in src --json
  haypile ${question} parseConfig --at v1.2`,
    )
    .action(async (name: string, flags: SymbolFlags & { depth?: number | undefined }) => {
      const options = {
        kinds: flags.kind,
        path: flags.in,
        ...askedAt(flags, signal),
      };
      if (flags.at !== undefined && flags.depth !== undefined) {
        throw new HaypileError(
          "HAYPILE_USAGE",
          "Expected --depth or --at, but got both: at a revision one step is answered. Leave --depth out.",
        );
      }
      await throughDoor({ command: question, flags, signal }, async ({ haypile }) => {
        const code = haypile.code(flags.path);
        if (flags.at === undefined) noteMissing(await code.unparsed());
        if (question !== "references" && flags.depth !== undefined) {
          const { depth } = flags;
          // The longest list that is answered at once.
          const limit = Math.min(flags.limit, 5000);
          const asked = { kinds: flags.kind, path: flags.in, depth, limit, signal };
          const result = await code.reach(name, relations[question], asked);
          if (flags.json === true) printJson(`${question} --depth`, result);
          else printReach(result);
        } else if (question === "callees") {
          const result = await code.callees(name, options);
          if (flags.json === true) printJson("callees", result);
          else printCallees(result, flags.limit);
          noteAt(result.at);
        } else {
          const result = await code[question](name, options);
          if (flags.json === true) printJson(question, result);
          else printUses(result, flags.limit);
          noteAt(result.at);
        }
      });
    });
}

function printHead({ symbol, others }: { symbol: UsesResult["symbol"]; others: number }): void {
  printLine(
    `${printable(symbol.path)}:${symbol.headLine}  ${symbol.kind} ${printable(fullName(symbol))}${staleWords(symbol.stale)}`,
  );
  if (others > 0) {
    process.stderr.write(
      `haypile: ${counted(others, "other definition has", "other definitions have")} this name; choose with --in or Container.name.\n`,
    );
  }
}

function printUses(result: UsesResult, limit: number): void {
  printHead(result);
  for (const { path, line, kind, confidence, within, stale } of result.uses.slice(0, limit)) {
    const where = within === undefined ? "" : `  in ${printable(fullName(within))}`;
    printLine(
      `  ${confidence.padEnd(6)}  ${printable(path)}:${line}  ${kind}${where}${staleWords(stale)}`,
    );
  }
  printRest(result.uses.length, limit);
}

function printCallees(result: CalleesResult, limit: number): void {
  printHead(result);
  for (const { name, line, confidence, definition } of result.callees.slice(0, limit)) {
    const at =
      definition === undefined
        ? result.at === undefined
          ? "not in the index"
          : "not in the commit"
        : `${printable(definition.path)}:${definition.headLine}${staleWords(definition.stale)}`;
    const sure = definition === undefined ? "-" : confidence;
    printLine(`  ${sure.padEnd(6)}  line ${line}  ${printable(name)}  ${at}`);
  }
  printRest(result.callees.length, limit);
}

function printRest(count: number, limit: number): void {
  const more = count > limit ? `, ${count - limit} of them not shown (--limit)` : "";
  process.stderr.write(`haypile: ${counted(count, "place")}${more}.\n`);
}
