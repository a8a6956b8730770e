/* What things of the receipt are called for people. */
import type { FootprintMoment, LadderStepName } from "../../../../src/ports/answers/daemon/ram.ts";
import { counted, formatBytes, formatMs } from "../../parts/format.ts";

/** What is given up with a step; docs/memory-limits.md says more. */
export const stepMeaning: Record<LadderStepName, string> = {
  "smaller batches": "an index run has fewer chunks in a batch",
  "smaller caches": "caches shrink to an eighth",
  "idle models unloaded": "models that nothing uses go",
  "fewer workers": "one thread runs the model",
  "reranker off": "searches keep the order without it",
  "static model for new text": "an index run ends without the model's vectors",
  "no new work": "new searches and loads are refused",
};

export const levelWords = {
  calm: "calm: far enough from the limit",
  warning: "warning: freed and unused pages are given back",
  critical: "critical: one thing after another is given up",
} as const;

/** One or two signs in the chart. */
export function signOf(moment: FootprintMoment): string {
  if (moment.kind === "step") return "▼";
  if (moment.kind === "level") return moment.level === "critical" ? "!!" : "!";
  return { loaded: "+", freed: "−", limited: "≤" }[moment.what];
}

/** A sentence without its end. */
export function sayMoment(moment: FootprintMoment): string {
  if (moment.kind === "event") {
    const { owner, what, why, rssBytes } = moment;
    return `${owner} ${what}: ${why} (${formatBytes(rssBytes)} resident)`;
  }
  const span =
    moment.until === undefined ? "until now" : `for ${formatMs(moment.until - moment.time)}`;
  if (moment.kind === "step") {
    return `Step "${moment.step}" taken ${span}: ${stepMeaning[moment.step]}`;
  }
  const often = moment.times > 1 ? `, come to ${counted(moment.times, "time")}` : "";
  return `Level ${moment.level} ${span}${often}, ${formatBytes(moment.usedBytes)} used at most`;
}
