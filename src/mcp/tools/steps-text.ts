/* Answers over several steps of the graph, as lines: the way is the indentation. */
import { isSecretPath } from "../../base/paths/secret-paths.ts";
import type { ImpactResult, ReachResult, ReachStep } from "../../ports/answers/graph.ts";
import { oneLine } from "../answer/visible-text.ts";

const byName = " (by name only)";

/** A line each, below the one it comes from. What usually keeps secrets, and what is reached over it, is not named. */
export function reachLines({ steps }: ReachResult): string[] {
  const after = new Map<number, number[]>();
  for (const [at, { from }] of steps.entries()) {
    const list = after.get(from);
    if (list === undefined) after.set(from, [at]);
    else list.push(at);
  }
  const lines: string[] = [];
  const add = (from: number): void => {
    for (const at of after.get(from) ?? []) {
      const step = steps[at] as ReachStep;
      if (isSecretPath(step.path) || isSecretPath(step.definition?.path ?? "")) continue;
      lines.push(`${"  ".repeat(step.depth)}${oneLine(wordsOf(step), 500)}`);
      add(at);
    }
  };
  add(-1);
  return lines;
}

function wordsOf({ definition, name, path, line, kind, confidence }: ReachStep): string {
  const sure = confidence === "name" ? byName : "";
  if (definition === undefined) {
    return `${path}:${line} ${kind} ${name === "" ? "at the top of the file" : name}${sure}`;
  }
  const where = definition.path === path ? "" : ` -> ${definition.path}:${definition.startLine}`;
  return `${path}:${line} ${kind} ${nameOf(definition)}${where}${sure}`;
}

/** What changed, the tests to run, and what else is reached. */
export function impactLines({ files, changed, tests, affected }: ImpactResult): string[] {
  const lines: string[] = [];
  for (const { path, change, before, isWhole } of files) {
    if (isSecretPath(path) || (isWhole !== true && change !== "moved")) continue;
    lines.push(`${change} ${path}${before === undefined ? "" : ` from ${before}`}`);
  }
  for (const one of changed) {
    if (isSecretPath(one.path)) continue;
    const what = one.kind === "file" ? "outside of definitions" : `${one.kind} ${nameOf(one)}`;
    lines.push(`${one.change} ${one.path}:${one.line} ${what}`);
  }
  const shownTests = tests.filter(({ path }) => !isSecretPath(path));
  lines.push(shownTests.length === 0 ? "No tests are reached." : "Tests to run:");
  for (const { path, sure, tests: own } of shownTests) {
    const named = own.length === 0 ? "" : `: ${own.slice(0, 8).join(", ")}`;
    const more = own.length > 8 ? ` and ${own.length - 8} more` : "";
    lines.push(`  ${path}${named}${more}${sure === "name" ? byName : ""}`);
  }
  const rest = affected.filter(({ isTest, path }) => !isTest && !isSecretPath(path));
  if (rest.length > 0) lines.push("Reached besides:");
  for (const { definition, path, line, kind, depth, sure } of rest) {
    const what = definition === undefined ? "the top of the file" : nameOf(definition);
    const steps = depth === 1 ? "" : `, ${depth} steps`;
    lines.push(`  ${path}:${line} ${kind} in ${what}${steps}${sure === "name" ? byName : ""}`);
  }
  return lines.map((line) => `${line.startsWith("  ") ? "  " : ""}${oneLine(line, 1000)}`);
}

/** What a bounded answer leaves out, as sentences; "" for nothing. */
export function boundsNote({
  leftOut,
  notFollowed,
  isCut,
}: Pick<ReachResult, "leftOut" | "notFollowed" | "isCut">): string {
  return [
    leftOut > 0 ? `${leftOut} more are left out.` : "",
    notFollowed > 0 ? `${notFollowed} uses by a name that many have are not followed.` : "",
    isCut ? "The rest was not looked at: pass a smaller depth." : "",
  ]
    .filter((note) => note !== "")
    .join(" ");
}

export function nameOf({ name, container }: { name: string; container: string }): string {
  return container === "" ? name : `${container}.${name}`;
}
