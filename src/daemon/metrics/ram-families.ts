/* The families of /metrics about RAM: what counts against the limit, how near it is, what is given up, and who has it. */
import { ladderOrder } from "../../governor/ladder.ts";
import type { FootprintSample, ProcessFootprint } from "../../ports/answers/daemon/ram.ts";
import { family, type Sample } from "./text.ts";

const levels = ["calm", "warning", "critical"] as const;

/** @param receipt undefined while nothing is open */
export function ramFamilies(now: FootprintSample, receipt?: ProcessFootprint): string {
  const { ownBytes, childBytes, usedBytes, limitBytes, level, steps } = now;
  const taken = receipt?.governor?.pressure.steps ?? {};
  const limited = [
    family(
      "haypile_memory_level",
      "gauge",
      "1 at the level that memory is at: calm, warning, critical",
      levels.map((one): Sample => [{ level: one }, Number(one === level)]),
    ),
    family(
      "haypile_memory_step_taken",
      "gauge",
      "1 while a step of the ladder is taken",
      ladderOrder.map((step): Sample => [{ step }, Number(steps.includes(step))]),
    ),
    family(
      "haypile_memory_step_taken_total",
      "counter",
      "how often a step of the ladder was taken",
      ladderOrder.map((step): Sample => [{ step }, taken[step]?.times ?? 0]),
    ),
    family(
      "haypile_memory_step_seconds_total",
      "counter",
      "how long a step of the ladder was taken",
      ladderOrder.map((step): Sample => [{ step }, (taken[step]?.ms ?? 0) / 1000]),
    ),
  ];
  return [
    family("haypile_memory_counted_bytes", "gauge", "what counts against the limit of memory", [
      [{ part: "own" }, ownBytes],
      [{ part: "children" }, childBytes],
      [{ part: "all" }, usedBytes],
    ]),
    ...(limitBytes === undefined ? [] : limited),
    family(
      "haypile_memory_owner_bytes",
      "gauge",
      "resident memory of the daemon's process by owner",
      (receipt?.owners ?? []).map(({ owner, bytes }): Sample => [{ owner }, bytes]),
    ),
    family(
      "haypile_memory_idle_bytes",
      "gauge",
      "of it what was freed and is kept, and the unused part of the heap",
      receipt === undefined ? [] : [[{}, receipt.efficiency.idleBytes]],
    ),
    ...(receipt === undefined ? [] : shareFamilies(receipt)),
  ].join("");
}

function shareFamilies(receipt: ProcessFootprint): string[] {
  const { virtualBytes, systemShare, perFile, perMemory, perClient } = receipt;
  const each = [
    ["file", perFile],
    ["memory", perMemory],
    ["client", perClient],
  ] as const;
  return [
    ...(virtualBytes === undefined
      ? []
      : [
          family("haypile_memory_virtual_bytes", "gauge", "address space of the daemon's process", [
            [{}, virtualBytes],
          ]),
        ]),
    family(
      "haypile_memory_system_ratio",
      "gauge",
      "resident memory as a share of the machine's, or of a container's limit",
      [[{}, systemShare]],
    ),
    family(
      "haypile_memory_each_bytes",
      "gauge",
      "memory on average: of indexes by file, of memories by memory, of all by client",
      each.flatMap(([of, share]): Sample[] =>
        share === undefined ? [] : [[{ of }, share.eachBytes]],
      ),
    ),
  ];
}
