/*
 * Tells the hub what the calls of one client do: how far a run is, and which memories have changed. It stands where every client's
 * calls pass (in-turn.ts), so that a page sees a run that somebody began in a terminal.
 */
import type { IndexHappening, MemoriesHappening } from "../ports/answers/daemon/happenings.ts";
import type { IndexProgress } from "../ports/answers/index-run.ts";
import type { MemoryImport } from "../ports/answers/memory-reports.ts";
import type { MigrationProgress } from "../ports/answers/migration.ts";
import type { Call } from "../ports/calls.ts";
import type { Hub } from "./hub.ts";

/** Between two tidings of one run, milliseconds: people cannot read faster. */
const quietMs = 100;
const mostIds = 100;

type Work = (args: readonly unknown[]) => Promise<unknown>;

export class Teller {
  readonly #hub: Hub;
  readonly #client: string;

  /** @param client whose calls they are, by what it calls itself */
  constructor(hub: Hub, client: string) {
    this.#hub = hub;
    this.#client = client;
  }

  /** A call of an index. @param folder as it was asked for, absolute */
  async code(
    folder: string,
    name: string,
    call: Call,
    args: readonly unknown[],
    work: Work,
  ): Promise<unknown> {
    return call.isTold === true ? await this.#run(folder, name, args, work) : await work(args);
  }

  /** A call of the memories. */
  async memories(name: string, call: Call, args: readonly unknown[], work: Work): Promise<unknown> {
    if (call.isTold === true) return await this.#run(undefined, name, args, work);
    const answer = await work(args);
    if (!call.reads && !isPreview(answer)) this.changed(name, args, answer);
    return answer;
  }

  /** An import that tells when it has ended. */
  imported(name: string, importing: MemoryImport): MemoryImport {
    return {
      push: (pieces) => importing.push(pieces),
      end: async () => {
        const result = await importing.end();
        this.changed(name, [], result);
        return result;
      },
    };
  }

  changed(call: string, args: readonly unknown[], answer: unknown): void {
    this.#hub.tell("memories", (): MemoriesHappening => {
      const ids = [...new Set(idsIn(args, answer))];
      const count = countIn(answer) ?? ids.length;
      return { call, client: this.#client, ids: ids.slice(0, mostIds), count };
    });
  }

  async #run(
    folder: string | undefined,
    name: string,
    args: readonly unknown[],
    work: Work,
  ): Promise<unknown> {
    const base = { folder, what: name as IndexHappening["what"], client: this.#client };
    const tell = (more: More): void =>
      this.#hub.tell("index", (): IndexHappening => ({ ...base, ...more }));
    tell({ state: "running" });
    try {
      const answer = await work(watched(args, tell));
      tell({ state: "done" });
      return answer;
    } catch (error) {
      const isStopped = (error as { code?: unknown }).code === "HAYPILE_ABORTED";
      const message = error instanceof Error ? error.message : String(error);
      tell(isStopped ? { state: "stopped" } : { state: "failed", error: message.slice(0, 500) });
      throw error;
    }
  }
}

type More = Omit<IndexHappening, "folder" | "what" | "client">;

/** The arguments with a function for progress, which calls the one that was there too. */
function watched(args: readonly unknown[], tell: (more: More) => void): unknown[] {
  const [options, ...rest] = args as [{ onProgress?: (value: unknown) => void } | undefined];
  let lastMs = Number.NEGATIVE_INFINITY;
  let last: unknown;
  const onProgress = (progress: IndexProgress | MigrationProgress): void => {
    options?.onProgress?.(progress);
    const { phase, done, total, msLeft } = countsOf(progress);
    const now = performance.now();
    if (phase === last && done < total && now - lastMs < quietMs) return;
    last = phase;
    lastMs = now;
    tell({ state: "running", phase, done, total, msLeft });
  };
  return [{ ...options, onProgress }, ...rest];
}

type Counts = Required<Pick<IndexHappening, "phase" | "msLeft">> & { done: number; total: number };

function countsOf(progress: IndexProgress | MigrationProgress): Counts {
  const { msLeft } = progress;
  if (!("phase" in progress)) {
    return { phase: undefined, done: progress.done, total: progress.total, msLeft };
  }
  const { phase } = progress;
  return phase === "embed"
    ? { phase, done: progress.chunksDone, total: progress.chunksTotal, msLeft }
    : { phase, done: progress.filesDone, total: progress.filesTotal, msLeft };
}

/** It says how to go on, and has changed nothing. */
function isPreview(answer: unknown): boolean {
  return typeof answer === "object" && answer !== null && "confirm" in answer;
}

/** Ids stand where the calls have them: in the answer, in a list of it, or among the arguments. */
function idsIn(args: readonly unknown[], answer: unknown): string[] {
  const rows = [answer, ...listsIn(answer)].flat();
  const said = rows.flatMap((row) => textsOf((row as { id?: unknown } | null | undefined)?.id));
  if (said.length > 0) return said;
  return args.flatMap((arg) => textsOf(arg)).filter((text) => idShape.test(text));
}

/** As they are made; a text that only looks like one does no harm. */
const idShape = /^[0-9a-z]{16}$/u;

function listsIn(answer: unknown): unknown[][] {
  if (typeof answer !== "object" || answer === null || Array.isArray(answer)) return [];
  return Object.values(answer).filter(Array.isArray);
}

function textsOf(value: unknown): string[] {
  return [value].flat().filter((one) => typeof one === "string");
}

function countIn(answer: unknown): number | undefined {
  const { stored, deleted } = (answer ?? {}) as { stored?: unknown; deleted?: unknown };
  const count = stored ?? deleted;
  return typeof count === "number" ? count : undefined;
}
