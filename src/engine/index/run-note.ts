/*
 * What an index run says of itself while it works, so that searches and other processes know of it: a note in the
 * index, which counts only while somebody holds the right to index. One that was killed leaves its note behind.
 */

import type { IndexProgress, IndexRun } from "../../ports/answers/index-run.ts";
import type { Facts, IndexStore, LockOwner } from "../../ports/store.ts";
import { Pace } from "./pace.ts";

const noteKey = "run";
/** A note is written at most so often. */
const noteEveryMs = 1_000;

type Noted = Pick<
  IndexRun,
  "phase" | "filesDone" | "filesTotal" | "chunksDone" | "chunksTotal" | "msLeft"
>;

/** Keeps the note of one run. */
export class RunNote {
  readonly #facts: Facts;
  readonly #pace = new Pace();
  readonly #tell: ((progress: IndexProgress) => void) | undefined;
  #notedAt = Number.NEGATIVE_INFINITY;
  #phase: string | undefined;

  constructor(facts: Facts, tell: ((progress: IndexProgress) => void) | undefined) {
    this.#facts = facts;
    this.#tell = tell;
    this.#write({ phase: "reading" });
  }

  readonly progress = (progress: IndexProgress, now: number = performance.now()): void => {
    const msLeft = this.#pace.note(progress, now);
    const { filesDone, filesTotal, chunksDone, chunksTotal } = progress;
    const phase = progress.phase === "embed" ? "embedding" : "reading";
    if (now - this.#notedAt >= noteEveryMs || phase !== this.#phase) {
      this.#phase = phase;
      this.#notedAt = now;
      this.#write({ phase, filesDone, filesTotal, chunksDone, chunksTotal, msLeft });
    }
    this.#tell?.({ ...progress, msLeft });
  };

  end(): void {
    this.#write(undefined);
  }

  #write(note: Partial<Noted> | undefined): void {
    try {
      this.#facts.set(noteKey, note === undefined ? "" : JSON.stringify(note));
    } catch {
      // A full or busy disk fails the run itself where it matters; the note is only news.
    }
  }
}

/**
 * The run that works on an index now, in this process or another.
 * @param evenWithoutNote ask the lock also where no run has left a note: what makes an index smaller holds it too
 */
export function runAtWork(
  store: Pick<IndexStore, "facts" | "lockOwner">,
  evenWithoutNote = false,
): IndexRun | undefined {
  const owner = (): LockOwner | undefined => store.lockOwner("index");
  return runByNote(store.facts.get(noteKey) ?? "", owner, evenWithoutNote);
}

/** The same where the note was read already. @param ownerNow who holds the right to index */
export function runByNote(
  note: string,
  ownerNow: () => LockOwner | undefined,
  evenWithoutNote = false,
): IndexRun | undefined {
  if (note === "" && !evenWithoutNote) return undefined;
  const owner = ownerNow();
  if (owner === undefined) return undefined;
  const isOwn = owner.pid === process.pid && owner.host === undefined;
  return { ...readNote(note), ...owner, isOwn };
}

function readNote(text: string): Noted {
  const none: Noted = {
    phase: undefined,
    filesDone: 0,
    filesTotal: 0,
    chunksDone: 0,
    chunksTotal: 0,
    msLeft: undefined,
  };
  try {
    const found = JSON.parse(text) as Partial<Noted>;
    const count = (value: unknown): number => (Number.isFinite(value) ? Number(value) : 0);
    return {
      phase: found.phase === "reading" || found.phase === "embedding" ? found.phase : undefined,
      filesDone: count(found.filesDone),
      filesTotal: count(found.filesTotal),
      chunksDone: count(found.chunksDone),
      chunksTotal: count(found.chunksTotal),
      msLeft: Number.isFinite(found.msLeft) ? Number(found.msLeft) : undefined,
    };
  } catch {
    return none;
  }
}
