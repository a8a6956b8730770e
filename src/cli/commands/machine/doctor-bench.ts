/* haypile doctor --bench: what this machine can do, and settings that fit it. */

import { readEnvironment } from "../../../config/environment/env.ts";
import { changeFile } from "../../../config/file/change-file.ts";
import { userFile } from "../../../config/places/paths.ts";
import type { HostBench } from "../../../engine/host-bench/host-bench.ts";
import type { Proposal } from "../../../engine/host-bench/proposals.ts";
import { agrees } from "../../input/ask.ts";
import {
  counted,
  formatBytes,
  formatCount,
  formatTable,
  printable,
  printJson,
  printLine,
} from "../../output/format.ts";

export interface BenchFlags {
  json?: boolean | undefined;
  apply?: boolean | undefined;
  yes?: boolean | undefined;
}

/** Measures, prints, and writes what is proposed into the user's file when that is wanted. */
export async function runBench(flags: BenchFlags, signal: AbortSignal): Promise<void> {
  const { benchHost } = await import("../../../engine/host-bench/host-bench.ts");
  const bench = await benchHost(process.cwd());
  if (flags.json !== true) print(bench);
  const isWanted =
    flags.apply === true &&
    bench.proposals.length > 0 &&
    (flags.yes === true || (flags.json !== true && (await agrees("Write these?", signal))));
  const path = userFile(readEnvironment().configFolder);
  if (isWanted) await applyProposals(path, bench.proposals);
  if (flags.json === true) printJson("doctor --bench", { ...bench, applied: isWanted, file: path });
  else if (isWanted) printLine(`wrote ${bench.proposals.length} to ${printable(path)}`);
  else if (flags.apply === true) printLine("Nothing was changed.");
}

async function applyProposals(path: string, proposals: readonly Proposal[]): Promise<void> {
  const { hostFacts } = await import("../../../engine/configure.ts");
  const environment = readEnvironment();
  const facts = hostFacts(environment);
  for (const { option, proposed } of proposals) {
    changeFile(path, option, proposed, false, environment, facts);
  }
}

function print(bench: HostBench): void {
  const { host, model, embedding, present, noise, scan, commits, disk, leftOut, seconds } = bench;
  printLine(`Measured in ${seconds.toFixed(1)} s on ${counted(host.cpus, "CPU")}`);
  const { memory } = model;
  if (memory !== undefined) {
    printLine();
    printLine(
      `Model ${model.name}: loaded in ${memory.loadMs.toFixed(0)} ms, ${formatBytes(memory.residentBytes)} more resident, ${formatBytes(memory.sessionBytes)} of it the session's own`,
    );
  }
  printTable(
    embedding.map(({ workers, intraOpThreads, tokensPerRun, ...speed }) => {
      const isPresent =
        workers === present.workers &&
        intraOpThreads === present.intraOpThreads &&
        tokensPerRun === present.tokensPerRun;
      return [
        `${counted(workers, "worker")} of ${counted(intraOpThreads, "thread")}, ${tokensPerRun} tokens a run`,
        `${formatCount(speed.tokensPerSecond).padStart(7)} tokens/s, runs take ${formatBytes(speed.runBytes)}${isPresent ? "  (as set)" : ""}`,
      ];
    }),
  );
  printLine();
  printTable([
    [
      "vector scan",
      `${(scan.bytesPerSecond / 1e9).toFixed(1)} GB/s (${host.scanIsa}), ${formatCount(scan.rows)} rows in ${scan.medianMs.toFixed(1)} ms`,
    ],
    ...commits.map(
      ({ synchronous, commitsPerSecond, medianMs }) =>
        [
          `commit, ${synchronous}`,
          `${formatCount(commitsPerSecond)} a second, ${medianMs.toFixed(2)} ms each`,
        ] as const,
    ),
    ...(disk === undefined
      ? []
      : [
          [
            "disk",
            `${formatBytes(disk.bytesPerSecond)}/s in order, ${disk.randomReadMs.toFixed(2)} ms for 4 kB${disk.isDirect ? "" : " (by the system's cache: nothing of the disk)"}`,
          ] as const,
        ]),
    ["noise", `two rounds differed by up to ${(noise * 100).toFixed(0)} %: less is no gain`],
    ...(host.load > host.cpus / 2
      ? [
          [
            "busy",
            `load ${host.load.toFixed(1)} before it began: measure again when it is idle; above the number of CPUs nothing is proposed about the model`,
          ] as const,
        ]
      : []),
    ...leftOut.map((one) => ["left out", printable(one)] as const),
  ]);
  printProposals(bench.proposals);
}

function printProposals(proposals: readonly Proposal[]): void {
  printLine();
  if (proposals.length === 0) {
    printLine("Proposals: none; nothing measured was clearly better than what is set");
    return;
  }
  printLine('Proposals ("haypile doctor --bench --apply" writes them into your file)');
  for (const { option, present, proposed, gain, note, stronger } of proposals) {
    const change = gain.from === gain.to ? "" : ` (${sign((gain.to / gain.from - 1) * 100)} %)`;
    printLine(`  ${option}: ${present} -> ${proposed}`);
    printLine(
      `    ${formatGain(gain.from)} -> ${formatGain(gain.to)} ${gain.what}${change}; ${note}`,
    );
    if (stronger !== undefined) {
      printLine(`    set by ${printable(stronger)}, which goes before your file: change it there`);
    }
  }
}

function formatGain(value: number): string {
  return value >= 100 ? formatCount(value) : value.toFixed(2);
}

function sign(percent: number): string {
  return `${percent >= 0 ? "+" : ""}${percent.toFixed(0)}`;
}

function printTable(rows: readonly (readonly [string, string])[]): void {
  for (const row of formatTable(rows)) printLine(row);
}
