/* `haypile status --memory` for people. */
import type { FootprintEvent } from "../../../base/events.ts";
import type { FootprintReport } from "../../../ports/answers/footprint-report.ts";
import type { ModelReport } from "../../../ports/answers/index-facts.ts";
import { runnerInWords } from "../../output/banner.ts";
import {
  formatBytes,
  formatCount,
  formatTable,
  printable,
  printLine,
} from "../../output/format.ts";

export function printFootprint(memory: FootprintReport): void {
  const { process, totalBytes, owners, unaccountedBytes, children, peak, efficiency } = memory;
  const share = totalBytes === 0 ? 0 : (100 * unaccountedBytes) / totalBytes;
  printLine(
    `Memory of this process: ${formatBytes(totalBytes)} resident, ${share.toFixed(1)} % of it unaccounted`,
  );
  printTable(
    owners.map(
      ({ owner, bytes, note }) => [owner, `${formatBytes(bytes).padStart(8)}  ${note}`] as const,
    ),
  );
  printLine();
  const after = peak.after === undefined ? "" : `, after: ${eventText(peak.after)}`;
  const { virtualBytes } = memory;
  const virtual =
    virtualBytes === undefined ? "" : `; ${formatBytes(virtualBytes)} of address space`;
  printTable([
    ["peak", `${formatBytes(process.peakRssBytes)}, seen at ${peak.at}${after}`],
    [
      "of the system",
      `${(memory.systemShare * 100).toFixed(1)} % of ${formatBytes(memory.systemBytes)}${virtual}`,
    ],
    ...eachRows(memory),
    ["efficiency", `${efficiency.score} of 100 (${formatBytes(efficiency.idleBytes)} idle)`],
    ["", `= ${efficiency.formula}`],
    ...children.map(
      ({ owner, pid, rssBytes }) =>
        [
          owner,
          rssBytes === undefined
            ? `process ${pid}`
            : `${formatBytes(rssBytes)} resident, in process ${pid}`,
        ] as const,
    ),
  ]);
  const { governor } = memory;
  if (governor !== undefined) {
    const { limitBytes, usedBytes, level, steps, predictions, batch, marks } = governor;
    printLine(
      `Limit: ${formatBytes(limitBytes)}, ${formatBytes(usedBytes)} count against it (${level}); given up: ${steps.join(", ") || "nothing"}`,
    );
    const at = (share: number): string =>
      `${Number((share * 100).toFixed(1))} % (${formatBytes(share * limitBytes)})`;
    printLine(
      `Marks: target ${at(marks.target)}, warning ${at(marks.warning)}, critical ${at(marks.critical)}`,
    );
    if (batch?.tokensPerSecond !== undefined) {
      printLine(`Batches: ${batch.chunks} chunks, ${batch.tokensPerSecond} tokens/s`);
    }
    for (const { step, count, within, predictedBytes, measuredBytes } of predictions) {
      const off = (100 * (predictedBytes - measuredBytes)) / measuredBytes;
      printLine(
        `Foretold: ${step}, last ${formatBytes(predictedBytes)}, measured ${formatBytes(measuredBytes)} (${off.toFixed(1)} %); ${within} of ${count} within 15 %`,
      );
    }
  }
  printCaches(memory);
  printLine();
  printLine("Loaded and freed last");
  printTable(memory.events.map((event) => [event.at, eventText(event)]));
  if (memory.advice.length === 0) return;
  printLine();
  printLine("To take less");
  for (const { option, effect, savesBytes } of memory.advice) {
    printLine(`  ${option}: up to ${formatBytes(savesBytes)}. ${effect}.`);
  }
}

function eachRows({ perFile, perMemory, perClient }: FootprintReport): [string, string][] {
  const rows = [
    ["per file", "indexed", perFile],
    ["per memory", "kept", perMemory],
    ["per client", "connected", perClient],
  ] as const;
  return rows.flatMap(([name, which, share]): [string, string][] =>
    share === undefined
      ? []
      : [
          [
            name,
            `${formatBytes(share.eachBytes)} on average: ${formatBytes(share.bytes)} for ${formatCount(share.count)} ${which}`,
          ],
        ],
  );
}

function printCaches({ caches }: FootprintReport): void {
  const { bytes, maxBytes, windowShare, owners } = caches;
  printLine();
  printLine(
    maxBytes === 0
      ? "Caches: off"
      : `Caches: ${formatBytes(bytes)} of ${formatBytes(maxBytes)}, window ${(windowShare * 100).toFixed(0)} %`,
  );
  printTable(owners.map((owner) => [owner.owner, cacheText(owner)]));
}

type CacheOwner = FootprintReport["caches"]["owners"][number];

function cacheText({ entries, bytes, floorBytes, evictions, tooLarge, ...counts }: CacheOwner) {
  const { hits, misses, regretted } = counts;
  const asked = hits + misses;
  const rate = asked === 0 ? "not asked" : `${((100 * hits) / asked).toFixed(0)} %`;
  const gone = Object.entries(evictions)
    .filter(([, count]) => count > 0)
    .map(([cause, count]) => `${cause} ${formatCount(count)}`);
  return [
    `${formatCount(entries)} of ${formatBytes(bytes)}, floor ${formatBytes(floorBytes)}`,
    `hits ${formatCount(hits)} of ${formatCount(asked)} (${rate}), ${formatCount(regretted)} missed for want of room`,
    `gone: ${gone.join(", ") || "none"}${tooLarge === 0 ? "" : `; ${formatCount(tooLarge)} too large`}`,
  ].join("; ");
}

function eventText({ owner, what, why, rssBytes }: FootprintEvent): string {
  return `${printable(owner)} ${what}, because ${printable(why)} (${formatBytes(rssBytes)} resident)`;
}

/** How the model was loaded. */
export function printModel(model: ModelReport): void {
  printLine(
    `Model ${model.modelId}, ${runnerInWords(model, model.runtimeVersion)}, loaded in ${model.loadMs.toFixed(0)} ms (${model.loadedFrom})`,
  );
  printTable([
    [
      "workers",
      `${model.workers}, each with ${model.intraOpThreads} thread, at most ${formatCount(model.tokensPerRun)} tokens a run`,
    ],
    ...(model.placement === "" ? [] : [["placement", model.placement] as const]),
    ["allocator", model.cpuArena ? "the runtime's arena" : "mimalloc, counted"],
    ["memory pattern", model.memoryPattern ? "on" : "off"],
    ["spinning", model.spinning ? "on" : "off"],
    [
      "provider",
      model.fallbackReason === ""
        ? model.provider
        : `${model.provider}, because ${model.providerRequested} cannot be used: ${model.fallbackReason}`,
    ],
    ...(model.cacheNote === "" ? [] : [["graph cache", model.cacheNote] as const]),
  ]);
}

function printTable(rows: readonly (readonly [string, string])[]): void {
  for (const row of formatTable(rows)) printLine(row);
}
