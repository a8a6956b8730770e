/*
 * "Words that stand in a file are not found by words": reports of single Han letters, Korean words with particles,
 * emoji, operators and parts of long identifiers. A real index and real memories; what is found must be found by words.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { OpenMemories } from "../../src/engine/memories/memories.ts";
import { indexFolder } from "../../src/indexing/indexer.ts";
import { wordSplitter } from "../../src/native/words.ts";
import { search } from "../../src/search/searcher.ts";
import { openSqliteStore, type SqliteStore } from "../../src/storage/sqlite/store.ts";
import { findSymbol } from "../../src/symbols/find-symbol.ts";
import { grammarsFolder } from "../../src/syntax/grammars.ts";
import { TreeSitterParser } from "../../src/syntax/parser.ts";
import { HashEmbedder } from "../helpers/hash-embedder.ts";
import { addonFolder } from "../helpers/model.ts";
import { memoryBench } from "../helpers/open-memories.ts";
import { makeFolder } from "../helpers/sqlite-files.ts";
import { writeTree } from "../helpers/temp-tree.ts";

const longCamel =
  "rejectsTheWebhookWhenItsSignatureIsOlderThanFiveMinutesAndTheReplayCacheHoldsItAlready";
const longSnake =
  "test_that_a_voucher_is_redeemed_once_even_when_two_requests_with_the_same_key_arrive_together_and_one_of_them_is_retried_by_the_gateway_after_a_timeout";

const files: Record<string, string> = {
  "queue.py": `# 消息队列的消费者：限流\ndef consume(topic):\n    return topic.next()\n`,
  "order.py": `def orders(user):\n    """查询用户的限额表"""\n    return db.query(user)\n`,
  "stock.ts": `// 재고가 부족하면 주문을 거절한다\nexport function reserve(id: string) { return id; }\n`,
  "parking.ts": `export function park() { return "🅿️ 주차API 호출 🛰️"; }\n`,
  "team.js": `// 👩🏽‍🚀 and 🇳🇴 wrote this\nexport const crew = () => [1];\n`,
  "thai.rb": `# คำนวณภาษีมูลค่าเพิ่มของใบแจ้งหนี้\ndef vat(x)\n  x * 7\nend\n`,
  "hindi.py": `# यह भुगतान रद्द करता है\ndef cancel(p):\n    p.stop()\n`,
  "arabic.py": `# يَحْسُبُ الضَّرِيبَة للفاتورة\ndef tax(b):\n    return b\n`,
  "turkish.py": `# Işık hızı ÖLÇÜMÜ İPTAL edildi\ndef abort(): pass\n`,
  "german.py": `# Größe der Straßenkarte\ndef size(): return 1\n`,
  "wide.py": `# Ｃａｃｈｅ の ﬂush は ４２ 回\ndef run(): pass\n`,
  "pick.js": `export const first = (a, b) => a ?? b;\nlet open = 0;\nopen ||= start();\nconst c = a?.b;\n`,
  "pipe.ex": `defmodule Flow do\n  def run(x), do: x |> Enum.map(& &1) |> Enum.sum()\nend\n`,
  "cmp.cc": `struct Price {\n  auto operator<=>(const Price& o) const = default;\n  long cents;\n};\n`,
  "turbo.rs": `fn all() -> Vec<u8> {\n    Vec::<Vec<u8>>::new().concat()\n}\n`,
  "webhook.java": `class WebhookTest {\n  void ${longCamel}() { run(); }\n}\n`,
  "voucher.py": `def ${longSnake}():\n    pass\n`,
  "deps.toml": `[dependencies]\nserver = "v4.11.2"\n`,
  "older.toml": `[dependencies]\nserver = "v2.4.11"\n`,
  "routes.py": `ROUTE = "/v3/warehouses/{id}/parcels?expand=lines"\nZIP = r"^\\d{5}(-\\d{4})?$"\n`,
  "math.hs": `norm xs = sqrt (sum xs) -- ‖x‖ ≤ ε ∀ x\n`,
  ...Object.fromEntries(
    Array.from({ length: 12 }, (_, at) => [
      `filler${at}.ts`,
      `export function filler${at}() { return "words about nothing ${at}"; }\n`,
    ]),
  ),
};

/** The path first: it must be the best by words. */
const questions: [path: string, query: string][] = [
  ["queue.py", "流"],
  ["queue.py", "消费者"],
  ["order.py", "表"],
  ["order.py", "限额"],
  ["stock.ts", "재고"],
  ["stock.ts", "주문"],
  ["stock.ts", "주문이"],
  ["parking.ts", "주차API"],
  ["parking.ts", "🛰"],
  ["team.js", "👩‍🚀"],
  ["team.js", "👩🏽‍🚀"],
  ["team.js", "🚀"],
  ["team.js", "🇳🇴"],
  ["thai.rb", "ภาษี"],
  ["thai.rb", "ใบแจ้งหนี้"],
  ["hindi.py", "भुगतान"],
  ["arabic.py", "الضريبة"],
  ["arabic.py", "ضريبة"],
  ["turkish.py", "işik"],
  ["turkish.py", "iptal"],
  ["turkish.py", "ölçümü"],
  ["german.py", "grösse"],
  ["german.py", "strassenkarte"],
  ["wide.py", "cache"],
  ["wide.py", "flush 42"],
  ["pick.js", "??"],
  ["pick.js", "||="],
  ["pick.js", "?."],
  ["pipe.ex", "|>"],
  ["pipe.ex", "how does |> work"],
  ["cmp.cc", "<=>"],
  ["cmp.cc", "operator<=>"],
  ["turbo.rs", "::"],
  ["webhook.java", "replay signature"],
  ["webhook.java", longCamel],
  ["voucher.py", "redeemed gateway"],
  ["deps.toml", "v4.11.2"],
  ["older.toml", "2.4.11"],
  ["routes.py", "/v3/warehouses/{id}/parcels"],
  ["routes.py", "^\\d{5}(-\\d{4})?$"],
  ["math.hs", "∀"],
  ["math.hs", "≤"],
];

describe("words that stand in a file", () => {
  const made = makeFolder();
  const parser = new TreeSitterParser({ grammars: grammarsFolder() });
  const embedder = new HashEmbedder();
  let store: SqliteStore;

  beforeAll(async () => {
    writeTree(`${made.folder}/tree`, files);
    store = openSqliteStore({
      path: `${made.folder}/index.db`,
      splitWords: wordSplitter(addonFolder),
    });
    await indexFolder({ root: `${made.folder}/tree`, store, embedder, parser });
  });

  afterAll(async () => {
    await parser.close();
    store.close();
    made.remove();
  });

  it.each(questions)("%s is the best by words for %j", (path, query) => {
    const [best] = store.texts.search(query, 3);
    expect(best).toBeDefined();
    expect(store.texts.places([best?.chunkId as number])[0]?.path).toBe(path);
  });

  it.each(questions)("%s is among what a search for %j gives by words", async (path, query) => {
    const { hits } = await search({ store, embedder }, { query, k: 100, minScore: 0 });
    const hit = hits.find((one) => one.path === path);
    expect(hit?.parts.words).toBeGreaterThan(0);
  });

  it.each([
    ["replay signature", longCamel],
    ["SignatureIsOlder", longCamel],
    ["redeemed gateway", longSnake],
    ["retried_by_the_gateway", longSnake],
    [longSnake, longSnake],
    ["<=>", "operator<=>"],
  ])("symbol search finds %j", (asked, name) => {
    const names = findSymbol(store.symbols, asked).map((hit) => hit.name);
    expect(names).toContain(name);
  });

  it("takes any text as a name", () => {
    for (const asked of ["भुगतान", "ภาษี", "🚀", "流", '" OR *', "\ud800", "ก\u0e34", "??", "*"]) {
      expect(() => findSymbol(store.symbols, asked)).not.toThrow();
    }
  });
});

describe("words that stand in a memory", () => {
  const bench = memoryBench();
  let memories: OpenMemories;
  const ids = new Map<string, string>();

  beforeAll(async () => {
    memories = await bench.open();
    for (const [path, text] of Object.entries(files)) {
      ids.set(path, (await memories.remember(text)).id);
    }
    await memories.settled();
  });

  afterAll(() => bench.end());

  it.each(questions)("the text of %s is found by words for %j", async (path, query) => {
    const { hits } = await memories.recall(query, { k: 100, minScore: 0, why: true });
    const hit = hits.find(({ memory }) => memory.id === ids.get(path));
    expect(hit?.why?.words).toBeGreaterThan(0);
  });
});
