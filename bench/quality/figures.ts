/*
 * The published figures: sets that people know and the report split of our own, each by words alone, by vectors alone and
 * through the real search() and recall() with ten hits, all by rank among ten. What an answer costs stands beside them: tokens
 * of what is shown, different files and boilerplate among ten hits.
 *
 *   node bench/quality/figures.ts --data DIR [--sets locomo,beam,own] [--most 2000] [--questions 200] [--chats 2]
 *       [--django FOLDER] [--split report] [--kinds] [--keep]
 *
 * --most: texts of a set of files at most, those that answer among them; --questions: of a set, spread evenly. --django: an
 * unpacked source distribution of 5.2. Code of our own needs `node bench/quality/own/code/fetch.ts` first. Vectors and
 * indexes are kept in build/bench/quality, so that the next run costs the ranking alone.
 */
import { loadEmbedder } from "../../src/embedder.ts";
import { argument, keepRows, printMachine, say } from "../common.ts";
import { measureFiles, measureNames, nameRows } from "./figures/files.ts";
import { measureRecall } from "./figures/memories.ts";
import { emptyFigures, type FigureRow, printHead, report, reportKinds } from "./figures/rows.ts";
import { keptVectors, openCounter } from "./kept-vectors.ts";
import { docSets, intentSets, nameSets } from "./own/code/code-sets.ts";
import { phraseSets } from "./own/code/phrases.ts";
import { spread } from "./own/random.ts";
import { type Split, splits } from "./own/source-text.ts";
import { beamUnanswered, loadRecallSets, locomoViews } from "./recall-sets.ts";
import { djangoSet, type EvaluationSet, loadSets, smallerSet, withoutDocstrings } from "./sets.ts";

const data = argument("--data");
if (data === undefined) say("Without --data DIR only our own sets are measured.");
const wanted = argument("--sets")?.toLowerCase().split(",");
const most = Number(argument("--most", "100000"));
const mostQuestions = Number(argument("--questions", "100000"));
const split = argument("--split", "report") as Split;
if (!splits.includes(split)) throw new Error(`Expected --split ${splits.join(", ")}.`);
const django = argument("--django");

const isWanted = (name: string): boolean =>
  wanted === undefined || wanted.some((one) => name.toLowerCase().startsWith(one));

const here = printMachine();
const embedder = keptVectors("all-minilm-l6-v2", undefined, await openCounter());
const staticEmbedder = await loadEmbedder({ model: "static" });
const rows: FigureRow[] = [];
printHead();

const recallSets = loadRecallSets(data, Number(argument("--chats", "100")), { split });
for (const group of new Set(recallSets.map((set) => set.group))) {
  if (!isWanted(group)) continue;
  const pooled = emptyFigures(group);
  const isLocomo = data !== undefined && group.startsWith("LoCoMo");
  const inside = emptyFigures("LoCoMo turns in conversation");
  const sessions = emptyFigures("LoCoMo sessions");
  const sets = recallSets.filter((set) => set.group === group);
  for (const set of sets) {
    const share = Math.ceil(mostQuestions / sets.length);
    const none =
      data !== undefined && group.startsWith("BEAM")
        ? beamUnanswered(data, set)
        : set.none.near.map((text) => ({ text, namespace: undefined }));
    const views = [{ figures: pooled, questions: spread(set.questions, share), none }];
    const other = isLocomo ? locomoViews(data) : undefined;
    const more =
      other === undefined
        ? []
        : [
            { figures: inside, questions: spread(other.turns, share) },
            {
              figures: sessions,
              questions: spread(other.sessions, share),
              labelOf: other.sessionOf,
            },
          ];
    await measureRecall(set, [...views, ...more], embedder);
  }
  for (const figures of isLocomo ? [sessions, inside, pooled] : [pooled]) {
    rows.push(...report(figures));
    if (process.argv.includes("--kinds")) reportKinds(figures);
  }
}

/** Sets of files by the row that they add up to. */
function* fileSets(): Generator<[string, EvaluationSet[]]> {
  for (const set of data === undefined ? [] : loadSets(data)) {
    const name = set.name.startsWith("LoCoMo") ? "LoCoMo as files" : set.name;
    yield [name, [set]];
    if (name.startsWith("CoSQA")) {
      const bare = withoutDocstrings(set);
      yield [bare.name, [bare]];
    }
  }
  if (data !== undefined && django !== undefined) {
    const set = djangoSet(data, django, true);
    yield [set.name, [set]];
  }
  yield [`own functions, ${split}`, docSets(split)];
  yield [`own phrases, ${split}`, phraseSets(split)];
  yield [`own intents, ${split}`, intentSets(split)];
}

for (const [name, sets] of fileSets()) {
  if (!isWanted(name)) continue;
  const figures = emptyFigures(name);
  for (const set of sets) {
    const questions = spread(set.questions, Math.ceil(mostQuestions / sets.length));
    // Documents are those of all questions, so that an index serves every number of questions.
    const measured = { ...smallerSet(set, most), questions };
    await measureFiles(measured, figures, { embedder, staticEmbedder });
  }
  if (sets.length > 0) rows.push(...report(figures));
}

if (isWanted("names")) {
  const byForm = new Map(nameRows.map((name) => [name, emptyFigures(`${name}, ${split}`)]));
  for (const set of nameSets(split)) {
    await measureNames(set, byForm, { embedder, staticEmbedder });
  }
  for (const figures of byForm.values()) rows.push(...report(figures));
}

const { texts, cpuMs } = embedder.ran;
if (texts > 0) say(`${texts} texts got vectors in ${(cpuMs / 1_000).toFixed(0)} s of CPU`);
await embedder.close();
await staticEmbedder.close();
if (process.argv.includes("--keep")) keepRows("figures", here, rows);
