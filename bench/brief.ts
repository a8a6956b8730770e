/*
 * The figures that the five systems of the brief publish, measured here, in one table: theirs, ours, target and verdict.
 *   node bench/brief.ts [--only single,recall] [--heavy] [--kept] [--list] [--table]
 * Each trial runs the bench of its subject, one after the other, and keeps rows in bench/results/brief.jsonl, of which
 * scripts/generate-docs.ts makes docs/brief.md. --kept takes the last row of the
 * large tree in place of measuring it. --table prints what is there and measures nothing. Theirs are of their
 * machines, none was run again here; ours of a busy machine are worse than they are: each row says its load.
 */
import { tableOf } from "../scripts/lib/brief-page.ts";
import type { Figure } from "./brief/figure.ts";
import { trials } from "./brief/trials.ts";
import { argument, keepRows, printMachine, say } from "./common.ts";

if (process.argv.includes("--list")) {
  for (const { name, says, isHeavy } of trials) {
    say(`${name.padEnd(14)} ${says}${isHeavy === true ? " (heavy)" : ""}`);
  }
  process.exit();
}
if (process.argv.includes("--table")) {
  say(tableOf().join("\n"));
  process.exit();
}
const only = argument("--only")?.split(",");
const unknown = only?.filter((name) => !trials.some((trial) => trial.name === name)) ?? [];
if (unknown.length > 0) {
  say(`There is no trial ${unknown.join(", ")}; --list names all.`);
  process.exit(2);
}
const here = printMachine();
const isMet = (ours: number, { atMost, atLeast }: NonNullable<Figure["target"]>): boolean =>
  ours <= (atMost ?? ours) && ours >= (atLeast ?? ours);
const failed: string[] = [];
for (const { name, isHeavy, run } of trials) {
  const isAsked = only?.includes(name) ?? (isHeavy !== true || process.argv.includes("--heavy"));
  if (!isAsked) continue;
  say(`\n== ${name}`);
  try {
    const { figures, load } = run();
    keepRows(
      "brief",
      here,
      figures.map(({ row, target, ours, note, ...figure }) => ({
        trial: name,
        ...figure,
        ours,
        ...(target !== undefined && { target, isMet: isMet(ours, target) }),
        ...(note !== undefined && note !== "" && { note }),
        // Of the row that was measured, which may be an older one.
        date: row.date,
        commit: row.commit,
        cpu: row.cpu,
        cpus: row.cpus,
        features: row.features,
        load: load ?? row.load,
      })),
    );
  } catch (error) {
    failed.push(name);
    say(`${name}: ${(error as Error).message}`);
  }
}
say(`\n${tableOf().join("\n")}`);
if (failed.length > 0) {
  say(`not measured: ${failed.join(", ")}`);
  process.exit(1);
}
