/* Where the words of a question stand in a text. */

/** Shorter ones are everywhere. */
const leastLetters = 2;
const mostWords = 20;
/** They say nothing of what is looked for, where other words do. */
const common = new Set(
  "a an and are as at be by can do does for from get how if in into is it its my not of on or so than that the their them then there these they this to up was we were what when where which who why will with you your".split(
    " ",
  ),
);

/** Words of a question, lower case, each once; of a plural also what it is a plural of. */
export function wordsOf(text: string): string[] {
  const found = text.toLowerCase().match(/[\p{L}\p{N}_$]+/gu) ?? [];
  const long = found.filter((word) => word.length >= leastLetters);
  const telling = long.filter((word) => !common.has(word));
  const words = (telling.length > 0 ? telling : long).map((word) =>
    word.length > 4 ? word.replace(/(?:ies|es|s|ing|ed)$/u, "") || word : word,
  );
  return [...new Set(words)].slice(0, mostWords);
}

/** Ranges [from, to) in order, none into another. */
export function marksIn(line: string, words: readonly string[]): [from: number, to: number][] {
  const lower = line.toLowerCase();
  // Some letters grow when they are made small; then no place would be right.
  if (lower.length !== line.length) return [];
  const ranges: [number, number][] = [];
  for (const word of words) {
    for (let at = lower.indexOf(word); at >= 0; at = lower.indexOf(word, at + word.length)) {
      // Of short words only those that begin where a word begins: "is" is not in "this".
      if (word.length > 3 || !/[\p{L}\p{N}]/u.test(lower[at - 1] ?? " ")) {
        ranges.push([at, at + word.length]);
      }
    }
  }
  ranges.sort(([a, b], [c, d]) => a - c || d - b);
  const apart: [number, number][] = [];
  for (const [from, to] of ranges) {
    const last = apart.at(-1);
    if (last === undefined || from >= last[1]) apart.push([from, to]);
    else last[1] = Math.max(last[1], to);
  }
  return apart;
}
