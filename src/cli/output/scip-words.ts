/* What index and status say of SCIP indexes. */
import { statSync } from "node:fs";
import { join } from "node:path";
import {
  type ScipRefusal,
  type ScipReport,
  type ScipStatus,
  scipRefusals,
} from "../../ports/answers/exact-uses.ts";
import type { EngineStatus } from "../../ports/answers/index-facts.ts";
import { counted, formatCount, formatTable, printable, printLine } from "./format.ts";

/** The name that indexers give to their file. */
const usualName = "index.scip";

/** @param all also names what was left out */
export function printScip(report: ScipReport | undefined, all: boolean): void {
  if (report === undefined) return;
  for (const row of formatTable([["scip", inWords(report)]])) printLine(row);
  const left = Object.entries(report.leftOut);
  for (const [reason, { count, examples }] of left) {
    const why = scipRefusals[reason as ScipRefusal];
    printLine(`  ${counted(count, "document")} left out, ${why}${all ? ":" : ""}`);
    if (!all) continue;
    for (const path of examples) printLine(`    ${printable(path)}`);
    if (count > examples.length) printLine(`    and ${formatCount(count - examples.length)} more`);
  }
}

function inWords({
  files,
  tools,
  documents,
  taken,
  partly,
  definitions,
  uses,
}: ScipReport): string {
  if (files.length === 0) return "forgotten: uses are found by name and import alone";
  const by = tools.length === 0 ? "" : ` by ${printable(tools.join(", "))}`;
  const partlyTaken = partly === 0 ? "" : `, ${formatCount(partly)} in part`;
  return `${formatCount(taken)} of ${counted(documents, "document")}${by} taken${partlyTaken}: ${counted(definitions, "definition")}, ${counted(uses, "exact use")}`;
}

/** For status: what is known, and how much of it still holds. */
export function scipStatusInWords({
  files,
  tools,
  taken,
  valid,
  uses,
  at,
  isDone,
}: ScipStatus): string {
  const by = tools.length === 0 ? "" : ` by ${printable(tools.join(", "))}`;
  const old =
    valid < taken ? `; ${counted(taken - valid, "file has", "files have")} changed since` : "";
  const undone = isDone ? "" : "; it was not read to its end";
  return `${counted(uses, "exact use")} in ${counted(valid, "file")}${by}, read ${at} from ${printable(files.join(", "))}${old}${undone}`;
}

/** A file that a project brings is read when somebody says so, and not before. */
export function hintScip({ root, scip }: EngineStatus, isQuiet: boolean): void {
  const writtenMs = writtenAt(join(root, usualName));
  if (isQuiet || writtenMs === undefined) return;
  const isNew = scip !== undefined && writtenMs > Date.parse(scip.at);
  if (scip !== undefined && !isNew) return;
  process.stderr.write(
    `haypile: there is ${isNew ? "a newer" : "an"} ${usualName} in the folder; "haypile index --scip ${usualName}" takes exact uses from it.\n`,
  );
}

/** Milliseconds since 1970; undefined where there is no such file, or none that may be looked at. */
function writtenAt(path: string): number | undefined {
  try {
    const facts = statSync(path);
    return facts.isFile() ? facts.mtimeMs : undefined;
  } catch {
    return undefined;
  }
}
