/* Asks the thread for snapshots, which lives as long as its work. */
import { Worker } from "node:worker_threads";
import { type ErrorCode, HaypileError } from "../../../base/errors.ts";
import { ownModule } from "../../../base/package/own-package.ts";
import type { Place } from "../kinds.ts";
import type { SnapshotTask, SnapshotTasks, SnapshotWork, WorkAnswer } from "./tasks.ts";

/** @throws HaypileError what the thread met */
export async function inThread<Task extends SnapshotTask>(
  place: Place,
  task: Task,
  said: SnapshotTasks[Task]["takes"],
): Promise<SnapshotTasks[Task]["gives"]> {
  const worker = start({ place, task, said } as SnapshotWork);
  try {
    const answer = await answerOf(worker);
    return ("done" in answer ? answer.done : undefined) as SnapshotTasks[Task]["gives"];
  } finally {
    await worker.terminate();
  }
}

/** Lines of an export of what a snapshot holds, as they are wanted. @throws HaypileError what the thread met */
export async function* linesIn(place: Place, id: string): AsyncGenerator<string[]> {
  const worker = start({ place, task: "read", said: { id } });
  try {
    for (;;) {
      const answered = answerOf(worker);
      worker.postMessage("more");
      const said = await answered;
      if (!("lines" in said) || said.lines.length === 0) return;
      yield said.lines;
    }
  } finally {
    await worker.terminate();
  }
}

function start(work: SnapshotWork): Worker {
  const execArgv = ["--disable-warning=ExperimentalWarning"];
  // New things are mostly buffers, which are outside of the heap: a small young generation lets go of them early.
  const resourceLimits = { maxYoungGenerationSizeMb: 2 };
  const script = ownModule("engine/snapshots/thread/worker");
  return new Worker(script, { workerData: work, execArgv, resourceLimits });
}

async function answerOf(worker: Worker): Promise<Exclude<WorkAnswer, { error: unknown }>> {
  const said = await new Promise<WorkAnswer>((answer, fail) => {
    worker.once("message", answer);
    worker.once("error", fail);
    worker.once("exit", () => fail(new Error("the thread for snapshots ended before it answered")));
  });
  worker.removeAllListeners();
  if (!("error" in said)) return said;
  const { code, message, data } = said.error;
  throw new HaypileError(code as ErrorCode, message, { data });
}
