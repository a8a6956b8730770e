/*
 * What it costs to tell where the time of a call went: CPU time of the clock of one call, of the note the daemon keeps of it,
 * and bytes of a full log. Nobody listens, then one page does.
 *
 *   node bench/daemon/traces.ts [--calls 20000]
 */
import { byClock, currentClock, noStages, StageClock } from "../../src/base/stages.ts";
import { mostTraces, QueryLog } from "../../src/daemon/queries/query-log.ts";
import { Hub } from "../../src/haypile/hub.ts";
import { inTurn } from "../../src/haypile/in-turn.ts";
import { Lanes } from "../../src/haypile/lanes.ts";
import type { EndedCall } from "../../src/haypile/watched-call.ts";
import { codeCalls } from "../../src/ports/calls.ts";
import type { Haypile } from "../../src/ports/haypile.ts";
import { argument, keepRows, printMachine, say } from "../common.ts";

const here = printMachine();
const calls = Number(argument("--calls", "20000"));
const stages = [
  "turn",
  "open",
  "disk",
  "room",
  "embed",
  "words",
  "names",
  "meaning",
  "fuse",
] as const;

/** CPU microseconds of one of many. */
async function usOf(run: (at: number) => unknown): Promise<number> {
  for (let at = 0; at < 2_000; at += 1) await run(at);
  const before = process.cpuUsage();
  for (let at = 0; at < calls; at += 1) await run(at);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / calls;
}

/** As a search does it. */
function oneClock(): void {
  const clock = new StageClock();
  byClock(clock, () => {
    for (const stage of stages) clock.run(stage, () => currentClock());
    const now = performance.now();
    clock.beside.add("queue", now - 0.5, now);
    clock.beside.add("embed", now - 0.5, now);
  });
  clock.end();
}

const times = { ...noStages(), words: 1, meaning: 3, fuse: 2, show: 1, other: 1, total: 8 };
const ended = (at: number): EndedCall => ({
  ...{ name: "search", call: codeCalls.search, folder: "/home/me/work/tree" },
  args: [`question ${at}: ${"where is the retry delay computed ".repeat(8)}`],
  ...{ answer: { hits: [1, 2, 3] }, error: undefined, times, facts: {} },
});

const quiet = new QueryLog({ hub: new Hub(), keepsTexts: true });
const hub = new Hub();
const heard = new QueryLog({ hub, keepsTexts: true });
let told = 0;
hub.listen(() => {
  told += 1;
});

const ofQuiet = quiet.of("rpc", "bench");
const ofHeard = heard.of("rpc", "bench");

const answer = { hits: [], timesMs: times };
const fake = { code: () => ({ search: async () => answer }), memories: {} } as unknown as Haypile;
const plain = inTurn(fake, new Lanes(), "bench").code("/x");
const watched = inTurn(fake, new Lanes(), "bench", { onCall: quiet.of("rpc", "bench") }).code("/x");

const clockUs = await usOf(oneClock);
const noteUs = await usOf((at) => ofQuiet(ended(at)));
const heardUs = await usOf((at) => ofHeard(ended(at)));
const plainUs = await usOf(() => plain.search("x"));
const watchedUs = await usOf(() => watched.search("x"));
const reportStart = process.cpuUsage();
for (let at = 0; at < 100; at += 1) quiet.report({ limit: 100 });
const { user, system } = process.cpuUsage(reportStart);

const full = fill();
const row = {
  calls,
  clockUs: round(clockUs),
  noteUs: round(noteUs),
  noteHeardUs: round(heardUs),
  callUs: round(plainUs),
  watchedCallUs: round(watchedUs),
  reportUs: round((user + system) / 100),
  fullLogBytes: full.bytes,
  told,
};
say(`the clock of a call:         ${row.clockUs} µs`);
say(`the note of it:              ${row.noteUs} µs, ${row.noteHeardUs} µs where a page listens`);
say(`an empty call in its lane:   ${row.callUs} µs, ${row.watchedCallUs} µs when it is told of`);
say(`a report of 100 calls:       ${row.reportUs} µs`);
say(`a full log (${mostTraces} calls):      ${full.bytes} bytes`);
keepRows("traces", here, [row]);

function fill(): QueryLog {
  const log = new QueryLog({ hub: new Hub(), keepsTexts: true });
  const onCall = log.of("rpc", "bench");
  for (let at = 0; at < mostTraces * 2; at += 1) onCall(ended(at));
  return log;
}

function round(us: number): number {
  return Math.round(us * 10) / 10;
}
