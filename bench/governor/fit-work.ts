/*
 * Fits the numbers of src/governor/work-prediction.ts: the most that a parse process has for itself, by
 * the length of the file.
 *   node bench/governor/fit-work.ts
 * Each parse has a process of its own, as under a limit; its peak is VmHWM without pages of files.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parsePeakBytes } from "../../src/governor/work-prediction.ts";
import { grammarsFolder } from "../../src/syntax/grammars.ts";
import { TreeSitterParser } from "../../src/syntax/parser.ts";
import { argument, filesBelow, keepRows, printMachine, repository, say } from "../common.ts";

const samples: Record<string, { path: string; text: string }> = {
  python: {
    path: "a.py",
    text: `def price_N(order, rate=2):\n    """What it costs."""\n    if order.count > N:\n        return [x * rate for x in order.items()]\n    return order.count * rate\n\n\n`,
  },
  javascript: {
    path: "a.js",
    text: "export function price_N(order, rate = 2) {\n  if (order.count > N) return order.items.map((x) => x * rate);\n  return order.count * rate;\n}\n\n",
  },
  typescript: {
    path: "a.ts",
    text: "export function price_N(order: Order, rate = 2): number {\n  if (order.count > N) return order.items.map((x) => x * rate).length;\n  return order.count * rate;\n}\n\n",
  },
  java: {
    path: "A.java",
    text: "class PriceN {\n  int price(Order order, int rate) {\n    if (order.count > N) return order.items.size() * rate;\n    return order.count * rate;\n  }\n}\n\n",
  },
  go: {
    path: "a.go",
    text: "func priceN(order Order, rate int) int {\n\tif order.Count > N {\n\t\treturn len(order.Items) * rate\n\t}\n\treturn order.Count * rate\n}\n\n",
  },
  c: {
    path: "a.c",
    text: "int price_N(struct order *order, int rate) {\n  if (order->count > N) return order->items[N] * rate;\n  return order->count * rate;\n}\n\n",
  },
  cpp: {
    path: "a.cpp",
    text: "class PriceN { public: int price(const Order &order, int rate) {\n  if (order.count > N) return order.items[N] * rate;\n  return order.count * rate;\n} };\n\n",
  },
  rust: {
    path: "a.rs",
    text: "fn price_N(order: &Order, rate: usize) -> usize {\n    if order.count > N {\n        return order.items.len() * rate;\n    }\n    order.count * rate\n}\n\n",
  },
};

interface Row {
  language: string;
  chars: number;
  outcome: string;
  bytes: number;
  predicted: number;
}

async function measure(language: string, path: string, text: string): Promise<Row> {
  const parser = new TreeSitterParser({
    grammars: grammarsFolder(),
    // As under a limit, but never handed over to another process.
    oneProcessBytes: 1e9,
  });
  try {
    const outcome = await parser.parse({ path, language, text });
    const status = readFileSync(`/proc/${parser.pids[0]}/status`, "utf8");
    const kb = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]);
    const bytes = (kb("VmHWM") - kb("RssFile") - kb("RssShmem")) * 1024;
    const failed = "failed" in outcome ? outcome.failed : "parsed";
    const predicted = parsePeakBytes(language, text.length);
    return { language, chars: text.length, outcome: failed, bytes, predicted };
  } finally {
    await parser.close();
  }
}

const here = printMachine();
const rows: Row[] = [];
const lengths = argument("--chars", "1000,100000,300000,900000").split(",").map(Number);
for (const [language, { path, text }] of Object.entries(samples)) {
  for (const chars of lengths) {
    const times = Math.ceil(chars / text.length);
    const whole = Array.from({ length: times }, (_, i) => text.replaceAll("N", String(i))).join("");
    rows.push(await measure(language, path, whole.slice(0, chars)));
  }
}
// Files of this repository, which no number was fitted to.
const own = filesBelow(join(repository, "src"))
  .filter((path) => path.endsWith(".ts"))
  .slice(0, 12)
  .map((path) => readFileSync(path, "utf8"));
rows.push(await measure("typescript", "own.ts", own.join("\n")));
say("language     chars   outcome    peak MB   predicted     off");
for (const { language, chars, outcome, bytes, predicted } of rows) {
  const mb = (value: number): string => (value / 1e6).toFixed(1).padStart(8);
  const off = ((100 * (predicted - bytes)) / bytes).toFixed(1).padStart(7);
  say(
    `${language.padEnd(10)} ${String(chars).padStart(7)} ${outcome.padStart(9)} ${mb(bytes)} ${mb(predicted)} ${off} %`,
  );
}
keepRows("governor-fit-work", here, rows);
