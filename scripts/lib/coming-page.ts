/* The text of docs/coming-from.md, from the table of other systems. */
import type { ForeignKind, ForeignSystem } from "../../src/config/foreign/foreign-row.ts";
import { type Answer, answerOf, foreignSystems } from "../../src/config/foreign/systems.ts";

const kinds: Readonly<Record<ForeignKind, string>> = {
  setting: "Settings",
  variable: "Variables",
  command: "Commands and flags",
  call: "Calls and tools",
  output: "What it prints",
};

const code = (text: string): string => `\`${text}\``;
const cell = (text: string): string => text.replaceAll("|", "\\|");

function ours(answer: Answer): string {
  if (answer.state === "option") return `taken as ${code(answer.option)}`;
  const used = answer.use.map(code).join(", ");
  if (answer.state === "works") return used === "" ? "nothing to set" : `use ${used}`;
  return used === "" ? "refused" : `refused; use ${used}`;
}

function table({ rows }: ForeignSystem, kind: ForeignKind): string[] {
  const of = rows.filter((row) => row.kind === kind);
  if (of.length === 0) return [];
  const lines = of.map((row) => {
    const answer = answerOf(row);
    return `| ${row.names.map((name) => code(cell(name))).join(", ")} | ${ours(answer)} | ${cell(answer.says)} |`;
  });
  return [`### ${kinds[kind]}`, "| theirs | ours | |", "|---|---|---|", ...lines, ""];
}

/** The page. */
export function comingPage(): string {
  const systems = foreignSystems.flatMap((system) => [
    `## ${system.name}`,
    `${system.name}: ${system.says}. \`haypile config from ${system.id}\` prints this table.`,
    "",
    ...(Object.keys(kinds) as ForeignKind[]).flatMap((kind) => table(system, kind)),
  ]);
  return `<!-- Made by scripts/generate-docs.ts from src/config/foreign; change it there. -->
# Coming from another system

Every setting, variable, command and call of the systems that Haypile takes the place of, with ours beside it. A row
names one of our options, commands or calls, or says that it is refused, why, and what to use.

- **In a file or a command.** Where the middle column says "taken as", their key is taken in
  \`haypile.toml\` and by \`haypile config set\`, also with their unit: \`haypile config set MEMTRACE_EMBED_RSS_LIMIT_GB 4\`
  writes \`max = "4GB"\` into \`[memory]\`. All others are refused in the words of the last column.
- **In the environment.** A variable of another system is never obeyed: it may be there for that system. \`haypile config list\`
  and \`haypile doctor\` name each that is set, with what to use in its place.

Keys may be written with \`-\` or \`_\` and in any case. The knobs of other stores in general: \`docs/configuration.md\`. Decision 0202 says why variables are not obeyed.

${systems.join("\n").trimEnd()}
`;
}
