/* A question with yes or no, on stderr; without a terminal the answer is no. */
import { createInterface } from "node:readline/promises";
import { printLine } from "./format.ts";

export async function agrees(question: string, signal: AbortSignal): Promise<boolean> {
  if (!process.stdin.isTTY) {
    printLine("There is no terminal to ask on: run it with --yes.");
    return false;
  }
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
