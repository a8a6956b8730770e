/*
 * The process that parses: one file at a time, each under a limit of work. The limit counts steps of the
 * parser, so that a file has its tree or has none whatever else the machine does. It is a process and not a
 * thread because V8's optimising compiler needs up to 700 MB for the lexers of some grammars (their
 * process runs with --liftoff-only), because a grammar may crash, and because all its memory goes
 * back when it ends. It ends with its parent.
 */
import { Language, Parser, Query } from "web-tree-sitter";
import { readSystemText } from "../base/files/read-file.ts";
import type { ParseOutcome } from "../ports/syntax.ts";
import { ownCpuMs } from "./cpu-time.ts";
import { extract, type Grammar } from "./extract.ts";
import { readGrammar } from "./grammars.ts";
import { syntaxOf } from "./languages/index.ts";
import type { SyntaxLanguage } from "./languages/language.ts";
import { CompiledRules } from "./names/rules.ts";
import { nameRules } from "./uses/index.ts";

export interface ParseRequest {
  id: number;
  path: string;
  language: string;
  text: string;
}

/** Sent as JSON. */
export interface ParseAnswer {
  id: number;
  outcome: ParseOutcome;
  /** This process has as much memory as it may: another one shall take over. */
  isFull?: boolean | undefined;
  /** Resident memory, bytes, where the parent cannot read it by itself. */
  rssBytes?: number | undefined;
}

const [grammars = "", steps = "0", cpu = "0", most = "0"] = process.argv.slice(2);
const mostBytes = Number(most);
const mostSteps = Number(steps);
const mostCpuMs = Number(cpu);

interface Loaded extends Grammar {
  parser: Parser;
}

/** Promises, since requests come in while the first of a language still loads. */
const loaded = new Map<string, Promise<Loaded | undefined>>();
const ready = Parser.init();

function load(language: SyntaxLanguage): Promise<Loaded | undefined> {
  let entry = loaded.get(language.name);
  if (entry === undefined) {
    // Missing or damaged: its files are cut by their lines, and counted.
    entry = loadNow(language).catch(() => undefined);
    loaded.set(language.name, entry);
  }
  return entry;
}

async function loadNow(language: SyntaxLanguage): Promise<Loaded> {
  await ready;
  const grammar = await Language.load(await readGrammar(grammars, language.grammar));
  const parser = new Parser();
  parser.setLanguage(grammar);
  const query = new Query(grammar, language.query + (language.uses ?? ""));
  const said = nameRules[language.grammar];
  const rules = said === undefined ? undefined : new CompiledRules(grammar, said);
  const { topQuery } = language;
  const top = topQuery === undefined ? undefined : new Query(grammar, topQuery);
  return { parser, language, query, top, rules };
}

async function parse({ path, language, text }: ParseRequest): Promise<ParseOutcome> {
  const syntax = syntaxOf(language, path, text);
  if (syntax === undefined) return { failed: "no-grammar" };
  const entry = await load(syntax);
  if (entry === undefined) return { failed: "grammar-failed" };
  const isOver = workLimit();
  const { parser } = entry;
  const tree = parser.parse(syntax.prepare?.(text) ?? text, null, { progressCallback: isOver });
  if (tree === null) {
    parser.reset();
    return { failed: "too-slow" };
  }
  try {
    const parsed = extract(tree, entry, text, isOver);
    // Of a query that was stopped there are matches, and some are missing.
    return isOver() ? { failed: "too-slow" } : { parsed };
  } finally {
    tree.delete();
  }
}

/** Steps between two looks at the clock: a step is tree-sitter's, a hundred operations. */
const stepsPerLook = 64;

/** True from the moment on that a file has had its share. CPU time counts where a step takes very long. */
function workLimit(): () => boolean {
  const begunMs = ownCpuMs();
  let step = 0;
  let isOver = false;
  return () => {
    step += 1;
    if (step > mostSteps) isOver = true;
    else if (step % stepsPerLook === 0 && ownCpuMs() - begunMs > mostCpuMs) isOver = true;
    return isOver;
  };
}

/** Fewer are not worth a new process, unless it grows far beyond its bound: it loads its grammars anew. */
const fewestFiles = 64;
let answered = 0;
/** Set with the last answer: what else was sent goes to the next process. */
let isLeaving = false;

/** Memory that is no page of a file, bytes; where the system does not say, all of it. */
function ownBytes(): number {
  try {
    const [, resident = 0, shared = 0] = readSystemText("/proc/self/statm").split(" ").map(Number);
    return (resident - shared) * 4096;
  } catch {
    return process.memoryUsage.rss();
  }
}

function answer(id: number, outcome: ParseOutcome): void {
  // As text: the parent reads JSON several times as fast as the channel's own form of objects.
  answered += 1;
  const isFull =
    mostBytes > 0 && ownBytes() > (answered < fewestFiles ? mostBytes * 1.4 : mostBytes);
  const rss = process.platform === "linux" ? {} : { rssBytes: process.memoryUsage.rss() };
  const said: ParseAnswer = { id, outcome, ...(isFull && { isFull }), ...rss };
  process.send?.(JSON.stringify(said));
  if (isFull) isLeaving = true;
}

process.on("message", (request: ParseRequest) => {
  if (isLeaving) return;
  parse(request).then(
    (outcome) => answer(request.id, outcome),
    () => answer(request.id, { failed: "parser-died" }),
  );
});
process.on("disconnect", () => process.exit());
// Ctrl-C goes to the whole group: the parent decides.
process.on("SIGINT", () => {});
if (process.platform === "win32") process.on("SIGBREAK", () => {});
