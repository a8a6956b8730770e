/**
 * Our WordPiece tokeniser against the library it equals, on the same texts, one CPU-second against
 * another: the library ("library"), the addon text by text ("encode") and in one batch off the
 * JavaScript thread ("count"), and the C++ core without Node ("core", when g++ is there).
 * Each contender runs in a process of its own after one pass to warm up; all must find the same
 * number of tokens. CPU time is the whole process's, the library's garbage collection included.
 *
 * node bench/tokenizer/tokenizer.ts --data EVALUATION_FOLDER | --tree SOURCE_FOLDER [--seconds 5]
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { endianness, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readTokenizer } from "../../src/models/tokenizer-json.ts";
import { loadBinding } from "../../src/native/load.ts";
import type { WordPieceSpec } from "../../src/ports/tokenizer.ts";
import { functionsOf, piecesOf } from "./texts.ts";

const root = join(import.meta.dirname, "..", "..");
const model = join(root, "models", "all-minilm-l6-v2", "tokenizer.json");
const contenders = ["library", "encode", "count", "core"] as const;
type Contender = (typeof contenders)[number];

interface Result {
  /** Of one pass over all texts, without special tokens. */
  tokens: number;
  passes: number;
  cpuSeconds: number;
  loadMs: number;
  /** Bytes the C++ tokeniser holds; only the core says. */
  heldBytes?: number;
}

const { values } = parseArgs({
  options: {
    data: { type: "string" },
    tree: { type: "string" },
    seconds: { type: "string", default: "5" },
    contender: { type: "string" },
  },
});

function textsOf(): string[] {
  if (values.data !== undefined) return functionsOf(values.data);
  if (values.tree !== undefined) return piecesOf(values.tree);
  throw new Error(
    "Expected --data EVALUATION_FOLDER (CoSQA functions) or --tree SOURCE_FOLDER, received neither.",
  );
}

async function specOf(): Promise<WordPieceSpec> {
  const tokenizer = await readTokenizer(model);
  if (tokenizer.kind !== "wordpiece") throw new Error(`${model} is no BERT WordPiece`);
  return tokenizer.spec;
}

/** CPU-seconds each contender is measured for, at least one pass. */
const seconds = Number(values.seconds);

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

type Pass = () => number | Promise<number>;

async function passOf(contender: Contender, texts: string[]): Promise<Pass> {
  if (contender === "library") {
    const { Tokenizer } = await import("@huggingface/tokenizers");
    const tokenizer = new Tokenizer(JSON.parse(readFileSync(model, "utf8")) as never, {} as never);
    return () => texts.reduce((sum, text) => sum + tokenizer.encode(text).ids.length - 2, 0);
  }
  const tokenizer = new (loadBinding().Tokenizer)(await specOf());
  if (contender === "encode")
    return () => texts.reduce((sum, text) => sum + tokenizer.encode(text, 0).length - 2, 0);
  return async () => (await tokenizer.count(texts)).reduce((sum, count) => sum + count, 0);
}

async function measure(contender: Contender, texts: string[]): Promise<Result> {
  const loadStart = cpuSeconds();
  const pass = await passOf(contender, texts);
  const loadMs = (cpuSeconds() - loadStart) * 1_000;
  const tokens = await pass();
  const start = cpuSeconds();
  let passes = 0;
  let spent = 0;
  while (passes === 0 || spent < seconds) {
    if ((await pass()) !== tokens) throw new Error(`${contender} is not the same at every pass`);
    passes++;
    spent = cpuSeconds() - start;
  }
  return { tokens, passes, cpuSeconds: spent, loadMs };
}

/** Undefined when there is no compiler, or when the loop cannot be given the model's settings. */
async function measureCore(texts: string[]): Promise<Result | undefined> {
  const compiler = "g++";
  if (spawnSync(compiler, ["--version"]).status !== 0) return undefined;
  const spec = await specOf();
  const folder = mkdtempSync(join(tmpdir(), "haypile-tokenizer-bench-"));
  const at = (name: string): string => join(folder, name);
  try {
    const sources = ["added_tokens", "byte_trie", "text_normaliser", "unicode", "wordpiece"].map(
      (name) => join(root, "native", "core", `${name}.cc`),
    );
    const loop = join(import.meta.dirname, "loop.cc");
    const include = join(root, "native");
    execFileSync(
      compiler,
      "-std=c++17 -O3 -DNDEBUG -I".split(" ").concat(include, loop, sources, "-o", at("loop")),
    );
    writeFileSync(at("vocabulary"), spec.vocabulary);
    writeFileSync(at("added"), spec.addedTokens.map((t) => `${t.id} ${t.content}\n`).join(""));
    writeFileSync(
      at("texts"),
      Buffer.concat(
        texts.flatMap((text) => {
          const bytes = Buffer.from(text, "utf8");
          const length = Buffer.alloc(4);
          if (endianness() === "LE") length.writeUInt32LE(bytes.length);
          else length.writeUInt32BE(bytes.length);
          return [length, bytes];
        }),
      ),
    );
    const ids = [spec.unknownId, spec.classifyId, spec.separateId].map(String);
    const input = [at("vocabulary"), at("added"), at("texts"), String(seconds), ...ids];
    return JSON.parse(execFileSync(at("loop"), input).toString()) as Result;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function compare(texts: string[]): Promise<void> {
  const host = loadBinding().hostInfo();
  const characters = texts.reduce((sum, text) => sum + text.length, 0);
  process.stdout.write(
    `${host.cpuModel} (${host.cpuFeatures.join(" ")}), Node ${process.version}; ` +
      `${texts.length} texts, ${characters} characters\n`,
  );
  let library: Result | undefined;
  for (const contender of contenders) {
    const again = [import.meta.filename, ...process.argv.slice(2), "--contender", contender];
    const result = JSON.parse(execFileSync(process.execPath, again).toString()) as Result | null;
    if (result === null) {
      process.stdout.write(`${contender}: left out, there is no g++\n`);
      continue;
    }
    library ??= result;
    if (result.tokens !== library.tokens)
      throw new Error(`${contender} found ${result.tokens} tokens, the library ${library.tokens}`);
    const rate = (one: Result): number => (one.tokens * one.passes) / one.cpuSeconds;
    process.stdout.write(
      `${JSON.stringify({
        contender,
        tokens: result.tokens,
        "tokens/CPU-second": Math.round(rate(result)),
        "times the library": Number((rate(result) / rate(library)).toFixed(1)),
        "load ms": Math.round(result.loadMs),
        ...(result.heldBytes === undefined ? {} : { "held bytes": result.heldBytes }),
      })}\n`,
    );
  }
}

async function main(): Promise<void> {
  const texts = textsOf();
  if (texts.length === 0) throw new Error("Expected some texts, found none there.");
  const contender = values.contender as Contender | undefined;
  if (contender === undefined) return compare(texts);
  const measured = contender === "core" ? measureCore(texts) : measure(contender, texts);
  process.stdout.write(JSON.stringify((await measured) ?? null));
}

await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
