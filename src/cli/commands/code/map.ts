import type { Command } from "commander";
import { addHereFlag, throughDoor } from "../../door.ts";
import { wholeNumber } from "../../flags/numbers.ts";
import { addIndexFlags, type IndexFlags } from "../../flags/options.ts";
import { counted, printable, printJson, printLine } from "../../output/format.ts";
import { noteMissing } from "../../output/missing.ts";
import { pathList } from "./symbol.ts";

interface MapFlags extends IndexFlags {
  json?: boolean | undefined;
  tokens: number;
  in?: string[] | undefined;
}

/** haypile map [FOCUS...] */
export function addMap(program: Command, signal: AbortSignal): void {
  const command = program
    .command("map")
    .description("the files and definitions that matter most, within a number of tokens")
    .argument("[focus...]", "what to draw it around: paths, names or words");
  addHereFlag(addIndexFlags(command))
    .option(
      "--tokens <n>",
      "most tokens of the map, counted from above",
      wholeNumber(100, 100_000),
      1000,
    )
    .option("--in <paths>", "only below these folders, or paths that fit a pattern", pathList)
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      `
Examples:
  haypile map
  haypile map src/search --tokens 2000
  haypile map Retry "waiting for a lock"`,
    )
    .action(async (focus: string[], flags: MapFlags) => {
      await throughDoor({ command: "map", flags, signal }, async ({ haypile }) => {
        const code = haypile.code(flags.path);
        noteMissing(await code.unparsed());
        const result = await code.map({ maxTokens: flags.tokens, focus, path: flags.in, signal });
        if (flags.json === true) return printJson("map", result);
        for (const line of result.text.split("\n")) printLine(printable(line));
        const unmet =
          result.unmet.length > 0
            ? `; nothing is called ${printable(result.unmet.join(", "))}`
            : "";
        process.stderr.write(
          `haypile: about ${result.tokens} tokens; ${counted(result.filesLeftOut, "file")} and ${counted(result.definitionsLeftOut, "definition")} are not shown${unmet}.\n`,
        );
      });
    });
}
