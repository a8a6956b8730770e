/* A thread of its own for what reads a whole file: no recall waits for it. It ends when its work is done. */
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { fileError, HaypileError } from "../../../base/errors.ts";
import { removeTree } from "../../../base/files/patient.ts";
import { makePrivateFolder } from "../../../base/files/private-files.ts";
import type { Memories } from "../../../ports/memories.ts";
import type { salvageMemories } from "../../../storage/sqlite/memories/salvage/salvage.ts";
import { makeImage } from "../image.ts";
import type { Place } from "../kinds.ts";
import { lookAt } from "../look.ts";
import { scratchOf } from "../names.ts";
import { inFolder } from "../room.ts";
import type { SnapshotWork, WorkAnswer } from "./tasks.ts";

const charactersPerAnswer = 1_000_000;

const doings: Record<SnapshotWork["task"], string> = {
  make: "make a snapshot",
  remove: "remove the snapshot",
  prune: "remove snapshots",
  verify: "verify the snapshot",
  restore: "restore the snapshot",
  read: "read the snapshot",
};

/** By words: no model is loaded to see whether it can be asked. */
async function openAlone(database: string): Promise<Memories> {
  const { openMemories } = await import("../../memories/memories.ts");
  return await openMemories({ database, embedder: undefined });
}

async function carryOut(work: Exclude<SnapshotWork, { task: "read" }>): Promise<unknown> {
  const { place } = work;
  // What one of them needs is loaded for it alone: RAM counts.
  switch (work.task) {
    case "make": {
      const { makeSnapshot } = await import("../make.ts");
      return (await lookAt(place, await makeSnapshot(place, work.said))).snapshot;
    }
    case "remove": {
      const { removeSnapshot } = await import("../remove.ts");
      await removeSnapshot(place.folder, work.said.id);
      return null;
    }
    case "prune": {
      const { pruneSnapshots } = await import("../prune.ts");
      return await pruneSnapshots(place, work.said);
    }
    case "verify": {
      const { verifySnapshot } = await import("../verify.ts");
      return await verifySnapshot(place, work.said.id, openAlone);
    }
    case "restore": {
      const { restoreSnapshot } = await import("../restore.ts");
      return await restoreSnapshot(place, work.said.id, work.said.to);
    }
  }
}

/** Pages are read past what is damaged, and nothing is written beside the file. */
async function* pieces(place: Place, id: string): AsyncGenerator<string[]> {
  const scratch = scratchOf(place.folder, id);
  makePrivateFolder(scratch);
  try {
    const path = join(scratch, "memories.db");
    await makeImage(place, id, path);
    const { salvageMemories } = await import("../../../storage/sqlite/memories/salvage/salvage.ts");
    const salvage = salvageMemories(path);
    try {
      yield* linesOf(salvage);
    } finally {
      salvage.close();
    }
  } finally {
    removeTree(scratch);
  }
}

async function* linesOf(salvage: ReturnType<typeof salvageMemories>): AsyncGenerator<string[]> {
  const { salvagedLines } = await import("../../../memories/formats/rescue.ts");
  let lines: string[] = [];
  let characters = 0;
  const counts = { memories: 0, damaged: 0, lost: 0 };
  for (const line of salvagedLines(salvage, {}, new Set(), counts)) {
    lines.push(line);
    characters += line.length;
    if (characters < charactersPerAnswer) continue;
    yield lines;
    lines = [];
    characters = 0;
  }
  if (lines.length > 0) yield lines;
}

function answer(said: WorkAnswer): void {
  parentPort?.postMessage(said);
}

function fail(error: unknown, task: SnapshotWork["task"], { folder }: Place): void {
  const { code, message, data } = HaypileError.isInstance(error)
    ? error
    : fileError(error, `${doings[task]} in ${folder}`);
  // What cannot be sent is no part of what is told.
  answer({ error: { code, message, data: JSON.parse(JSON.stringify(data)) } });
  parentPort?.close();
}

/** Gives a piece each time one is asked for, and holds the folder until the last. */
async function giveLines(place: Place, id: string): Promise<void> {
  await inFolder(place.folder, async () => {
    const rest = pieces(place, id);
    let asked = (): void => undefined;
    let waits = new Promise<void>((done) => {
      asked = done;
    });
    parentPort?.on("message", () => asked());
    for await (const lines of rest) {
      await waits;
      waits = new Promise((done) => {
        asked = done;
      });
      answer({ lines });
    }
    await waits;
  });
  answer({ lines: [] });
  parentPort?.close();
}

const work = workerData as SnapshotWork;
const { place } = work;
if (work.task === "read") {
  giveLines(place, work.said.id).catch((error: unknown) => fail(error, "read", place));
} else {
  inFolder(place.folder, () => carryOut(work)).then(
    (done) => answer({ done }),
    (error: unknown) => fail(error, work.task, place),
  );
}
