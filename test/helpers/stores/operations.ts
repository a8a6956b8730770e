/*
 * Operations and questions on memories, made up from a seed: plain values, so that a run can be told, repeated and made
 * shorter. Memories are named by their place among all that were ever made ("pick", 0 to 1), so that a list still means something
 * when some of it is left out.
 */
import type { MemoryFilter, RememberOptions } from "../../../src/ports/memories.ts";
import { memoryKinds, memoryOrders, memorySources } from "../../../src/ports/memories.ts";
import { seededRandom, zipf } from "../random.ts";

export interface Operation {
  what: keyof typeof makers;
  /** Before it the clock goes on, milliseconds. */
  afterMs: number;
  /** Ids that are made in it follow from this. */
  seed: number;
  given: Record<string, unknown>;
}

export interface Maker {
  random: () => number;
  word(): string;
  text(): string;
  query(): string;
  filter(): MemoryFilter;
  options(): RememberOptions;
}

const writes = {
  remember: 14,
  rememberMany: 4,
  update: 6,
  updateWas: 2,
  merge: 2,
  unmerge: 1,
  forget: 4,
  forgetWhere: 1,
  undelete: 2,
  undeleteAt: 1,
  link: 2,
  dismiss: 1,
  verify: 2,
  edit: 2,
  collect: 1,
  import: 1,
};
const questions = {
  recall: 28,
  list: 12,
  get: 3,
  history: 2,
  duplicates: 1,
  unverified: 1,
  anchored: 2,
  stats: 1,
  removed: 1,
  export: 1,
};

const makers = { ...writes, ...questions };

export const isWrite = (what: Operation["what"]): boolean => what in writes;

const namespaces = ["default", "team/alpha", "größe", "small"];
const tags = ["Deploy", "auth", "naïve", "日本", "a b", "100%", "x_y", "o'hara", "back\\slash"];
const stems = `deploy server token cache memory index search vector query schema migrate
  rollback incident meeting decision prefer colour budget release branch merge commit review python typescript postgres sqlite
  latency throughput customer invoice payment refund holiday berlin tokyo coffee bicycle garden window thread socket
  certificate password policy retention quota namespace project build test fixture flake timeout retry queue worker`.split(
  /\s+/u,
);
const endings = ["", "s", "ed", "ing", "er"];
const odd = [
  "größer",
  "naïve",
  "東京",
  "メモ",
  "🚲",
  "C++",
  "foo_bar",
  "fooBar",
  "v1.2.3",
  "O'Hara",
  "100%",
  "\u0000",
];
const day = 24 * 3_600_000;

export const firstTime = Date.UTC(2026, 0, 5, 9);

export function makeOperations(seed: number, count: number): Operation[] {
  const random = seededRandom(seed);
  const maker = makerOf(random);
  const names = Object.entries(makers).flatMap(([name, share]) =>
    Array.from({ length: share }, () => name as Operation["what"]),
  );
  return Array.from({ length: count }, (_, at) => {
    // Something has to be there before it is asked for.
    const what =
      at < 10 ? "remember" : (names[Math.floor(random() * names.length)] as Operation["what"]);
    const afterMs =
      random() < 0.02 ? Math.floor(random() * 40 * day) : 1 + Math.floor(random() * 20_000);
    return { what, afterMs, seed: Math.floor(random() * 2 ** 31), given: givenTo(what, maker) };
  });
}

function givenTo(what: Operation["what"], maker: Maker): Record<string, unknown> {
  const { random, word, text, query, filter, options } = maker;
  const chance = (share: number): boolean => random() < share;
  switch (what) {
    case "remember":
      return {
        text: text(),
        options: options(),
        ...(chance(0.12) ? { replaces: random() } : {}),
        ...(chance(0.15) ? { again: random() } : {}),
      };
    case "rememberMany":
      return {
        items: Array.from({ length: 2 + Math.floor(random() * 6) }, () => ({
          text: text(),
          ...options(),
        })),
      };
    case "update":
      return { pick: random(), change: { ...(chance(0.6) ? { text: text() } : {}), ...options() } };
    case "updateWas":
      return { pick: random(), change: { text: text(), was: { pinned: chance(0.2) } } };
    case "merge":
      return { picks: [random(), random(), ...(chance(0.3) ? [random()] : [])] };
    case "forget":
      return { pick: random(), hard: chance(0.3) };
    case "forgetWhere":
      return { filter: { ...filter(), text: word() }, hard: chance(0.3) };
    case "link":
      return { picks: [random(), random()], relation: chance(0.5) ? "next" : "belongs to" };
    case "dismiss":
      return { picks: [random(), random()], undo: chance(0.2) };
    case "edit":
      return { path: pathOf(random) };
    case "import":
      return {
        lines: Array.from({ length: 1 + Math.floor(random() * 4) }, () =>
          JSON.stringify({ text: text(), tags: ["imported"] }),
        ),
      };
    case "recall":
      return {
        query: chance(0.05) ? "" : query(),
        options: {
          ...filter(),
          ...(chance(0.7) ? { k: 1 + Math.floor(random() * 20) } : {}),
          ...(chance(0.4) ? { minScore: 0 } : {}),
          ...(chance(0.2) ? { neighbours: 1 + Math.floor(random() * 3) } : {}),
          ...(chance(0.3) ? { maxTokens: 20 + Math.floor(random() * 400) } : {}),
          why: chance(0.5),
        },
        ...(chance(0.15) ? { asOf: random() } : {}),
      };
    case "list":
      return {
        options: {
          ...filter(),
          ...(chance(0.6) ? { order: one(memoryOrders, random) } : {}),
          limit: 1 + Math.floor(random() * 30),
          ...(chance(0.2) ? { skip: Math.floor(random() * 40) } : {}),
          ...(chance(0.2) ? { textLimit: 20 } : {}),
        },
        pages: 1 + Math.floor(random() * 4),
        ...(chance(0.15) ? { asOf: random() } : {}),
      };
    case "get":
      return { pick: random(), ...(chance(0.4) ? { asOf: random() } : {}) };
    case "anchored":
      return { anchors: [{ path: pathOf(random) }] };
    case "export":
      return { filter: filter() };
    default:
      return { pick: random() };
  }
}

function one<T>(all: readonly T[], random: () => number): T {
  return all[Math.floor(random() * all.length)] as T;
}

function pathOf(random: () => number): string {
  return `/srv/app/file${Math.floor(random() * 6)}.ts`;
}

function makerOf(random: () => number): Maker {
  const rank = zipf(stems.length, 0.9, random);
  const chance = (share: number): boolean => random() < share;
  const word = (): string =>
    chance(0.06) ? one(odd, random) : `${stems[rank()]}${one(endings, random)}`;
  const words = (count: number): string => Array.from({ length: count }, word).join(" ");
  const text = (): string => {
    if (chance(0.03)) return Array.from({ length: 30 }, () => `${words(12)}.`).join(" ");
    const said = words(4 + Math.floor(random() * 16));
    return chance(0.05) ? `'; DROP TABLE memories; -- ${said}` : said;
  };
  const when = (): string =>
    new Date(firstTime + Math.floor((random() - 0.3) * 90) * day).toISOString();
  const someTags = (): string[] =>
    Array.from({ length: 1 + Math.floor(random() * 2) }, () => one(tags, random));
  return {
    random,
    word,
    text,
    query: () => words(1 + Math.floor(random() * 4)),
    options: () => ({
      ...(chance(0.6) ? { namespace: one(namespaces, random) } : {}),
      ...(chance(0.5) ? { tags: someTags() } : {}),
      ...(chance(0.6) ? { kind: one(memoryKinds, random) } : {}),
      ...(chance(0.3) ? { source: one(memorySources, random) } : {}),
      ...(chance(0.3) ? { importance: Math.round(random() * 10) / 10 } : {}),
      ...(chance(0.05) ? { pinned: true } : {}),
      ...(chance(0.2) ? { validFrom: when() } : {}),
      ...(chance(0.2) ? { expires: chance(0.2) ? "never" : when() } : {}),
      ...(chance(0.15)
        ? { anchors: [{ path: pathOf(random), ...(chance(0.5) ? { symbol: "run" } : {}) }] }
        : {}),
      ...(chance(0.3) ? { onDuplicate: one(["merge", "link", "keep"] as const, random) } : {}),
    }),
    filter: () => ({
      ...(chance(0.5)
        ? { namespace: chance(0.3) ? namespaces.slice(0, 2) : one(namespaces, random) }
        : {}),
      ...(chance(0.2) ? { tags: { [one(["any", "all", "not"], random)]: someTags() } } : {}),
      ...(chance(0.2)
        ? { kind: chance(0.5) ? [one(memoryKinds, random), "note"] : one(memoryKinds, random) }
        : {}),
      ...(chance(0.1) ? { source: one(memorySources, random) } : {}),
      ...(chance(0.1) ? { since: when() } : {}),
      ...(chance(0.1) ? { until: when() } : {}),
      ...(chance(0.1) ? { text: words(1) } : {}),
      ...(chance(0.05) ? { pinned: chance(0.5) } : {}),
      ...(chance(0.05) ? { expiresBefore: when() } : {}),
    }),
  };
}
