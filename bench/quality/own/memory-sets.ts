/*
 * Sets of memories out of the texts of the domains: short facts (older ones contradicted by newer), all domains of a
 * split pooled, meeting notes, long chats, turns of conversations, and entries that only their day tells apart. The same
 * in every run. A domain belongs to one split, and so does whatever is made of it.
 */
import type { RecallSet } from "../recall-sets.ts";
import { dayAndMonth, dayMs, noonOf, whensAt } from "./dates.ts";
import { oneOf, randomOf, shuffled, spread } from "./random.ts";
import {
  type BlockKind,
  type Domain,
  type Fact,
  readDomains,
  readFarQuestions,
  readSmallTalk,
  type Series,
  type Split,
} from "./source-text.ts";

type Memory = RecallSet["memories"][number];
type Question = RecallSet["questions"][number];

const firstDay = noonOf("2026-01-05");
/** When all is asked that asks for no day. */
const usualAskedAt = noonOf("2026-07-01");

const kindOf: Readonly<Record<BlockKind, Memory["kind"]>> = {
  facts: "fact",
  preferences: "preference",
  procedures: "note",
  updates: "fact",
  negations: "fact",
  numbers: "fact",
  people: "note",
};

const iso = (at: number): string => new Date(at).toISOString();

/** @param most questions of each group, spread evenly */
export function ownRecallSets(split: Split, most = Number.POSITIVE_INFINITY): RecallSet[] {
  const domains = readDomains(split);
  if (domains.length === 0) throw new Error(`No domain belongs to "${split}".`);
  const perDomain = [factsOf, notesOf, chatOf, turnsOf, datesOf].flatMap((make) => {
    const sets = domains.map((domain) => make(domain, domains));
    const share = Math.max(1, Math.round(most / sets.length));
    return sets.map((set) => ({ ...set, questions: spread(set.questions, share) }));
  });
  const pooled = pool(domains);
  return [...perDomain, { ...pooled, questions: spread(pooled.questions, most) }];
}

const nameOf = (what: string, { name, split }: Domain): Pick<RecallSet, "name" | "group"> => ({
  name: `own ${what} ${name}`,
  group: `own ${what}, ${split}`,
});

function noneOf(domain: Domain): RecallSet["none"] {
  return { near: domain.none, far: spread(readFarQuestions(), 12) };
}

/** Questions of one fact, for the memory that has it. */
function asks(fact: Fact, gold: string, older: string | undefined): Question[] {
  return fact.asked.map(({ text, isFar }) => ({
    text,
    gold: new Set([gold]),
    ...(older !== undefined && { older: new Set([older]) }),
    askedAt: usualAskedAt,
    kind: isFar ? `${fact.kind}, other words` : fact.kind,
  }));
}

function factsOf(domain: Domain): RecallSet {
  const random = randomOf(`facts ${domain.name}`);
  const memories: Memory[] = [];
  const questions: Question[] = [];
  for (const [at, fact] of domain.facts.entries()) {
    const id = `${domain.name} ${at}`;
    const created = firstDay + Math.floor(30 + random() * 120) * dayMs;
    const older = fact.older === undefined ? undefined : `${id} older`;
    const kind = kindOf[fact.kind];
    memories.push({ id, text: fact.text, kind, createdAt: iso(created) });
    if (older !== undefined && fact.older !== undefined) {
      const before = created - Math.floor(5 + random() * 25) * dayMs;
      memories.push({ id: older, text: fact.older, kind, createdAt: iso(before) });
    }
    questions.push(...asks(fact, id, older));
  }
  return {
    ...nameOf("facts", domain),
    memories: memories.sort(byAge),
    questions,
    none: noneOf(domain),
  };
}

const byAge = (a: Memory, b: Memory): number =>
  (a.createdAt ?? "").localeCompare(b.createdAt ?? "") || a.id.localeCompare(b.id);

/** Facts of all domains in one namespace. */
function pool(domains: readonly Domain[]): RecallSet {
  const sets = domains.map((domain) => factsOf(domain));
  return {
    ...nameOf("pooled", domains[0] as Domain),
    memories: sets.flatMap((set) => set.memories).sort(byAge),
    questions: sets.flatMap((set) => set.questions),
    none: { near: domains.flatMap(({ none }) => none), far: readFarQuestions() },
  };
}

/** Notes of meetings: three to six points, of which each answers other questions; what changed was said in an earlier one. */
function notesOf(domain: Domain): RecallSet {
  const random = randomOf(`notes ${domain.name}`);
  const points = shuffled(domain.facts, random);
  const heads = [
    (day: string): string => `Notes of ${day}`,
    (day: string): string => `${domain.name}, meeting of ${day}\nPresent: all but two.`,
    (day: string): string => `# Protocol, ${day}`,
    (day: string): string => `What we talked about on ${day}:`,
  ];
  const olders = points.filter(({ older }) => older !== undefined);
  const groups: { texts: string[]; facts: Fact[]; isEarly: boolean }[] = [];
  for (let at = 0; at < points.length; ) {
    const facts = points.slice(at, at + 3 + Math.floor(random() * 4));
    groups.push({ texts: facts.map(({ text }) => text), facts, isEarly: false });
    at += facts.length;
  }
  for (let at = 0; at < olders.length; at += 3) {
    const facts = olders.slice(at, at + 3);
    const entries = oneOf(domain.series, random).entries;
    const texts = [
      ...facts.map(({ older }) => older ?? ""),
      ...shuffled(entries, random).slice(0, 2),
    ];
    groups.unshift({ texts, facts, isEarly: true });
  }
  const before = new Map<Fact, string>();
  const memories: Memory[] = [];
  const questions: Question[] = [];
  for (const [at, { texts, facts, isEarly }] of groups.entries()) {
    const id = `${domain.name} notes ${at}`;
    const created = firstDay + at * 9 * dayMs;
    const body = shuffled(texts, random).map((text) => `- ${text}`);
    const open = random() < 0.5 ? [`- ${oneOf(domain.series, random).name}: nothing new`] : [];
    const head = oneOf(heads, random)(dayAndMonth(created));
    const text = [head, "", ...body, ...open].join("\n");
    memories.push({ id, text, kind: "note", createdAt: iso(created) });
    for (const fact of facts) {
      if (isEarly) before.set(fact, id);
      else questions.push(...asks(fact, id, before.get(fact)));
    }
  }
  return { ...nameOf("notes", domain), memories, questions, none: noneOf(domain) };
}

const sentencesOf = (domain: Domain): string[] =>
  domain.talk.flatMap((paragraph) => paragraph.split(/(?<=[.?!]) (?=[A-Z])/));

const openings = [
  "I have been thinking about this for a while.",
  "Here is where we stand.",
  "Sorry for the long message.",
  "Thanks, that was useful.",
  "One more thing before I forget it.",
];
const replies = [
  "Let me take this step by step.",
  "That makes sense, and there are a few things to weigh.",
  "Good question.",
  "Here is a summary of what we have so far.",
  "I would look at it from two sides.",
];
const wishes = [
  "What would you do?",
  "Can you make a plan out of that?",
  "Please keep it in mind.",
  "What am I missing?",
  "How would you put that to the others?",
];

/** A person and an assistant, messages of ten words and of several hundred; facts stand anywhere in them. */
function chatOf(domain: Domain, others: readonly Domain[]): RecallSet {
  const random = randomOf(`chat ${domain.name}`);
  const near = sentencesOf(domain);
  const far = others.filter((one) => one !== domain).flatMap(sentencesOf);
  const smallTalk = readSmallTalk();
  /** Sentences in paragraphs; most of them on the subject. */
  const padding = (count: number): string[] => {
    const sentences = shuffled(near, random).slice(0, Math.ceil(count * 0.6));
    sentences.push(...shuffled(far, random).slice(0, Math.floor(count * 0.4)));
    return shuffled(sentences, random);
  };
  const memories: Memory[] = [];
  const questions: Question[] = [];
  const said = (role: "user" | "assistant", text: string): string => {
    const id = `${domain.name} chat ${memories.length}`;
    const createdAt = iso(firstDay + memories.length * 7 * 3_600_000);
    memories.push({ id, text: `${role}: ${text}`, kind: "turn", createdAt });
    return id;
  };
  const long = (role: "user" | "assistant", facts: readonly string[]): string => {
    const sentences = padding(8 + Math.floor(random() * 18));
    for (const fact of facts) sentences.splice(Math.floor(random() * sentences.length), 0, fact);
    const paragraphs: string[] = [];
    for (let at = 0; at < sentences.length; ) {
      const size = 3 + Math.floor(random() * 4);
      paragraphs.push(sentences.slice(at, at + size).join(" "));
      at += size;
    }
    const first = oneOf(role === "user" ? openings : replies, random);
    const last = role === "user" ? oneOf(wishes, random) : "";
    return [`${first} ${paragraphs[0]}`, ...paragraphs.slice(1), last].filter(Boolean).join("\n\n");
  };
  const before = new Map<Fact, string>();
  const plan = shuffled(domain.facts, random);
  const olders = shuffled(
    plan.filter(({ older }) => older !== undefined),
    random,
  );
  for (const fact of olders) {
    before.set(fact, said("user", long("user", [fact.older ?? ""])));
    said("assistant", long("assistant", []));
  }
  for (let at = 0; at < plan.length; ) {
    const isLong = random() < 0.6;
    const facts = plan.slice(at, at + (isLong ? 1 + Math.floor(random() * 2) : 1));
    const texts = facts.map(({ text }) => text);
    const short = (): string =>
      `${random() < 0.5 ? `${oneOf(smallTalk, random)} ` : ""}${texts.join(" ")}`;
    const role = random() < 0.75 ? "user" : "assistant";
    if (role === "assistant") said("user", oneOf(smallTalk, random));
    const id = said(role, isLong ? long(role, texts) : short());
    if (role === "user")
      said("assistant", random() < 0.5 ? long("assistant", []) : oneOf(smallTalk, random));
    for (const fact of facts) questions.push(...asks(fact, id, before.get(fact)));
    at += facts.length;
  }
  return { ...nameOf("chats", domain), memories, questions, none: noneOf(domain) };
}

/** Turns of several people: one asks in other words, the next answers, small talk in between. */
function turnsOf(domain: Domain): RecallSet {
  const random = randomOf(`turns ${domain.name}`);
  const people = [...new Set(domain.dialogue.map(({ text }) => text.split(":")[0] ?? ""))];
  const smallTalk = readSmallTalk();
  const memories: Memory[] = [];
  const questions: Question[] = [];
  let at = firstDay;
  const said = (text: string): string => {
    const id = `${domain.name} turn ${memories.length}`;
    at += 60_000;
    memories.push({ id, text, kind: "turn", createdAt: iso(at) });
    return id;
  };
  const chat = (): void => {
    at += (1 + Math.floor(random() * 4)) * dayMs;
    for (let lines = Math.floor(random() * 4); lines > 0; lines -= 1) {
      said(`${oneOf(people, random)}: ${oneOf(smallTalk, random)}`);
    }
  };
  for (const { text, asked } of domain.dialogue) {
    const gold = said(text);
    for (const one of asked) {
      questions.push({
        text: one.text,
        gold: new Set([gold]),
        askedAt: usualAskedAt,
        kind: "dialogue",
      });
    }
  }
  for (const fact of shuffled(domain.facts, random)) {
    if (random() < 0.5) chat();
    const [asker, teller] = shuffled(people, random);
    // One wording is asked in the conversation, the others of the memory.
    const spoken = fact.asked.length > 1 && random() < 0.6 ? oneOf(fact.asked, random) : undefined;
    const start = spoken?.text ?? "";
    if (spoken !== undefined) said(`${asker}: ${start.charAt(0).toUpperCase()}${start.slice(1)}?`);
    const gold = said(`${teller}: ${fact.text}`);
    const left = { ...fact, asked: fact.asked.filter((one) => one !== spoken) };
    questions.push(...asks(left, gold, undefined));
  }
  return { ...nameOf("turns", domain), memories, questions, none: noneOf(domain) };
}

const datesAsked = 6;
const mostGold = 3;

/** Entries of a series and the facts beside them; a question names the series and a time. */
function datesOf(domain: Domain, others: readonly Domain[]): RecallSet {
  const random = randomOf(`dates ${domain.name}`);
  const style = others.indexOf(domain) % 3;
  const memories: Memory[] = factsOf(domain).memories;
  const questions: Question[] = [];
  for (const series of domain.series) {
    const entries = entriesOf(series, style, domain.name);
    memories.push(...entries);
    const first = Date.parse(entries[0]?.createdAt ?? "");
    for (let time = 0; time < datesAsked; time += 1) {
      const at = Math.floor(entries.length * (0.35 + 0.13 * time)) * series.every;
      const askedAt = first + (at + Math.floor(random() * Math.max(2, series.every))) * dayMs;
      questions.push(...datedQuestions(series, entries, askedAt, random));
    }
  }
  return {
    ...nameOf("dates", domain),
    memories: memories.sort(byAge),
    questions,
    none: noneOf(domain),
  };
}

/** The name of the series stands before the entry, with the day, or behind it. */
function entriesOf(series: Series, style: number, domain: string): Memory[] {
  return series.entries.map((entry, at) => {
    const created = noonOf(series.first) + at * series.every * dayMs;
    const texts = [
      `${series.name}: ${entry}`,
      `${series.name}, ${dayAndMonth(created)}: ${entry}`,
      `${entry} (${series.name})`,
    ];
    const text = texts[style] ?? entry;
    const id = `${domain} ${series.name} ${at}`;
    return { id, text, kind: "event", createdAt: iso(created) };
  });
}

function datedQuestions(
  series: Series,
  entries: readonly Memory[],
  askedAt: number,
  random: () => number,
): Question[] {
  const known = entries.filter(({ createdAt }) => Date.parse(createdAt ?? "") <= askedAt);
  const questions: Question[] = [];
  const ask = (said: string, gold: readonly Memory[]): void => {
    const text = oneOf(series.asked, random).replace("{when}", said);
    const names = new Set(gold.map(({ id }) => id));
    if (questions.some((one) => one.text === text)) return;
    questions.push({ text, gold: names, askedAt, kind: `dates, ${said.replace(/\d+ .*/, "day")}` });
  };
  for (const { said, from, to } of whensAt(askedAt)) {
    const gold = known.filter(({ createdAt }) => {
      const at = Date.parse(createdAt ?? "");
      return at >= from && at < to;
    });
    if (gold.length > 0 && gold.length <= mostGold) ask(said, gold);
  }
  const newest = known.at(-1);
  if (newest !== undefined) ask("the last time", [newest]);
  return spread(shuffled(questions, random), 6);
}
