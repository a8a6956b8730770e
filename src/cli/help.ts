/*
 * --help shows the options people use, --help-all the rest too. What is rare is named here, so that an option that
 * nobody put in the list is shown.
 */
import { Command, Help, type Option } from "commander";

/** Seldom needed, whatever the command: they tune models, memory and storage, or a file's place. */
const rare: ReadonlySet<string> = new Set([
  "--db",
  "--here",
  "--model-dir",
  "--tier",
  "--profile",
  "--workers",
  "--intra-op-threads",
  "--tokens-per-run",
  "--numa-node",
  "--provider",
  "--strict",
  "--cache-total",
  "--no-embedding-cache",
  "--no-graph-cache",
  "--storage-profile",
  "--disk",
  "--max-file-size",
  "--min-lines",
  "--deadline-ms",
  "--max-tokens",
  "--no-native",
  "--times",
  "--no-pinned",
]);

/** Of filters of memories. */
const rareFilters = ["--source", "--all-tags", "--not-tag", "--no-pinned", "--expires-before"];

/** Beside those, by command. */
const rareOf: Readonly<Record<string, ReadonlySet<string>>> = {
  index: new Set(["--pin", "--no-scip"]),
  "index import": new Set(["--model", "--max-memory"]),
  watch: new Set(["--pin", "--model"]),
  search: new Set([
    ...["--pin", "--model", "--fill-in", "--reranker", "--rerank", "--lines", "--min-score"],
    ...["--as-of", "--no-cache"],
  ]),
  why: new Set(["--pin", "--model", "--max-memory", "--reranker"]),
  status: new Set(["--pin", "--model", "--reranker"]),
  "left-out": new Set(["--cursor", "--rule"]),
  remember: new Set(["--source", "--importance", "--valid-from", "--on-duplicate"]),
  recall: new Set([
    ...[...rareFilters, "--as-of", "--neighbours", "--text", "--pinned"],
    "--no-cache",
  ]),
  ask: new Set(["--no-cache"]),
  serve: new Set(["--audience", "--rate", "--concurrent", "--body", "--drain-delay"]),
  "tokens add": new Set(["--rate", "--concurrent", "--body"]),
  forget: new Set([...rareFilters, "--pinned"]),
  "memories list": new Set([...rareFilters, "--as-of", "--cursor", "--skip"]),
  "memories export": new Set([...rareFilters, "--pinned"]),
};

const helpAll = "--help-all";

/** Whether the words ask for all options; and the words as commander knows them. */
export function readHelpAll(args: readonly string[]): { isAll: boolean; args: string[] } {
  const end = args.indexOf("--");
  const at = args.indexOf(helpAll);
  const isAll = at >= 0 && (end < 0 || at < end);
  return { isAll, args: isAll ? args.with(at, "--help") : [...args] };
}

/** "memories list". */
export function pathOf(command: Command): string {
  const names: string[] = [];
  for (let at: Command | null = command; at?.parent != null; at = at.parent)
    names.unshift(at.name());
  return names.join(" ");
}

export function isRare(command: Command, option: Option): boolean {
  const name = option.long ?? "";
  return rare.has(name) || rareOf[pathOf(command)]?.has(name) === true;
}

/** What a page of help shows; call it before commands are added. Suggestions and completions know all options. */
export function showOptions(program: Command, isAll: boolean): void {
  let isPage = false;
  program.configureHelp({
    formatHelp(command, helper) {
      isPage = true;
      try {
        return Help.prototype.formatHelp.call(this, command, helper);
      } finally {
        isPage = false;
      }
    },
    visibleOptions(command) {
      const shown = Help.prototype.visibleOptions.call(this, command);
      return isPage && !isAll ? shown.filter((option) => !isRare(command, option)) : shown;
    },
  });
}

/** The last line of a command's help: how many options it does not show. */
export function moreOptions(command: Command, isAll: boolean): string {
  const more = command.options.filter((one) => !one.hidden && isRare(command, one)).length;
  if (isAll || more === 0) return "";
  return `\n${more} more option${more === 1 ? "" : "s"}: haypile ${pathOf(command)} ${helpAll}`;
}

/** Options of every command below, for `haypile --help-all`. */
export function everyCommand(program: Command): string {
  const pages = (command: Command): string[] =>
    new Help()
      .visibleCommands(command)
      .filter((one) => one.name() !== "help")
      .flatMap((one) => [one.helpInformation(), ...pages(one)]);
  return ["", ...pages(program)].join("\n");
}

/** Commands in the order and under the headings of `haypile --help`. */
const groups: Readonly<Record<string, string>> = {
  "Code:":
    "index search symbol outline read map history diff references callers callees implementations hierarchy impact unused entry-points why watch",
  "Memories:": "remember recall ask forget memories move snapshot",
  "MCP clients and the daemon:":
    "install uninstall mcp hook start open stop restart logs serve tokens team",
  "Looking after it:":
    "status left-out indexes collections reset compact migrate migrate-model models config plan stats analyze doctor completion help",
};

export function groupCommands(program: Command): void {
  const order = Object.values(groups).flatMap((names) => names.split(" "));
  const headingOf = (name: string): string | undefined =>
    Object.keys(groups).find((heading) => groups[heading]?.split(" ").includes(name));
  const place = (command: Command): number => {
    const at = order.indexOf(command.name());
    return at < 0 ? order.length : at;
  };
  (program.commands as Command[]).sort((a, b) => place(a) - place(b));
  const help = new Command("help").argument("[command]").description("help of a command");
  program.addHelpCommand(help.helpGroup(headingOf("help") ?? ""));
  for (const command of program.commands) {
    const heading = headingOf(command.name());
    if (heading !== undefined) command.helpGroup(heading);
  }
}
