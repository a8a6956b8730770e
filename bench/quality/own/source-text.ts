/*
 * Texts that sets of memories are made of, one file for each domain (texts/, written for Haypile, Apache-2.0).
 *
 *   # name | learn                   the domain and the split that all of it belongs to
 *   [facts] [preferences] …          blocks, parted by empty lines: a memory, then what it answers
 *   < text                           said before, and no longer so: it belongs to the next memory
 *   ? question                       in words of the memory
 *   ~ question                       in other words
 *   [series] name | days | first day each line an entry, so many days apart; "?" lines have {when} in them
 *   [dialogue]                       turns in order; "?" and "~" ask for the turn above
 *   [talk]                           paragraphs for long messages
 *   [none]                           questions on the subject that nothing answers
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const splits = ["learn", "check", "report"] as const;
export type Split = (typeof splits)[number];

export const blockKinds = [
  "facts",
  "preferences",
  "procedures",
  "updates",
  "negations",
  "numbers",
  "people",
] as const;
export type BlockKind = (typeof blockKinds)[number];

export interface Asked {
  text: string;
  /** Few of its words are in the answer. */
  isFar: boolean;
}

export interface Fact {
  kind: BlockKind;
  text: string;
  /** What was said before, and is no longer so. */
  older: string | undefined;
  asked: Asked[];
}

export interface Turn {
  text: string;
  asked: Asked[];
}

export interface Series {
  name: string;
  /** Days from one entry to the next. */
  every: number;
  /** YYYY-MM-DD */
  first: string;
  asked: string[];
  entries: string[];
}

export interface Domain {
  name: string;
  split: Split;
  facts: Fact[];
  series: Series[];
  dialogue: Turn[];
  talk: string[];
  none: string[];
}

const folder = join(import.meta.dirname, "texts");

/** All domains, or those of a split. @throws Error where a file does not have the form above */
export function readDomains(split?: Split): Domain[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".txt"))
    .sort()
    .map((file) => readDomain(readFileSync(join(folder, file), "utf8")))
    .filter((domain) => split === undefined || domain.split === split);
}

/** Questions that no domain answers. */
export function readFarQuestions(): string[] {
  return readFileSync(join(folder, "far-questions.list"), "utf8").trim().split("\n");
}

/** What people say in between, and answers nothing. */
export function readSmallTalk(): string[] {
  return readFileSync(join(folder, "small-talk.list"), "utf8").trim().split("\n");
}

export function readDomain(text: string): Domain {
  const [head = "", ...lines] = text.split("\n");
  const [, name = "", split = ""] = /^# (\S+) \| (\w+)$/.exec(head) ?? [];
  if (!splits.includes(split as Split)) throw new Error(`Expected "# name | split": ${head}`);
  const domain: Domain = {
    name,
    split: split as Split,
    facts: [],
    series: [],
    dialogue: [],
    talk: [],
    none: [],
  };
  let section = "";
  let older: string | undefined;
  for (const line of lines) {
    const [, opened, rest] = /^\[(\w+)\] ?(.*)$/.exec(line) ?? [];
    if (opened !== undefined) {
      section = opened;
      if (section === "series") domain.series.push(seriesOf(rest ?? ""));
    } else if (line.startsWith("< ")) older = line.slice(2);
    else if (line !== "") {
      add(domain, section, line, older);
      if (!/^[?~] /.test(line)) older = undefined;
    }
  }
  return domain;
}

function seriesOf(rest: string): Series {
  const [name = "", every = "", first = ""] = rest.split(" | ");
  if (!(Number(every) > 0) || Number.isNaN(Date.parse(first))) throw new Error(`Series: ${rest}`);
  return { name, every: Number(every), first, asked: [], entries: [] };
}

function add(domain: Domain, section: string, line: string, older: string | undefined): void {
  const isAsked = /^[?~] /.test(line);
  const asked: Asked = { text: line.slice(2), isFar: line.startsWith("~") };
  if (section === "talk") domain.talk.push(line);
  else if (section === "none") domain.none.push(line);
  else if (section === "series") {
    const series = domain.series.at(-1) as Series;
    if (isAsked) series.asked.push(asked.text);
    else series.entries.push(line);
  } else if (section === "dialogue") {
    if (isAsked) domain.dialogue.at(-1)?.asked.push(asked);
    else domain.dialogue.push({ text: line, asked: [] });
  } else if (blockKinds.includes(section as BlockKind)) {
    if (isAsked) domain.facts.at(-1)?.asked.push(asked);
    else domain.facts.push({ kind: section as BlockKind, text: line, older, asked: [] });
  } else throw new Error(`${domain.name}: no section for "${line}"`);
}
