/* Says in a sentence what took most of the time of a call. */
import type { Stage, StageFacts } from "../../base/stages.ts";
import type { QueryTrace } from "../../ports/answers/daemon/queries.ts";

export function causeOf(
  stages: QueryTrace["stages"],
  totalMs: number,
  facts: StageFacts,
  fromCache: QueryTrace["fromCache"],
): string {
  let most = stages[0];
  for (const one of stages) if (one.ms > (most?.ms ?? 0)) most = one;
  if (most === undefined) return "nothing took any time";
  const share = totalMs > 0 ? Math.round((100 * most.ms) / totalMs) : 100;
  const kept = fromCache === undefined ? "" : "; its ranking was there from an earlier search";
  return `${inWords(most.stage, facts)} (${time(most.ms)} of ${time(totalMs)}, ${share} %)${kept}`;
}

function inWords(stage: Stage | "other", facts: StageFacts): string {
  switch (stage) {
    case "turn":
      return `it waited for its turn behind ${calls(facts.ahead ?? 0)}`;
    case "open":
      if (facts.model !== undefined) return `the model ${facts.model} was loaded`;
      if (facts.opened === "memories") return "the memories were opened";
      return facts.opened === undefined ? "what it needs was opened" : "the index was opened";
    case "disk":
      return "changed files were looked for and taken in first";
    case "room":
      return "there was no room under the limit of memory";
    case "queue":
      return facts.behind === "passages"
        ? "the model was at work on passages of an index run or on new memories"
        : "the model was at work on other questions";
    case "embed":
      return "the question became a vector";
    case "words":
      return "words were looked up";
    case "meaning":
      return (facts.vectorsRead ?? 0) > 0
        ? `bits of ${(facts.vectorsRead ?? 0).toLocaleString("en")} vectors were read from disk, since they do not fit into memory`
        : "vectors were compared";
    case "names":
      return "names were looked up";
    case "fuse":
      return "what speaks for each candidate was put together";
    case "rerank":
      return "the best were looked at once more";
    case "show":
      return "hits were cut out and compared with the disk";
    case "work":
      return "the call itself was at work";
    default:
      return "none of the stages took it: the process was busy, or did not get the processor";
  }
}

function calls(count: number): string {
  return count === 1 ? "1 call" : `${count} calls`;
}

function time(ms: number): string {
  if (ms >= 10_000) return `${(ms / 1_000).toFixed(1)} s`;
  return ms >= 10 ? `${ms.toFixed(0)} ms` : `${ms.toFixed(1)} ms`;
}
