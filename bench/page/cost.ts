/*
 * What open pages cost the daemon: its memory before any page, with one and with 20 open on the panels in turn, and after they
 * are closed, each as it lies and after garbage was collected. Runs what is built (dist).
 *
 *   node bench/page/cost.ts [--tree DIR] [--memories 300] [--rounds 3] [--seconds 15] [--pages 20]
 */
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { argument, keepRows, printMachine, repository, say } from "../common.ts";
import { BenchDaemon, median, openPages, startBrowser, type Taken } from "./daemon.ts";

const tree = argument("--tree", join(repository, "src", "base"));
const memories = Number(argument("--memories", "300"));
const rounds = Number(argument("--rounds", "3"));
const seconds = Number(argument("--seconds", "15"));
const many = Number(argument("--pages", "20"));
const here = printMachine();

interface Figures extends Taken {
  /** After garbage was collected. */
  collected: Taken;
  /** Share of one CPU. */
  cpu: number;
}

/** Medians of a look a second. */
async function look(daemon: BenchDaemon): Promise<Figures> {
  const seen: Taken[] = [];
  const [cpuMs, atMs] = [daemon.cpuMs(), performance.now()];
  for (let i = 0; i < seconds; i += 1) {
    await wait(1_000);
    seen.push(daemon.taken());
  }
  const cpu = (daemon.cpuMs() - cpuMs) / (performance.now() - atMs);
  await daemon.collect();
  await daemon.collect();
  const at = (of: (taken: Taken) => number): number => median(seen.map(of));
  return {
    rss: at(({ rss }) => rss),
    anon: at(({ anon }) => anon),
    pss: at(({ pss }) => pss),
    collected: daemon.taken(),
    cpu,
  };
}

const daemon = await BenchDaemon.start("cost", { tree, memories });
const browser = await startBrowser();
const rows: { state: string; round: number; figures: Figures }[] = [];
try {
  const note = async (state: string, round: number): Promise<void> => {
    const figures = await look(daemon);
    rows.push({ state, round, figures });
    const mb = (bytes: number): string => (bytes / 1e6).toFixed(1);
    const { rss, anon, collected, cpu } = figures;
    say(
      `round ${round}, ${state}: RSS ${mb(rss)} MB (anon ${mb(anon)}), collected ${mb(collected.rss)} (anon ${mb(collected.anon)}), CPU ${(100 * cpu).toFixed(2)} %`,
    );
  };
  // What the index run left is not the pages' doing.
  await daemon.collect();
  await daemon.collect();
  for (let round = 1; round <= rounds; round += 1) {
    await note("before", round);
    const closeOne = await openPages(browser, daemon, 1);
    await note("1 page", round);
    await closeOne();
    await note("after 1", round);
    const closeMany = await openPages(browser, daemon, many);
    await note(`${many} pages`, round);
    await closeMany();
    await note(`after ${many}`, round);
  }
} finally {
  await browser.close();
  await daemon.end();
}

const states = [...new Set(rows.map(({ state }) => state))];
const summary = states.map((state) => {
  const of = (pick: (figures: Figures) => number): number =>
    median(rows.filter((row) => row.state === state).map(({ figures }) => pick(figures)));
  return {
    state,
    rounds,
    rss: of(({ rss }) => rss),
    anon: of(({ anon }) => anon),
    pss: of(({ pss }) => pss),
    collectedRss: of(({ collected }) => collected.rss),
    collectedAnon: of(({ collected }) => collected.anon),
    cpu: of(({ cpu }) => cpu),
  };
});
const [before] = summary;
for (const row of summary) {
  const more = (name: "rss" | "anon" | "collectedRss" | "collectedAnon"): string =>
    `${((row[name] - (before?.[name] ?? 0)) / 1e6).toFixed(1)} MB`;
  say(
    `${row.state}, median of ${rounds}, more than before: RSS ${more("rss")}, anon ${more("anon")}; collected ${more("collectedRss")}, anon ${more("collectedAnon")}`,
  );
}
// Code of the listener is compiled, and its pages mapped in, when the first page ever comes: once in the life of a daemon.
const first = rows.find(({ state }) => state === before?.state);
const firstAfter = rows.find(({ state }) => state === `after ${many}`);
const onceOf = (name: "rss" | "anon"): number =>
  (firstAfter?.figures.collected[name] ?? 0) - (first?.figures.collected[name] ?? 0);
say(
  `left by the first pages ever: RSS ${(onceOf("rss") / 1e6).toFixed(1)} MB, anon ${(onceOf("anon") / 1e6).toFixed(1)}`,
);
const grown = rows
  .filter(({ state }) => state === `after ${many}`)
  .map(({ figures }) => figures.collected.anon);
say(
  `left after each round, collected anon: ${grown.map((bytes) => (bytes / 1e6).toFixed(1)).join(", ")} MB`,
);
keepRows("page-cost", here, summary);
