/* How far a run is: what it does, a bar where the whole is known, and the time left where that is. */
import type { KnownIndex } from "../../../../src/ports/answers/index-facts.ts";
import { formatCount } from "../../parts/format.ts";
import type { LiveRun } from "./runs.ts";
import { stopRun } from "./runs.ts";
import { aboutTime, phaseWords } from "./words.ts";

export interface RunState {
  phase: string | undefined;
  done: number;
  /** 0: not known. */
  total: number;
  unit: string;
  msLeft: number | undefined;
  /** Who works: a call to the daemon, the daemon by itself since it watches the folder, or another process. */
  by: "call" | "itself" | { pid: number };
}

/** @param live told by the daemon @param index as it was listed last, of runs of other processes */
export function runState(live: LiveRun | undefined, index?: KnownIndex): RunState | undefined {
  if (live !== undefined) {
    const { phase, done = 0, total = 0, msLeft } = live;
    const isVectors = phase === "embed" || live.what === "migrate";
    const unit = isVectors ? "chunks" : "files";
    // While files are looked for, their number grows: that is no share of a whole.
    const known = phase === "scan" || phase === undefined ? 0 : total;
    return { phase: isVectors ? "embed" : phase, done, total: known, unit, msLeft, by: "call" };
  }
  const run = index?.details?.indexing;
  if (run === undefined) return undefined;
  const isVectors = run.phase === "embedding";
  return {
    phase: run.phase,
    done: isVectors ? run.chunksDone : run.filesDone,
    total: isVectors ? run.chunksTotal : 0,
    unit: isVectors ? "chunks" : "files",
    msLeft: run.msLeft ?? undefined,
    by: run.isOwn ? "itself" : { pid: run.pid },
  };
}

export function Progress({ state, what }: { state: RunState; what: string }) {
  const { done, total, unit, msLeft, phase, by } = state;
  const share = total > 0 ? Math.min(1, done / total) : undefined;
  return (
    <div class="indexes-run">
      <progress
        aria-label={`${phaseWords(phase)}, ${what}`}
        {...(share !== undefined && { value: share, max: 1 })}
      />
      <span class="small">
        {phaseWords(phase)}
        {done > 0 &&
          `: ${formatCount(done)}${total > 0 ? ` of ${formatCount(total)}` : ""} ${unit}`}
        {msLeft !== undefined && msLeft > 0 && `, ${aboutTime(msLeft)} left`}
        {by === "itself" && ", by itself"}
        {typeof by === "object" && `, by process ${by.pid}`}
      </span>
    </div>
  );
}

export function StopButton({ folder, state }: { folder: string; state: RunState }) {
  const { by } = state;
  // What watches a folder makes way for every call, and begins again.
  if (by === "itself") return null;
  if (typeof by === "object") {
    return <span class="small quiet">Process {by.pid} can be stopped where it was begun.</span>;
  }
  return (
    <button type="button" class="button" onClick={() => void stopRun(folder)}>
      Stop
    </button>
  );
}
