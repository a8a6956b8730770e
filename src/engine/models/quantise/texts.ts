/*
 * The texts that weights are compared on: a person's own, those of an index, or a few of ours where there are neither. The
 * loss hangs on the kind of text, so that what is said of it names its source.
 */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { HaypileError } from "../../../base/errors.ts";
import { realPathOf } from "../../../base/paths/real-path.ts";
import type { Environment } from "../../../config/environment/env.ts";
import { defaultDatabasePath } from "../../../config/places/paths.ts";
import { openSqliteStore } from "../../../storage/sqlite/store.ts";
import { sampleTexts } from "../../host-bench/embedding-speed.ts";
import { Sampled } from "./sampled.ts";

export interface ComparedTexts {
  texts: readonly string[];
  /** "lines of notes.txt", "the index of /home/me/project", "texts of Haypile's own". */
  source: string;
}

/** More change the figures less than another kind of text does. */
const mostTexts = 256;
/** Ten nearest ones say nothing among fewer. */
const leastTexts = 20;
const mostCharacters = 4_000;
const ownCode = 40;

/**
 * @param said pieces of a file that somebody named, with its name for messages
 * @param index folder of an index that somebody named
 * @throws HaypileError HAYPILE_USAGE for too few texts, HAYPILE_NOT_INDEXED, and what reading says
 */
export async function comparedTexts(
  said: { pieces: AsyncIterable<string>; name: string } | undefined,
  index: string | undefined,
  environment: Environment,
): Promise<ComparedTexts> {
  if (said !== undefined) return await ofFile(said.pieces, said.name);
  const folder = await realPathOf(resolve(index ?? "."));
  const database = defaultDatabasePath(environment.dataFolder, folder);
  if (existsSync(database)) {
    const texts = ofIndex(database);
    if (texts.length >= leastTexts) return { texts, source: `the index of ${folder}` };
    if (index !== undefined) throw tooFew(texts.length, `The index of ${folder}`);
  } else if (index !== undefined) {
    throw new HaypileError(
      "HAYPILE_NOT_INDEXED",
      `There is no index for ${folder}. Make one with "haypile index ${folder}", or name a file with --texts.`,
      { data: { folder } },
    );
  }
  return { texts: [...ownProse, ...sampleTexts(ownCode)], source: "texts of Haypile's own" };
}

async function ofFile(pieces: AsyncIterable<string>, name: string): Promise<ComparedTexts> {
  const sampled = new Sampled(mostTexts);
  const add = (line: string): void => {
    const text = line.trim();
    if (text !== "") sampled.add(text.slice(0, mostCharacters));
  };
  let rest = "";
  for await (const piece of pieces) {
    const lines = (rest + piece).split("\n");
    rest = (lines.pop() ?? "").slice(0, mostCharacters);
    for (const line of lines) add(line);
  }
  add(rest);
  const texts = sampled.texts();
  if (texts.length < leastTexts) throw tooFew(texts.length, name);
  return { texts, source: `lines of ${name}` };
}

function ofIndex(path: string): string[] {
  const store = openSqliteStore({ path, readonly: true });
  try {
    const all = store.texts.where(() => true);
    const count = Math.min(mostTexts, all.length);
    const ids = Array.from(
      { length: count },
      (_, at) => all[Math.floor((at * all.length) / count)] as number,
    );
    return store.texts.passagesOf(ids).map(({ text }) => text.slice(0, mostCharacters));
  } finally {
    store.close();
  }
}

function tooFew(count: number, where: string): HaypileError {
  return new HaypileError(
    "HAYPILE_USAGE",
    `Expected at least ${leastTexts} texts to compare on, one a line, but ${where} has ${count}. Name another with --texts, or leave it away to use texts of Haypile's own.`,
    { data: { count, least: leastTexts } },
  );
}

/** Questions and statements of everyday kinds, on subjects that touch each other in part. */
const ownProse: readonly string[] = [
  "How do I reset the password of an administrator?",
  "An administrator's password is reset on the page of accounts, by another administrator.",
  "Where is the delay between two retries computed?",
  "A request that failed is sent again after twice the time of the last wait, at most a minute.",
  "The meeting about the budget was moved to Thursday because Anna is ill.",
  "Anna takes the minutes of all meetings about money.",
  "Which port does the database listen at?",
  "The database listens at port 5433 on the test machine and at 5432 elsewhere.",
  "Bread needs flour, water, salt and a night of rest.",
  "The dough is folded four times before it is put into the oven.",
  "Why did the build fail on the second machine last night?",
  "The disk of the second builder was full, and its cache was removed.",
  "We chose a queue with a fixed length so that a slow consumer is seen at once.",
  "A queue without a bound hides the slow part until memory is used up.",
  "The train to the coast leaves at seven and at nine, and not on Sundays.",
  "How long does the journey to the coast take?",
  "The roof of the shed leaks where the two sheets of tin meet.",
  "Tin sheets are screwed through the crest of the wave, never through the valley.",
  "Tests of the parser run in two minutes, those of the whole program in twenty.",
  "What is the fastest way to run the tests of one module?",
  "Customers in Norway pay without value added tax.",
  "Tax is added by the country of the customer, not by that of the shop.",
  "The cat sat at the window and watched the rain, which had not stopped for three days.",
  "It rained so much in April that the lower field was under water.",
  "Keep secrets in the vault and never in the settings of the project.",
  "A token that was printed to a log counts as lost and is made anew.",
  "The new printer is on the third floor, beside the kitchen.",
  "Who orders paper and ink?",
  "Vectors are compared by their cosine, which is one number from minus one to one.",
  "A hash tells whether two files are the same, and nothing of how they differ.",
  "Our grandmother learnt to swim when she was sixty.",
  "Swimming lessons for adults are on Tuesday evenings.",
];
