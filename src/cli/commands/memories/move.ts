/* haypile move: memories go to another store, and the setting follows. */
import type { Command } from "commander";
import { readEnvironment } from "../../../config/environment/env.ts";
import type { MoveResult } from "../../../engine/memories/move/move.ts";
import { compileAgain } from "../../door.ts";
import { counted, formatDuration, printable, printJson, printLine } from "../../output/format.ts";
import { ProgressLine } from "../../output/progress.ts";

interface MoveFlags {
  to: string;
  json?: boolean | undefined;
}

const help = `
Everything goes along: texts of before, links, anchors, notes, what was forgotten and can be brought back, the log of what
was removed, vectors. All of it is read again and compared before the setting memories.store follows. Nothing is deleted
where it came from. Ended in the middle, it goes on when it is run again. An address holds no password: see docs/moving.md.

Examples:
  haypile move --to postgres://me@db.example/haypile
  haypile move --to sqlite`;

export function addMove(program: Command, signal: AbortSignal): void {
  program
    .command("move")
    .description("move memories to a team's store, or back into the file of this machine")
    .requiredOption("--to <store>", '"sqlite", or the address of a PostgreSQL server')
    .option("--json", "as JSON")
    .addHelpText("after", help)
    .action(async (flags: MoveFlags) => {
      compileAgain();
      const { moveMemories } = await import("../../../engine/memories/move/move.ts");
      const progress = new ProgressLine(process.stderr);
      let result: MoveResult;
      try {
        result = await moveMemories(flags.to, {
          environment: readEnvironment(),
          signal,
          onProgress: (state) =>
            progress.update({
              ...state,
              unit: "memories",
              rssBytes: process.memoryUsage.rss(),
            }),
        });
      } finally {
        progress.clear();
      }
      if (flags.json === true) return printJson("move", result);
      for (const line of told(result)) printLine(printable(line));
    });
}

function told(result: MoveResult): string[] {
  const { from, to, memories, copied, newerThere, erased, vectors, besides, stayed, digest } =
    result;
  const lines = [
    `${counted(memories, `memory of ${from} is`, `memories of ${from} are`)} in ${to}: ${copied} copied now, ${Math.max(0, memories - copied)} there before. Each was read again and compared (sum ${digest}).`,
  ];
  if (vectors > 0) lines.push(`${counted(vectors, "vector")} went along.`);
  if (newerThere > 0)
    lines.push(`${newerThere} stay as they are there: they were changed, or erased, there later.`);
  if (erased > 0) lines.push(`${erased} were erased there, because they were erased here.`);
  if (stayed.length > 0) {
    const names = stayed.map(({ namespace, memories }) => `${namespace} (${memories})`).join(", ");
    lines.push(`Not moved, because memories.stores says where they are kept: ${names}.`);
  }
  if (besides > 0) lines.push(`${counted(besides, "memory is", "memories are")} there besides.`);
  lines.push(
    `${result.setting.option} = ${result.setting.value} in ${result.setting.path}. It took ${formatDuration(result.totalMs)}; others waited ${formatDuration(result.heldMs)} to write.`,
    from.includes("://")
      ? `What is in ${from} stays there.`
      : `${from} stays as it is, also with what you forget from now on. "haypile move --to sqlite" goes back; delete the file when you do not want to.`,
  );
  return lines;
}
