/*
 * When two texts say the same. Equal in their normal form: capitals, punctuation, articles and plural endings
 * aside, the same words in the same order; anything else ("port 3030" and "port 3031", "A calls B" and "B calls
 * A") may say something different and is kept. Alike: most of their words are shared; that is found by a
 * sketch, the least of the hashes of a text's words under several hash functions (Broder 1997).
 */

const droppable: ReadonlySet<string> = new Set(
  "a an the is are was were be been that this just really very please also".split(" "),
);

const sketchSize = 4;

/** From this share of common words on, texts are said to be similar; and near duplicates. */
export const similarFrom = 0.5;
export const nearFrom = 0.8;

/** A word, with what joins its parts; a minus before a number; a sign that is no punctuation. */
const token =
  /[\p{L}\p{N}\p{M}_]+(?:[.:/@#+'’-][\p{L}\p{N}\p{M}_]+)*|[-−](?=\p{N})|[^\s\p{L}\p{N}\p{M}_.,;:!?'"’“”()…–—−-]/gu;

/** The words that make a text what it says. */
function normalWords(text: string): string[] {
  const all = (text.normalize("NFKC").toLowerCase().match(token) ?? []).map(singular);
  const telling = all.filter((word) => !droppable.has(word));
  return telling.length > 0 ? telling : all;
}

/** Equal for texts that say the same. A text of signs alone stands for itself. */
export function normalForm(text: string): string {
  return normalWords(text).join(" ") || text.trim();
}

function singular(word: string): string {
  return word.length > 4 && /[^s]s$/.test(word) ? word.slice(0, -1) : word;
}

/** A number of 48 bits. Texts of different namespaces are never equal. */
export function textHash(namespace: string, text: string): number {
  const form = `${namespace}\0${normalForm(text)}`;
  return (hash(form, 1) & 0xffff) * 0x1_0000_0000 + hash(form, 2);
}

/** Texts of one namespace that share a value are probably alike; those that share none are not. */
export function sketchOf(namespace: string, text: string): number[] {
  const words = new Set(normalWords(text));
  const salt = hash(namespace, 3);
  const least = new Array<number>(sketchSize).fill(0xffffffff);
  for (const word of words) {
    const first = hash(word, salt);
    for (let at = 0; at < sketchSize; at += 1) {
      const mixed = mix(first ^ Math.imul(at + 1, 0x9e3779b1));
      if (mixed < (least[at] as number)) least[at] = mixed;
    }
  }
  return least;
}

/** Share of words that two texts have in common, 0 to 1. */
export function likeness(a: string, b: string): number {
  const words = new Set(normalWords(a));
  const others = new Set(normalWords(b));
  let common = 0;
  for (const word of others) common += words.has(word) ? 1 : 0;
  const all = words.size + others.size - common;
  return all === 0 ? 1 : common / all;
}

/** Say nothing of what a text is about. */
const empty: ReadonlySet<string> = new Set(
  `and are at be but by can did do does for from had has have he her his i in into it its my no not of on or our she so
  than their them then there they to us we what when where which who why will with would you your now since`.split(
    /\s+/u,
  ),
);

/** What a text is about, as far as its words say. */
export function tellingWords(text: string): ReadonlySet<string> {
  return new Set(normalWords(text).filter((word) => !empty.has(word)));
}

/** Of the words of the text that has fewer, those that the other has: 0 to 1. */
export function wordsInCommon(words: ReadonlySet<string>, others: ReadonlySet<string>): number {
  let common = 0;
  for (const word of others) common += words.has(word) ? 1 : 0;
  const fewer = Math.min(words.size, others.size);
  return fewer === 0 ? 0 : common / fewer;
}

function hash(text: string, seed: number): number {
  let state = (0x811c9dc5 ^ seed) >>> 0;
  for (let at = 0; at < text.length; at += 1) {
    state = Math.imul(state ^ text.charCodeAt(at), 0x01000193);
  }
  return mix(state);
}

function mix(value: number): number {
  let state = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return (state ^ (state >>> 16)) >>> 0;
}
