/*
 * When two texts are one: a merge keeps one wording of the two, so only what cannot mean anything else may differ.
 * That is the form of composed letters, white space of prose, a full stop at the end, and the capital of a small
 * word at the beginning. Anything else ("port 3030" and "port 3031", "is" and "was", "!ready" and "ready", "US" and
 * "us", 10² and 102) may say something different.
 */

/** Begin sentences, and are nothing else with a capital. */
const smallWords: ReadonlySet<string> = new Set(
  `a an the this that these those we our you your he she they their its it there here all any some each every both
  in on at by for from to with without of as if when while after before since until because although so then also
  always never please not no and or but only use do don't der die das ein eine wir ist im le la les un une nous el
  los las una`.split(/\s+/u),
);

const longestWord = 60;

/** Equal for texts that are one. */
export function oneForm(text: string): string {
  const composed = text.normalize("NFC").replace(/\r\n?/gu, "\n");
  return withoutStop(withSmallBeginning(plainSpaces(composed)));
}

/**
 * In prose of one line white space says nothing. Between quotes, in code and in indented lines it may: there only
 * what stands at the ends of lines goes.
 */
function plainSpaces(text: string): string {
  const plain = text.trim();
  if (!plain.includes("\n") && !hasQuotes(plain)) return plain.replace(/\s+/gu, " ");
  const lines = text.split("\n").map((line) => line.trimEnd());
  const first = lines.findIndex((line) => line !== "");
  return lines.slice(first).join("\n").trimEnd();
}

/** An apostrophe inside a word is none. */
function hasQuotes(text: string): boolean {
  return /["`“”„«»‘]|(?<![\p{L}\p{N}])['’]|['’](?![\p{L}\p{N}])/u.test(text);
}

function withSmallBeginning(text: string): string {
  const first = /^\p{L}[\p{Ll}']*(?=\s)/u.exec(text.slice(0, longestWord))?.[0].toLowerCase();
  return first !== undefined && smallWords.has(first) ? first + text.slice(first.length) : text;
}

/** The stop of a sentence follows a word of letters, or a number. That of "config.ts." or "src/." may be more. */
function withoutStop(text: string): string {
  if (!text.endsWith(".")) return text;
  const end = text.slice(-longestWord, -1);
  const isSentence = /\s(?:[\p{L}\p{M}'’-]{2,}|\p{Nd}+(?:[.,]\p{Nd}+)?)$/u.test(end);
  return isSentence ? text.slice(0, -1) : text;
}
