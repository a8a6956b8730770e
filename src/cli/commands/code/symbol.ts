import { type Command, InvalidArgumentError } from "commander";
import { readList } from "../../../base/paths/path-filter.ts";
import type { SymbolHit } from "../../../ports/answers/definitions.ts";
import { definitionKinds } from "../../../ports/syntax.ts";
import { addHereFlag, throughDoor } from "../../door.ts";
import { wholeNumber } from "../../flags/numbers.ts";
import { addIndexFlags, type IndexFlags } from "../../flags/options.ts";
import { type AtFlags, addAtFlag, askedAt, noteAt } from "../../output/at.ts";
import { counted, printable, printJson, printLine } from "../../output/format.ts";
import { noteMissing, staleWords } from "../../output/missing.ts";

export interface SymbolFlags extends IndexFlags, AtFlags {
  json?: boolean | undefined;
  kind?: string[] | undefined;
  in?: string[] | undefined;
  limit: number;
}

/** Reads "function,class". */
export function kindList(text: string): string[] {
  const kinds = text.split(",").map((kind) => kind.trim());
  const wrong = kinds.find((kind) => !(definitionKinds as readonly string[]).includes(kind));
  if (wrong === undefined) return kinds;
  throw new InvalidArgumentError(
    `"${wrong}" is no kind. Expected some of ${definitionKinds.join(", ")}.`,
  );
}

/** Reads "src,docs" or "src/{a,b}/**", and again for each time the flag is given. */
export function pathList(text: string, before: string[] = []): string[] {
  return [...before, ...readList(text)];
}

/** haypile symbol NAME */
export function addSymbol(program: Command, signal: AbortSignal): void {
  const command = program
    .command("symbol")
    .description("find definitions by name: exact, in another case, by its words, or misspelt")
    .argument("<name...>", "the name, its words, or Container.name");
  addAtFlag(addHereFlag(addIndexFlags(command)))
    .option("-k, --limit <n>", "hits wanted", wholeNumber(1, 1000), 10)
    .option("--kind <kinds>", "only these kinds, e.g. function,class", kindList)
    .option("--in <paths>", "only below these folders, or paths that fit a pattern", pathList)
    .option("--json", "as JSON")
    .addHelpText(
      "after",
      `
Examples:
  haypile symbol parseConfig
  haypile symbol parse config
  haypile symbol Manager.all --kind method
  haypile symbol open --in "src/**" --json
  haypile symbol parseConfig --at v1.2`,
    )
    .action(async (words: string[], flags: SymbolFlags) => {
      await throughDoor({ command: "symbol", flags, signal }, async ({ haypile }) => {
        const code = haypile.code(flags.path);
        const name = words.join(" ");
        const hits = await code.findSymbol(name, {
          k: flags.limit,
          kinds: flags.kind,
          path: flags.in,
          ...askedAt(flags, signal),
        });
        if (flags.at === undefined) {
          if (flags.json === true) printJson("symbol", { name, hits });
          else printHits(hits, name);
          return noteMissing(await code.unparsed());
        }
        const at = hits[0]?.at ?? (await code.revision(flags.at));
        if (flags.json === true) printJson("symbol", { name, hits, at });
        else printHits(hits, name);
        noteAt(at);
      });
    });
}

const howMet: Readonly<Record<SymbolHit["match"], string>> = {
  exact: "",
  case: "other case",
  words: "same words",
  prefix: "begins so",
  part: "has the words",
  typo: "one letter off",
};

function printHits(hits: readonly SymbolHit[], name: string): void {
  if (hits.length === 0) printLine(`No definition has a name like "${printable(name)}".`);
  for (const hit of hits) {
    const how = howMet[hit.match];
    printLine(
      `${printable(hit.path)}:${hit.headLine}  ${hit.kind} ${printable(fullName(hit))}${how === "" ? "" : `  (${how})`}${staleWords(hit.stale)}`,
    );
    if (hit.signature !== "" && hit.signature !== hit.name) {
      printLine(`    ${printable(hit.signature)}`);
    }
    if (hit.doc !== "") printLine(`    ${printable(firstSentence(hit.doc))}`);
  }
  process.stderr.write(`haypile: ${counted(hits.length, "definition")}.\n`);
}

/** "Container.name". */
export function fullName(one: { name: string; container: string }): string {
  return one.container === "" ? one.name : `${one.container}.${one.name}`;
}

function firstSentence(doc: string): string {
  const end = /[.!?](\s|$)/.exec(doc)?.index;
  return doc.slice(0, Math.min(end === undefined ? doc.length : end + 1, 160));
}
