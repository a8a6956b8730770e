/*
 * Writes our own sets to build/bench/quality/own, one JSON file each: memories, and code where its packages are there.
 *
 *   node bench/quality/own/generate.ts [--split learn]
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { argument, say, work } from "../../common.ts";
import { docSets, intentSets, nameSets } from "./code/code-sets.ts";
import { phraseSets } from "./code/phrases.ts";
import { ownRecallSets } from "./memory-sets.ts";
import { type Split, splits } from "./source-text.ts";

const only = argument("--split");
for (const split of splits) {
  if (only !== undefined && only !== split) continue;
  const folder = join(work, "quality", "own", split);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const sets = [
    ...ownRecallSets(split),
    ...docSets(split),
    ...phraseSets(split),
    ...intentSets(split),
    ...nameSets(split),
  ];
  for (const set of sets) {
    const file = `${set.name.replaceAll(/[ ,/]+/g, "-")}.json`;
    writeFileSync(join(folder, file), `${JSON.stringify(set, plain, 1)}\n`);
  }
  const questions = sets.reduce((sum, set) => sum + set.questions.length, 0);
  say(`${split as Split}: ${sets.length} sets, ${questions} questions, in ${folder}`);
}

function plain(_: string, value: unknown): unknown {
  if (value instanceof Set) return [...value];
  return value instanceof Map ? Object.fromEntries(value) : value;
}
