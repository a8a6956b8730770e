/*
 * Which texts a model can read. A model that was trained on English knows the letters of other scripts at best one by
 * one: all texts of such a script look alike to it, and what it has no piece for at all is one and the same unknown
 * token, so that any two of them are equal. Such texts have no meaning to compare, and are found by their words.
 *
 * A script is read when the tokeniser has pieces of more than one letter for a common word of it.
 */
import type { PieceReader, Reads } from "../ports/tokenizer.ts";

interface Script {
  name: string;
  letters: RegExp;
  /** Words that any text of it has. */
  sample: string;
}

const script = (name: string, sample: string, classes = `\\p{Script=${name}}`): Script => ({
  name,
  sample,
  letters: new RegExp(`[${classes}]`, "gu"),
});

/** Those that most people write. Any other is read by a model that reads at least half of these. */
const scripts: readonly Script[] = [
  script("Latin", "information because people"),
  script("Greek", "άνθρωπος πληροφορία"),
  script("Cyrillic", "человек информация"),
  script("Arabic", "المعلومات الإنسان"),
  script("Hebrew", "ישראל מידע"),
  script("Devanagari", "जानकारी भारत"),
  script("Bengali", "তথ্য বাংলাদেশ"),
  script("Tamil", "தகவல் தமிழ்"),
  script("Thai", "ประเทศไทย ข้อมูล"),
  script("Hangul", "대한민국 정보"),
  script("Han", "中国人民 情報処理", "\\p{Script=Han}"),
  script("Kana", "ありがとう コンピュータ", "\\p{Script=Hiragana}\\p{Script=Katakana}ー"),
];

const ascii = /^[\0-\x7f]*$/;
const asciiWord = /[A-Za-z0-9]/;
const letter = /\p{L}/gu;
const digit = /\p{N}/u;
/** So much of a text says what it is written in. */
const looked = 2_000;
/** Of its letters so many must be of scripts that the model reads. */
const leastShare = 0.3;
/** Pieces a letter, from which on a word is spelt out. */
const speltOut = 0.75;

/** @param known scripts that the model reads, by the names of Unicode; undefined: its tokeniser is asked */
export function readsOf(known: readonly string[] | undefined, pieces: PieceReader): Reads {
  const read = scripts.filter(({ name, sample, letters }) =>
    known === undefined ? isRead(sample, letters, pieces) : known.includes(name),
  );
  const readsLatin = read.some(({ name }) => name === "Latin");
  const readsOthers = read.length * 2 >= scripts.length;
  return (text) => {
    const start = text.length > looked ? text.slice(0, looked) : text;
    // What is no word at all, signs alone, says nothing to a model; the empty text stays what it is.
    if (ascii.test(start)) {
      return readsLatin ? asciiWord.test(start) || start.trim() === "" : start.trim() === "";
    }
    const all = start.match(letter)?.length ?? 0;
    if (all === 0) return digit.test(start) || start.trim() === "";
    const count = ({ letters }: Script): number => start.match(letters)?.length ?? 0;
    let readable = read.reduce((sum, one) => sum + count(one), 0);
    if (readsOthers) readable += all - scripts.reduce((sum, one) => sum + count(one), 0);
    return readable >= all * leastShare;
  };
}

function isRead(sample: string, letters: RegExp, { encode, unknownId }: PieceReader): boolean {
  const ids = encode(sample);
  if (unknownId !== undefined && ids.includes(unknownId)) return false;
  const own = ids.length - encode("").length;
  return own <= (sample.match(letters)?.length ?? 0) * speltOut;
}
