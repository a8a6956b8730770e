/*
 * What can be done about the memory of this process: each piece names the option and what it is expected
 * to save. Expected, not promised: what a part holds now is what goes when the part goes.
 */
import type {
  FootprintAdvice,
  FootprintEfficiency,
  FootprintOwner,
} from "../../ports/answers/footprint-report.ts";

/** Less is not worth an option. */
const leastSavingBytes = 2_000_000;

export interface AdviceFacts {
  owners: readonly FootprintOwner[];
  /** What activations and weights in private memory came to at most. */
  runtimePeakBytes: number;
  model:
    | {
        owner: string;
        sessionBytes: number;
        loadedFrom: "cache" | "built-cache" | "plain" | "packed";
        workers: number;
        tokensPerRun: number;
      }
    | undefined;
  /** The reranker's owner name while one is loaded. */
  reranker: string | undefined;
}

/** Greatest saving first. */
export function footprintAdvice(facts: AdviceFacts): FootprintAdvice[] {
  const { owners, model, reranker, runtimePeakBytes } = facts;
  const of = (...names: string[]): number =>
    owners.reduce((sum, { owner, bytes }) => sum + (names.includes(owner) ? bytes : 0), 0);
  const idleHeap = owners.find(({ owner }) => owner === "JavaScript heap")?.idleBytes ?? 0;
  const runs = Math.max(0, runtimePeakBytes - (model?.sessionBytes ?? 0));
  const found: FootprintAdvice[] = [
    {
      option: "environment variable MALLOC_ARENA_MAX=2",
      effect:
        "threads share what malloc keeps for them; loading and indexing wait for each other more",
      savesBytes: of("kept by malloc"),
    },
    {
      option: "node --max-semi-space-size=2 --optimize-for-size",
      effect: "V8 collects sooner and keeps fewer empty pages; JavaScript runs a little slower",
      savesBytes: idleHeap,
    },
    {
      option: "bitsBudgetBytes of open(), smaller",
      effect: "bits beyond it are read for each search: slower, with the same result",
      savesBytes: of("vector bits"),
    },
  ];
  if (reranker !== undefined) {
    found.push({
      option: "no --reranker (open() without reranker)",
      effect: "its session and weights go; the best hits keep the order of the first search",
      savesBytes: of(reranker, `weights of ${reranker}`),
    });
  }
  if (model !== undefined) found.push(...aboutModel(model, runs, of, reranker === undefined));
  return found
    .filter(({ savesBytes }) => savesBytes >= leastSavingBytes)
    .sort((a, b) => b.savesBytes - a.savesBytes);
}

function aboutModel(
  model: NonNullable<AdviceFacts["model"]>,
  runs: number,
  of: (...names: string[]) => number,
  isAlone: boolean,
): FootprintAdvice[] {
  const { owner, workers, tokensPerRun, sessionBytes, loadedFrom } = model;
  const found: FootprintAdvice[] = [
    {
      option: "--model static (in a new index)",
      effect: "model and runtime are not loaded; meaning is found less well, see docs/search.md",
      savesBytes: of(
        owner,
        `weights of ${owner}`,
        "activations",
        ...(isAlone ? ["ONNX Runtime", "ONNX Runtime's tables"] : []),
      ),
    },
  ];
  if (loadedFrom === "plain") {
    found.push({
      option: "no --no-graph-cache (graphCache of open(): true)",
      effect: "weights are mapped from the cache folder, where the system can take them back",
      savesBytes: sessionBytes,
    });
  }
  if (workers > 1) {
    found.push({
      option: "--workers 1",
      effect: `one run at a time: the peak falls by ${workers - 1} of ${workers} runs, and indexing takes up to ${workers} times as long`,
      savesBytes: Math.round((runs * (workers - 1)) / workers),
    });
  }
  if (tokensPerRun > 160) {
    found.push({
      option: "--tokens-per-run 160",
      effect: "activations of a run shrink with its tokens; longer texts still run alone",
      savesBytes: Math.round(runs * (1 - 160 / tokensPerRun)),
    });
  }
  return found;
}

const efficiencyFormula =
  "100 × (resident − idle − unaccounted) ÷ resident; idle: freed but kept, and the unused part of the JavaScript heap";

/** The share of resident memory that something uses, as 0 to 100. */
export function footprintEfficiency(
  owners: readonly FootprintOwner[],
  unaccountedBytes: number,
): FootprintEfficiency {
  const total = owners.reduce((sum, { bytes }) => sum + bytes, 0);
  const idleBytes = owners.reduce((sum, owner) => sum + (owner.idleBytes ?? 0), 0);
  const used = Math.max(0, total - idleBytes - unaccountedBytes);
  return {
    score: total === 0 ? 0 : Math.round((100 * used) / total),
    idleBytes,
    formula: efficiencyFormula,
  };
}
