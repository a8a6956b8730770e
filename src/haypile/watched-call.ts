/* Which calls somebody waits for, and what is told of each when it is over. */
import {
  byClock,
  StageClock,
  type StageFacts,
  type StageTimes,
  withTimes,
} from "../base/stages.ts";
import { type Call, codeCalls, doorCalls, memoryCalls } from "../ports/calls.ts";

/** A call that is over. What was said and answered belongs to the caller: nothing of it is kept longer than needed. */
export interface EndedCall {
  /** As in the table: "search", "recall". */
  name: string;
  /** What the table says of it. */
  call: Call;
  folder: string | undefined;
  args: readonly unknown[];
  /** Undefined where it failed. */
  answer: unknown;
  error: unknown;
  times: StageTimes;
  facts: StageFacts;
}

export type OnCall = (call: EndedCall) => void;

const watched: ReadonlySet<Call> = new Set([
  doorCalls.ask,
  ...Object.values<Call>(codeCalls).filter(({ asksDisk }) => asksDisk !== undefined),
  ...Object.values<Call>(memoryCalls).filter(
    ({ lane, polls, streams }) =>
      lane === "interactive" && polls === undefined && streams === undefined,
  ),
]);

/** Somebody waits for it: a question, or a memory that is written. */
export function isWatched(call: Call): boolean {
  return watched.has(call);
}

/** Calls that say themselves where their time went. */
const takenApart: ReadonlySet<string> = new Set(["search", "recall", "ask"]);

/** Runs a call by a clock and tells when it is over, with whatever came of it. */
export async function watchCall(
  said: Pick<EndedCall, "name" | "call" | "folder" | "args">,
  run: (clock: StageClock) => Promise<unknown>,
  onCall: OnCall,
): Promise<unknown> {
  const clock = new StageClock();
  let answer: unknown;
  let error: unknown;
  try {
    answer = withTimes(await byClock(clock, () => run(clock)), clock.end());
    return answer;
  } catch (caught) {
    error = caught;
    throw caught;
  } finally {
    onCall({ ...said, answer, error, times: clock.end(), facts: clock.facts });
  }
}

/** Its work, of which a call that is not taken apart has nothing more to say. */
export function atWork<T>(name: string, clock: StageClock, work: () => Promise<T>): Promise<T> {
  return takenApart.has(name) ? work() : clock.during("work", work);
}
