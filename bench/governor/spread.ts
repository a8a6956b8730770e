/*
 * Does the same job take the same memory every time? Cold indexings in processes of their own, one after
 * the other, the limits in turn so that a change of the machine's load meets all of them alike.
 *   node bench/governor/spread.ts [--limits none,256MB] [--files 3000] [--runs 5] [--owners]
 * Spread is (highest - lowest) / median. --owners has each process say what its memory is made of at its peak;
 * the looking takes some megabytes itself, so these figures explain and are not kept. To try flags of Node, or variables:
 * --limits "256MB,256MB@--max-semi-space-size=1 MALLOC_ARENA_MAX=1".
 */
import { argument, keepRows, printMachine, say } from "../common.ts";
import { coldIndex, forget, mb, medianOf, type Run, spreadOf } from "./process.ts";
import { madeUpTree } from "./tree.ts";

const limits = argument("--limits", "none,256MB").split(",");
const runs = Number(argument("--runs", "5"));
const files = Number(argument("--files", "3000"));
const owners = process.argv.includes("--owners");
const tree = madeUpTree(files);

const preload = `--import=${new URL("owners-at-peak.mjs", import.meta.url).href}`;

async function index(label: string): Promise<Run> {
  const [limit = "none", flags = ""] = label.split("@");
  const words = flags === "" ? [] : flags.split(" ");
  const nodeFlags = words.filter((word) => word.startsWith("-"));
  const variables = words.filter((word) => !word.startsWith("-")).map((word) => word.split("="));
  return await coldIndex(tree, limit, nodeFlags, {
    ...Object.fromEntries(variables),
    ...(owners && { NODE_OPTIONS: preload }),
  });
}

const here = printMachine();
say("limit   run   own peak anonymous  together   CPU s   time");
await index(limits[0] as string); // the optimised graph, and files in the page cache
const rows = new Map<string, Run[]>(limits.map((limit) => [limit, []]));
for (let i = 1; i <= runs; i += 1) {
  for (const limit of limits) {
    const run = await index(limit);
    if (run.code !== 0) throw new Error(`exit ${run.code}: ${run.stderr}`);
    rows.get(limit)?.push(run);
    const { ownBytes, anonBytes, togetherBytes } = run.peaks;
    say(
      `${limit.padEnd(7)} ${String(i).padStart(3)} ${mb(ownBytes).padStart(10)} ${mb(anonBytes).padStart(9)} ${mb(togetherBytes).padStart(9)} ${run.cpuSeconds.toFixed(1).padStart(7)} ${run.seconds.toFixed(1).padStart(6)} s`,
    );
    if (owners)
      say(
        run.stderr
          .split("\n")
          .filter((line) => line.startsWith("peak "))
          .at(-1) ?? "",
      );
  }
}
for (const [limit, of] of rows) {
  const own = of.map(({ peaks }) => peaks.ownBytes);
  const anon = of.map(({ peaks }) => peaks.anonBytes);
  const together = of.map(({ peaks }) => peaks.togetherBytes);
  say(
    `${limit.padEnd(7)} median ${mb(medianOf(own))} MB, spread ${(100 * spreadOf(own)).toFixed(1)} %; anonymous ${mb(medianOf(anon))} MB, spread ${(100 * spreadOf(anon)).toFixed(1)} %; together ${mb(medianOf(together))} MB, spread ${(100 * spreadOf(together)).toFixed(1)} %`,
  );
  if (owners || limit.includes("@")) continue;
  keepRows("governor", here, [
    {
      job: "spread",
      limit,
      files,
      spread: spreadOf(own),
      spreadAnon: spreadOf(anon),
      spreadTogether: spreadOf(together),
      runs: of.map(({ peaks, cpuSeconds, seconds }) => ({ ...peaks, cpuSeconds, seconds })),
    },
  ]);
}
forget();
