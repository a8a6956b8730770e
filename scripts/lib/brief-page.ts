/* docs/brief.md out of bench/results/brief.jsonl: of each figure the row that was measured last. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

const repository = join(import.meta.dirname, "..", "..");

interface KeptFigure {
  trial: string;
  what: string;
  of: string;
  theirs: string;
  source: string;
  ours: number;
  unit: string;
  target?: { atMost?: number; atLeast?: number };
  isMet?: boolean;
  bench: string;
  note?: string;
  cpu: string;
  cpus: number;
  features: string[];
  date: string;
  commit: string;
  load?: number | number[];
}

function kept(): KeptFigure[] {
  const text = readFileSync(join(repository, "bench", "results", "brief.jsonl"), "utf8");
  const byName = new Map<string, KeptFigure>();
  for (const line of text.split("\n").filter(Boolean)) {
    const row = JSON.parse(line) as KeptFigure;
    byName.set(row.what, row);
  }
  return [...byName.values()].sort((a, b) => a.of.localeCompare(b.of));
}

function inWords(value: number, unit: string): string {
  const digits =
    Number.isInteger(value) || Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 1 ? 1 : 3;
  const number = Number(value.toFixed(digits)).toLocaleString("en-US", {
    maximumFractionDigits: 3,
  });
  return unit === "" ? number : `${number} ${unit}`;
}

function targetInWords({ target, unit }: KeptFigure): string {
  if (target === undefined) return "none";
  const { atMost, atLeast } = target;
  return atMost === undefined
    ? `at least ${inWords(atLeast ?? 0, unit)}`
    : `at most ${inWords(atMost, unit)}`;
}

function loadInWords({ load }: KeptFigure): string {
  if (load === undefined) return "not noted";
  return Array.isArray(load) ? load.map((one) => Math.round(one)).join(" to ") : String(load);
}

/** The table, a line each. */
export function tableOf(): string[] {
  const rows = kept().map((one) => [
    one.of,
    one.what,
    `${one.theirs} (${one.source})`,
    inWords(one.ours, one.unit),
    targetInWords(one),
    one.isMet === undefined ? "measured" : one.isMet ? "met" : "**missed**",
    loadInWords(one),
    one.note ?? "",
  ]);
  const head = ["system", "figure", "theirs", "ours", "target", "verdict", "load", "note"];
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
}

export function briefPage(): string {
  const all = kept();
  const machines = [
    ...new Set(
      all.map(
        ({ cpu, cpus, features, date }) => `${cpu}, ${cpus} CPUs (${features.join(", ")}), ${date}`,
      ),
    ),
  ];
  const benches = [...new Map(all.map(({ trial, bench, commit }) => [trial, { bench, commit }]))];
  const missed = all.filter(({ isMet }) => isMet === false).length;
  return `<!-- Made by scripts/generate-docs.ts from bench/results/brief.jsonl; measure with "node bench/brief.ts". -->
# Beside the five systems

What the five systems that Haypile replaces say of themselves, and what was measured here. **Theirs are their own words,
of their machines** (facts in the project's brief); none of them was run again, so a row says whether a target is kept, not who is faster on one
machine. A target is their figure, or one that a note names. ${all.length} figures, of which ${missed} missed their target.

The load is the number of processes that wanted a CPU, before and after: with 2 CPUs, a load of 20 may make times by the clock ten times as long.
Bytes, shares and CPU time hold; times are what a user of that busy machine would have waited.

${tableOf().join("\n")}

Machines: ${machines.join("; ")}. All shared with other work.

| trial | command | commit |
|---|---|---|
${benches.map(([trial, { bench, commit }]) => `| ${trial} | \`node ${bench}\` | ${commit} |`).join("\n")}

\`node bench/brief.ts\` runs all of them but the heavy ones (\`--heavy\`, or \`--only large\`), one after the other; \`--list\` names them.
`;
}
