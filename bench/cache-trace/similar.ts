/*
 * When an earlier query's answer will do for a query in nearly the same words: cosines of pairs that ask
 * the same thing and of pairs that do not, and what the words alone would say.
 *
 *   node bench/cache-trace/similar.ts
 */
import { loadEmbedder } from "../../src/embedder.ts";
import { formOf } from "../../src/search/question/query.ts";
import { leastCosine, signatureOf } from "../../src/search/question/similar-query.ts";
import { keepRows, printMachine, say } from "../common.ts";

/** Questions as people ask them of code. */
const questions = [
  "how is a new user added to the database",
  "where are failed requests tried again",
  "which function opens the connection to the server",
  "what happens when the disk is full",
  "how are old entries removed from the cache",
  "where is the text split into words",
  "what converts a string to a number",
  "how are files sorted before they are read",
  "where is the lock taken when indexing begins",
  "what is done when the model cannot be loaded",
  "how is the size of the window chosen",
  "which messages are written to the log at start",
  "how do I enable compression for uploads",
  "where are permissions checked after login",
  "what limits the number of open files to 100",
  "how is a date parsed with the day first",
];

const sameMeaning: Record<string, (text: string) => string> = {
  "upper case": (text) => text.toUpperCase(),
  "first letter large, question mark": (text) => `${text[0]?.toUpperCase()}${text.slice(1)}?`,
  "commas and dots": (text) => `${text.replace(/ (when|before|after|with|for) /, ", $1 ")}...`,
  "without fillers": (text) => text.replace(/\b(the|a|is|are|do|I)\b ?/g, ""),
  please: (text) => `please, ${text}`,
  "last two words first": (text) => {
    const words = text.split(" ");
    return [...words.slice(-2), ...words.slice(0, -2)].join(" ");
  },
};

/** Each differs from its question by what matters. */
const otherMeaning: Record<string, [string, string][]> = {
  opposites: [
    ["how is a new user added to the database", "how is a new user removed from the database"],
    [
      "which function opens the connection to the server",
      "which function closes the connection to the server",
    ],
    ["how do I enable compression for uploads", "how do I disable compression for uploads"],
    ["how are old entries removed from the cache", "how are new entries added to the cache"],
    [
      "where is the lock taken when indexing begins",
      "where is the lock released when indexing ends",
    ],
    ["what happens when the disk is full", "what happens when the disk is empty"],
    [
      "which messages are written to the log at start",
      "which messages are written to the log at exit",
    ],
    ["where are permissions checked after login", "where are permissions checked before login"],
  ],
  negation: [
    ["what is done when the model cannot be loaded", "what is done when the model can be loaded"],
    ["where are failed requests tried again", "where are failed requests not tried again"],
    ["how is a date parsed with the day first", "how is a date parsed without the day first"],
    ["which files are not ignored when indexing", "which files are ignored when indexing"],
  ],
  numbers: [
    ["what limits the number of open files to 100", "what limits the number of open files to 1000"],
    ["why does version 2 of the format fail", "why does version 3 of the format fail"],
    ["where is the error 404 returned to clients", "where is the error 403 returned to clients"],
  ],
  order: [
    ["what converts a string to a number", "what converts a number to a string"],
    ["how are files sorted before they are read", "how are files read before they are sorted"],
    ["where does the client call the server", "where does the server call the client"],
    ["how is a row copied from cache to disk", "how is a row copied from disk to cache"],
    [
      "which test waits for the child of the parent process",
      "which test waits for the parent of the child process",
    ],
  ],
  signs: [
    [
      "where is the operator + overloaded for vectors",
      "where is the operator - overloaded for vectors",
    ],
    ["what does the pattern *.ts match in folders", "what does the pattern *.js match in folders"],
    ["which code runs on c++ builds only", "which code runs on c builds only"],
  ],
};

const here = printMachine();
const embedder = await loadEmbedder();
const rows: object[] = [];

async function cosine(a: string, b: string): Promise<number> {
  const [first, second] = await Promise.all(
    [a, b].map((text) => embedder.embed([text], { kind: "query" })),
  );
  return (first as Float32Array).reduce((sum, one, at) => sum + one * (second?.[at] ?? 0), 0);
}

async function tell(kind: string, isSame: boolean, pairs: [string, string][]): Promise<void> {
  const different = pairs.filter(([a, b]) => a !== b);
  const cosines: number[] = [];
  let byWords = 0;
  let byBoth = 0;
  for (const [a, b] of different) {
    const near = await cosine(a, b);
    cosines.push(near);
    const fits = formOf(a).lookupShare === 0 && formOf(b).lookupShare === 0;
    const hasSameWords = fits && signatureOf(a) === signatureOf(b);
    if (hasSameWords) byWords += 1;
    if (hasSameWords && near >= leastCosine) byBoth += 1;
  }
  cosines.sort((a, b) => a - b);
  const [least = 0, middle = 0, most = 0] = [0, cosines.length >> 1, cosines.length - 1].map(
    (at) => cosines[at],
  );
  say(
    `| ${kind} | ${isSame ? "same" : "other"} | ${different.length} | ${least.toFixed(3)} | ${middle.toFixed(3)} | ${most.toFixed(3)} | ${byWords} | ${byBoth} |`,
  );
  rows.push({
    kind,
    isSame,
    pairs: different.length,
    least,
    middle,
    most,
    byWords,
    byBoth,
    leastCosine,
  });
}

say(
  "| pairs | meaning | pairs | least cosine | median | most | same signature | and near |\n|---|---|---|---|---|---|---|---|",
);
for (const [kind, change] of Object.entries(sameMeaning)) {
  await tell(
    kind,
    true,
    questions.map((text) => [text, change(text)]),
  );
}
for (const [kind, pairs] of Object.entries(otherMeaning)) await tell(kind, false, pairs);
keepRows("similar-queries", here, rows);
await embedder.close();
