/*
 * Texts that are hard on a tokeniser: a fixed set, every code point, and seeded random strings over
 * alphabets in which the library's rules meet (case, sigma, marks and their order, white space that
 * is dropped or kept, ideographs, pieces of added tokens).
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

const repeat = (text: string, times: number): string => text.repeat(times);

export const tortureTexts: readonly string[] = [
  "",
  " ",
  "\n\t\r\n",
  "a",
  "Hello, World!",
  "don't stop_believing x+=1; if(a<b&&c>d){return `x`;}",
  "résumé naïve Ångström ÅNGSTRÖM",
  "re\u0301sume\u0301 nai\u0308ve A\u030angstro\u0308m",
  "Tiếng Việt có dấu: Trường đại học Bách khoa Hà Nội".normalize("NFC"),
  "Tiếng Việt có dấu: Trường đại học Bách khoa Hà Nội".normalize("NFD"),
  "안녕하세요 세계 한국어 갂갃힣",
  "안녕하세요 세계".normalize("NFD"),
  "東京都に住んでいます。カタカナ ｶﾀｶﾅ ﾊﾟ ひらがな が か\u3099",
  "中文字符测试，没有空格。漢字",
  "\u{20000}\u{20001} \u{2a700}\u{2b740}\u{2b820} a\u{20000}b",
  "\u{2f800}\u{2f801}\u{2f8ff} \uf900\ufa6c\uf9ff豈",
  "👨‍👩‍👧‍👦 👍🏽 🇩🇪 ❤️ #️⃣ 🏴󠁧󠁢󠁥󠁮󠁧󠁿",
  "שלום עולם שָׁלוֹם مرحبا بالعالم مُحَمَّد \u200fabc\u200e",
  "नमस्ते दुनिया हिन्दी ক্ষ தமிழ் ไทยไม่มีช่องว่าง ខ្មែរ မြန်မာ བོད་སྐད་",
  "zero\u200bwidth\u200cjoin\u200der\ufeffbom\u2060wj\u00adshy",
  "nul\0in\u0001the\u007fmiddle\u0085nel\ufffdfffd\ue000private\u{f0000}plane\u{10fffd}",
  "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeffend",
  "a\u00a0b\u1680c\u2003d\u2028e\u2029f\u202fg\u205fh\u3000i\ufeffj\u180ek\u0085l",
  "İstanbul ISTANBUL ıİiI İ\u0301 ǅ ǈ ﬁ ẞ ß ŉ ΐ",
  "ΟΔΥΣΣΕΥΣ ΣΊΣΥΦΟΣ Σ ΣΣ aΣ Σa aΣb aΣ. a.Σ a'Σ'b aΣ\u00adb aΣ\u200b b A\u0301Σ\u0301 Σ1 1Σ ʰΣ aʰΣ aΣʰ aΣ\u{10400}",
  "aΣ\ue000b aΣ\0 a\u{e0001}Σ 中Σ aΣ中 aΣ\n",
  "x\u0327\u0301 x\u0301\u0327 \u0344 \u0f73\u0f75\u0f81 a\u0f71\u0f72\u0f74",
  "\u{1d15e}\u{1d15f}\u{1d160} \u{1d157}\u{1d16e}\u{1d165} \u{1d157}\u{1d165}\u0301\u{1d16e}",
  "\u3026\u302e\u302f \u302f\u302e a\u302f\u094d\u302eb \u1b44\u302e \u{16ff0}\u302e\u{16ff1}",
  `combining ${repeat("\u0301", 300)}chain a${repeat("\u0323\u0301", 200)}b`,
  `spacing marks q${repeat("\u302f\u302e\u{1d165}\u0bcd\ua953", 30)}r`,
  "\u037e \u1fef \u2000 \u226e \u2260 \u2126 \u212a \u212b \u0374 \u0387",
  "\ud800 a\udc00b \ud83d \ude00\ud83d x\ud800\u0041 \udfff",
  repeat("a", 99),
  repeat("a", 100),
  repeat("a", 101),
  repeat("é", 100),
  repeat("é", 101),
  `${repeat("x", 200)} after`,
  repeat("𝒳", 100),
  repeat("𝒳", 101),
  `${repeat("e\u0301", 100)} ${repeat("e\u0301", 101)}`,
  repeat("unbelievable", 8),
  `${repeat("a", 60)}\u200b${repeat("a", 60)}`,
  repeat("Supercalifragilisticexpialidocious", 3_000),
  repeat("word ", 5_000),
  repeat("!", 2_000),
  repeat("中", 2_000),
  "[CLS] hello [SEP] world [MASK]. [PAD][UNK] [cls] [Sep] [ MASK ] [MASK",
  "[CLS][SEP][SEP][[MASK]][MA[MASK]SK]a[MASK]b",
  "[MA\u200bSK] [CLS\u00ad] \u200b[CLS]\u200b",
  "aΣ[SEP]b a[SEP]Σ",
  "##ing ##s # ## ###a a##b",
  "$100.00 + €5 = £3 ± ¥7 ^_^ ~tilde~ `code` |pipe| <tag> «quote» „low“ … – — ‽ ⁂ ⸘",
  "１２３ ＡＢＣ ａｂｃ ① Ⅳ ² ½ ﷺ",
  "getElementById XMLHttpRequest snake_case_name kebab-case-name CONSTANT_VALUE v1.2.3-rc.4+5",
  "https://user:pw@host.example:8080/path/to?q=1&r=%20#frag C:\\Windows\\System32",
];

/** Repeatable numbers in [0, 1). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const alphabets: readonly (readonly string[])[] = [
  [..."etaoinshrdlucmfwypvbgkjqxz"],
  [..."ETAOINSHRDLU0123456789_"],
  [...".,;:!?'\"()[]{}<>+-*/=&|^~`@#$%\\"],
  [" ", " ", " ", "\n", "\t", "\r", "\u00a0", "\u2003", "\u3000", "\u2028", "\u0085"],
  [..."éèüÅñçøßİıŞğŻłœÆſ"],
  [..."ΣΣσςαΑ.'ʰ\u0345\u00ad:ᾼ"],
  [
    ..."\u0300\u0301\u0327\u0323\u0345\u302e\u302f\u094d\u0bcd\u{1d165}\u{1d16e}\u05b0\u0e38\u{16ff0}",
  ],
  [..."中文漢字東京\u3400\u{20000}\u{2f800}\uf900\ufa6c"],
  [..."가각힣\u1100\u1161\u11a8ひがカパｶﾞ"],
  [..."\u200b\u200c\u200d\ufeff\u2060\0\u0001\u007f\ufffd\ue000\u{f0000}\u{e0001}"],
  [..."👍🏽👨👩🇩🇪❤\ufe0f\u20e3"],
  [..."абвгдЖЩЪйё\u0306שלוםمرحباनमस्ते"],
  ["\ud800", "\udc00", "\ud83d", "\ude00"],
  [
    "[CLS]",
    "[SEP]",
    "[MASK]",
    "[UNK]",
    "[PAD]",
    "[",
    "]",
    "[MA",
    "SK]",
    "[cls]",
    "<m>",
    "Foo",
    "foo",
  ],
  ["##", "##ing", "ing", "un", "able", "the", "token", "ization", "return", "self", "http"],
];

function anyCodePoint(random: () => number): string {
  const plane = random();
  const limit = plane < 0.4 ? 0x800 : plane < 0.8 ? 0x10000 : 0x110000;
  return String.fromCodePoint(Math.floor(random() * limit));
}

/** `count` strings, the same for the same seed; each mixes a few alphabets. */
export function* randomTexts(count: number, seed: number): Generator<string> {
  const random = randomNumbers(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  for (let i = 0; i < count; i++) {
    const chosen = Array.from({ length: 1 + below(4) }, () => alphabets[below(alphabets.length)]);
    const length = random() < 0.05 ? below(400) : below(40);
    let text = "";
    for (let j = 0; j < length; j++) {
      const alphabet = random() < 0.03 ? undefined : chosen[below(chosen.length)];
      text += alphabet === undefined ? anyCodePoint(random) : alphabet[below(alphabet.length)];
    }
    yield text;
  }
}

/** Every code point, surrogates too, alone, in a word, in a row and around a capital sigma. */
export function* everyCodePoint(perText: number): Generator<string> {
  for (let first = 0; first <= 0x10ffff; first += perText) {
    const length = Math.min(perText, 0x110000 - first);
    const all = Array.from({ length }, (_, i) => String.fromCodePoint(first + i));
    yield all.join(" ");
    yield all.map((c) => `a${c}b`).join(" ");
    yield all.join("");
    yield all.map((c) => `a${c}\u03a3 a\u03a3${c}b ${c}\u03a3`).join("\n");
  }
}

/** Texts of the evaluation sets in `folder`, set by set. */
export function evaluationTexts(folder: string): Record<string, string[]> {
  const read = (...path: string[]): string => readFileSync(join(folder, ...path), "utf8");
  const rows = (...path: string[]): Record<string, unknown>[] =>
    read(...path)
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  const strings = (list: Record<string, unknown>[], ...keys: string[]): string[] =>
    list.flatMap((row) => keys.map((key) => row[key])).filter((value) => typeof value === "string");
  return {
    "CoSQA functions": Object.keys(JSON.parse(read("cosqa", "code_idx_map.txt")) as object),
    "CoSQA queries": strings(
      JSON.parse(read("cosqa", "cosqa-retrieval-dev-500.json")) as Record<string, unknown>[],
      "doc",
      "code",
    ),
    "LoCoMo turns": strings(rows("locomo", "dev-turns.jsonl"), "text", "image_caption"),
    "LoCoMo questions": strings(rows("locomo", "dev-questions.jsonl"), "question"),
    "Cranfield documents": strings(rows("cranfield", "corpus.jsonl"), "title", "text"),
    "Cranfield queries": strings(rows("cranfield", "queries.jsonl"), "text"),
  };
}
