/* A question with yes or no, on stderr; without a terminal the answer is no. */
import { createInterface } from "node:readline/promises";
import { HaypileError } from "../../base/errors.ts";
import { printLine } from "../output/format.ts";

export async function agrees(question: string, signal: AbortSignal): Promise<boolean> {
  if (!process.stdin.isTTY) {
    printLine("There is no terminal to ask on: run it with --yes.");
    return false;
  }
  return await ask(question, signal);
}

/**
 * True with --yes, else what a person answers. Where nobody can be asked, it is an error, not a no.
 * @throws HaypileError HAYPILE_USAGE
 */
export async function agreesTo(
  question: string,
  { yes, json }: { yes?: boolean | undefined; json?: boolean | undefined },
  signal: AbortSignal,
): Promise<boolean> {
  if (yes === true) return true;
  if (json !== true && process.stdin.isTTY) return await ask(question, signal);
  throw new HaypileError(
    "HAYPILE_USAGE",
    `Expected --yes, since there is ${json === true ? "no question in --json" : "no terminal to ask on"}: "${question}" Nothing was changed. Run it again with --yes.`,
  );
}

async function ask(question: string, signal: AbortSignal): Promise<boolean> {
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await asking.question(`${question} [y/N] `, { signal });
    return /^y(es)?$/i.test(answer.trim());
  } catch {
    return false; // Ctrl-C
  } finally {
    asking.close();
  }
}
