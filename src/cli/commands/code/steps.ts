/* Several steps along the graph, as a tree of lines. */
import type { ReachResult, ReachStep } from "../../../ports/answers/graph.ts";
import { counted, printable, printLine } from "../../output/format.ts";
import { fullName } from "./symbol.ts";

/** The definition, and below each step those that come after it. */
export function printReach(result: ReachResult): void {
  const { symbol, others, steps } = result;
  printLine(
    `${printable(symbol.path)}:${symbol.headLine}  ${symbol.kind} ${printable(fullName(symbol))}`,
  );
  if (others > 0) {
    process.stderr.write(
      `haypile: ${counted(others, "other definition has", "other definitions have")} this name; choose with --in or Container.name.\n`,
    );
  }
  printSteps(steps);
  noteBounds(result);
}

export function printSteps(steps: readonly ReachStep[]): void {
  const after = new Map<number, number[]>();
  for (const [at, { from }] of steps.entries()) {
    const list = after.get(from);
    if (list === undefined) after.set(from, [at]);
    else list.push(at);
  }
  const print = (from: number): void => {
    for (const at of after.get(from) ?? []) {
      const step = steps[at] as ReachStep;
      const indent = "  ".repeat(step.depth);
      printLine(`${indent}${step.confidence.padEnd(6)}  ${wordsOf(step)}`);
      print(at);
    }
  };
  print(-1);
}

function wordsOf({ definition, name, path, line, kind }: ReachStep): string {
  const place = `${printable(path)}:${line}  ${kind}`;
  if (definition === undefined) {
    return name === "" ? `${place} at the top of the file` : `${place}  ${printable(name)}`;
  }
  return `${place}  ${printable(fullName(definition))} (${printable(definition.path)}:${definition.headLine})`;
}

/** What a bounded answer does not say, on stderr. */
export function noteBounds({
  leftOut,
  notFollowed,
  isCut,
}: Pick<ReachResult, "leftOut" | "notFollowed" | "isCut">): void {
  const notes = [
    leftOut > 0 ? `${leftOut} more left out (--limit)` : "",
    notFollowed > 0 ? `${counted(notFollowed, "use")} by a name that many have not followed` : "",
    isCut ? "the rest was not looked at: there is too much for one question" : "",
  ].filter((note) => note !== "");
  if (notes.length > 0) process.stderr.write(`haypile: ${notes.join("; ")}.\n`);
}
