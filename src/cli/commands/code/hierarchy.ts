import type { Command } from "commander";
import { addHereFlag, throughDoor } from "../../door.ts";
import { wholeNumber } from "../../flags/numbers.ts";
import { addIndexFlags } from "../../flags/options.ts";
import { printJson, printLine } from "../../output/format.ts";
import { noteMissing } from "../../output/missing.ts";
import { noteBounds, printReach, printSteps } from "./steps.ts";
import { kindList, pathList, type SymbolFlags } from "./symbol.ts";

/** haypile hierarchy TYPE */
export function addHierarchy(program: Command, signal: AbortSignal): void {
  const command = program
    .command("hierarchy")
    .description("what a type extends or implements, and what extends or implements it")
    .argument("<name>", "its name, or Container.name");
  addHereFlag(addIndexFlags(command))
    .option("--depth <n>", "most steps up and down", wholeNumber(1, 20), 10)
    .option("-k, --limit <n>", "most types shown of each", wholeNumber(1, 5000), 200)
    .option("--kind <kinds>", "kinds the type may have, e.g. class,interface", kindList)
    .option("--in <paths>", "where it is defined: folders or patterns", pathList)
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      `
Examples:
  haypile hierarchy Manager
  haypile hierarchy Manager --depth 1 --json`,
    )
    .action(async (name: string, flags: SymbolFlags & { depth: number }) => {
      await throughDoor({ command: "hierarchy", flags, signal }, async ({ haypile }) => {
        const code = haypile.code(flags.path);
        noteMissing(await code.unparsed());
        const options = {
          kinds: flags.kind,
          path: flags.in,
          depth: flags.depth,
          limit: flags.limit,
          signal,
        };
        const supertypes = await code.reach(name, "supertypes", options);
        const subtypes = await code.reach(name, "subtypes", options);
        if (flags.json === true) return printJson("hierarchy", { supertypes, subtypes });
        printReach(supertypes);
        printLine(subtypes.steps.length === 0 ? "no subtypes" : "subtypes");
        printSteps(subtypes.steps);
        noteBounds(subtypes);
      });
    });
}
