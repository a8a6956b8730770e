/* Words and signs of all scripts: what stands in a text is among its terms, and asked for by the same ones. */
import { afterAll, describe, expect, it } from "vitest";
import { queryTerms, splitWords } from "../../../../src/storage/sqlite/words/words.ts";
import { openRaw } from "../../../helpers/sqlite-files.ts";
import { seededRandom } from "../../../helpers/temp-tree.ts";

/** Whether a query finds a text: one of its terms is there. */
function finds(query: string, text: string): boolean {
  const terms = new Set(splitWords(text));
  return queryTerms(query).some((term) => isAmong(term, terms));
}

function isAmong(term: string, terms: ReadonlySet<string>): boolean {
  if (!term.endsWith("*")) return terms.has(term);
  return [...terms].some((one) => one.startsWith(term.slice(0, -1)));
}

const found: [query: string, text: string][] = [
  // One letter, at each place of a run.
  ["锁", "分布式锁：避免重复执行"],
  ["分", "分布式锁"],
  ["式", "分布式锁"],
  // Korean words with what is written together with them.
  ["결제", "결제를 취소하고 환불을 요청한다"],
  ["환불", "결제를 취소하고 환불을 요청한다"],
  ["결제를", "결제가 끝났다"],
  ["값", "값을 읽는다"],
  ["결제API", "결제API 호출"],
  ["결제", "결제API 호출"],
  ["api", "결제API 호출"],
  ["決済", "顧客の決済を取り消す"],
  ["キャンセル", "注文のｷｬﾝｾﾙ処理"],
  // Scripts without spaces, with their marks.
  ["สิทธิ์", "ตรวจสอบสิทธิ์ผู้ใช้ก่อนเข้าระบบ"],
  ["ຜູ້ໃຊ້", "ກວດສອບສິດຂອງຜູ້ໃຊ້ກ່ອນເຂົ້າ"],
  ["អ្នកប្រើ", "ពិនិត្យសិទ្ធិអ្នកប្រើមុនចូល"],
  ["အသုံးပြုသူ", "အသုံးပြုသူ၏ခွင့်ပြုချက်ကိုစစ်ဆေးပါ"],
  // Scripts with spaces: marks that are words' own, and those that are left out.
  ["विद्यालय", "नया विद्यालय खुला"],
  ["ग्राहक", "यह ग्राहक का खाता है"],
  ["வாடிக்கையாளர்", "புதிய வாடிக்கையாளர் கணக்கு"],
  ["كتاب", "قرأت الكِتَابَ أمس"],
  ["الكتاب", "كتاب جديد"],
  ["محمد", "مُحَمَّد هنا"],
  ["میروم", "من می\u200cروم"],
  ["שלום", "שָׁלוֹם עולם"],
  ["скидку", "// РассчитатьСкидку считает"],
  ["елка", "ёлка"],
  ["замок", "за́мок"],
  ["οδοσ", "ΟΔΟΣ"],
  ["οδός", "οδος"],
  ["ключ", "APIключ"],
  // Letters that are written in two ways.
  ["istanbul", "İstanbul şubesi"],
  ["ISTANBUL", "istanbul"],
  ["toplami", "sipariş toplamı"],
  ["SIPARIŞ", "sipariş"],
  ["strasse", "Straße"],
  ["STRAẞE", "strasse"],
  ["file", "a ﬁle"],
  ["fullwidth", "ＦｕｌｌＷｉｄｔｈ"],
  ["cafe", "cafe\u0301"],
  ["oeuvre", "œuvre"],
  ["lodz", "Łódź"],
  ["2024", "٢٠٢٤"],
  ["๒๕๖๗", "2567"],
  ["x2", "x²"],
  // Operators.
  ...[
    "??",
    "||=",
    "&&",
    "=>",
    "->",
    "::",
    "<=>",
    "===",
    "!=",
    "|>",
    "?.",
    "...",
    "**",
    "<<",
    ">>=",
  ].map((sign): [string, string] => [sign, `left${sign}right`]),
  ...[":=", "<-", "=~", "!~", "..=", "->>", "@>", "<|>", "<$>", "++", "--", "?:", ">>>=", "~>"].map(
    (sign): [string, string] => [sign, `left ${sign} right`],
  ),
  ["&&", "ok&&!done"],
  ["::", "Vec<Vec<T>>::new()"],
  ["->", "p->*member"],
  ["%", "x % y"],
  ["^", "a ^ b"],
  ["？？", "a ?? b"],
  ["≠", "a ≠ b"],
  ["→", "a→b"],
  ["€", "100€"],
  ["λ", "λ x → x"],
  ["∀", "∀x"],
  // Emoji: as they are, without their tone, one of those they are joined of.
  ["🚀", "// 🚀 launch"],
  ["🔥", "🚀🔥 deploying"],
  ["👍", "done 👍🏽"],
  ["👍🏽", "done 👍"],
  ["❤️", "with ❤ here"],
  ["👩🏽‍💻", "👩🏽‍💻 at work"],
  ["👩‍💻", "👩🏽‍💻 at work"],
  ["💻", "👩🏽‍💻 at work"],
  ["👨‍👩‍👧", "the 👨‍👩‍👧"],
  ["🏃‍♀️", "🏃‍♀️ runs"],
  ["🇩🇪", "🇫🇷🇩🇪"],
  ["🏴󠁧󠁢󠁳󠁣󠁴󠁿", "🏴󠁧󠁢󠁳󠁣󠁴󠁿"],
  ["1️⃣", "1️⃣ first"],
  ["🪿", "a 🪿"],
  // Numbers, paths, patterns.
  ["v2.3.1", "released as 2.3.1"],
  ["shipments labels", "https://api.example.com/v2/shipments/{id}/labels?format=zpl"],
  ["^\\d{3}-\\d{4}$", 'PATTERN = r"^\\d{3}-\\d{4}$"'],
  [
    "surcharges",
    "whenCustomerIsExemptFromQuarterlySurchargesAndTheInvoiceHasADiscountWithTaxRounding",
  ],
];

describe("words and signs of all scripts", () => {
  it.each(found)("%j finds %j", (query, text) => {
    expect(finds(query, text)).toBe(true);
  });

  it.each([
    ["==", "a === b"],
    ["🇩🇪", "🇩🇰"],
    ["👩‍💻", "👩‍🚀"],
    ["사람", "결제를 취소"],
    ["//", "a // comment"],
  ])("%j does not find %j", (query, text) => {
    expect(finds(query, text)).toBe(false);
  });

  it("gives emoji and operators once, however often they stand there", () => {
    const terms = splitWords("🚀🚀 a ?? b ?? c → d → e").filter((term) => term.startsWith("__"));
    expect(terms.sort()).toEqual(["__1f680__", "__2192__", "__3f_3f__"]);
  });
});

const alphabets = [
  "abcXYZ_019",
  "äÖßéÅñıİşøþ",
  "жЯёй",
  "ΣσςάΩ",
  "한글결제",
  "分布式锁中",
  "かなカナー々",
  "กขิ์้๑",
  "ກຂິ່",
  "កខ្ិ",
  "मकि़्०",
  "ابتّآی\u0640٣",
  "אבָּ",
  "?!&|=<>+-*/.:#@",
  "→€≠✓©",
  "🚀👍🏽🏾❤️",
  "👩\u200d💻",
  "🇩🇪🇫",
  "\u0301\u200b\u200c\u200d\ufe0f\u00ad\u{e0067}",
  "ﬁＡ１％ﷺ①",
  "\u{20000}\u{1f1e6}\u{10330}\u{1e900}",
].map((letters) => Array.from(letters));

describe("terms of random text", () => {
  const random = seededRandom(11);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const word = (): string => {
    const own = [pick(alphabets), pick(alphabets)];
    return Array.from({ length: 1 + Math.floor(random() * 7) }, () => pick(pick(own))).join("");
  };
  const anything = (): string =>
    Array.from({ length: 30 }, () => String.fromCodePoint(Math.floor(random() * 0x110000))).join(
      "",
    );

  it("holds what a query of some of its words asks for", () => {
    let asked = 0;
    for (let round = 0; round < 4_000; round += 1) {
      const words = Array.from({ length: 8 }, word);
      const terms = new Set(splitWords(words.join(" ")));
      const from = Math.floor(random() * 8);
      const query = words.slice(from, from + 1 + Math.floor(random() * 3)).join(" ");
      for (const term of queryTerms(query)) {
        asked += 1;
        if (isAmong(term, terms)) continue;
        throw new Error(`${JSON.stringify(query)} asks for ${term}: ${JSON.stringify(words)}`);
      }
    }
    expect(asked).toBeGreaterThan(4_000);
  });

  it("has no term beyond its bound", () => {
    const texts = ["字", "aB", "ж", "กิ", "\u0301e", "\u{10330}", "👩\u200d", "?", "1.", "Wörd"];
    for (const text of texts) {
      for (const term of splitWords(text.repeat(500))) expect(term.length).toBeLessThanOrEqual(512);
    }
  });

  const db = openRaw(":memory:");
  afterAll(() => db.close());

  it.each(["porter unicode61", "unicode61"])(
    "is for the tokenizer %s what it is for us: each term is one word of the index",
    (tokenizer) => {
      db.exec(`
        DROP TABLE IF EXISTS seen; DROP TABLE IF EXISTS words;
        CREATE VIRTUAL TABLE words USING fts5(t, tokenize="${tokenizer} remove_diacritics 2 tokenchars '_'");
        CREATE VIRTUAL TABLE seen USING fts5vocab(words, 'instance');
        BEGIN`);
      const add = db.prepare("INSERT INTO words(rowid, t) VALUES (?, ?)");
      const terms = new Set<string>();
      for (let round = 0; round < 1_500; round += 1) {
        const text = round % 3 === 0 ? anything() : [word(), word(), word()].join(" ");
        for (const term of splitWords(text)) terms.add(term);
      }
      for (const [, text] of found) for (const term of splitWords(text)) terms.add(term);
      const list = [...terms];
      list.forEach((term, at) => {
        add.run(at + 1, term);
      });
      db.exec("COMMIT");
      const counts = db.prepare("SELECT doc, count(*) AS count FROM seen GROUP BY doc").all() as {
        doc: number;
        count: number;
      }[];
      const odd = list.filter((_, at) => counts[at]?.count !== 1);
      expect(counts.length).toBe(list.length);
      expect(odd).toEqual([]);
    },
  );
});
