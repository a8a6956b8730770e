/*
 * Haypile that tells the hub what its calls do: how far an index or new vectors are, and which memories have changed. It stands
 * where every client's calls pass, so that a page sees a run that somebody began in a terminal.
 */
import type { IndexHappening, MemoriesHappening } from "../ports/answers/happenings.ts";
import type { IndexProgress } from "../ports/answers/index-run.ts";
import type { MigrationProgress } from "../ports/answers/migration.ts";
import { ask, type Call, codeFromTable, doorFromTable, memoriesFromTable } from "../ports/calls.ts";
import type { Haypile } from "../ports/haypile.ts";
import type { MemoryImport } from "../ports/memories.ts";
import type { Hub } from "./hub.ts";

/** Between two tidings of one run, milliseconds: people cannot read faster. */
const quietMs = 100;
const mostIds = 100;

/**
 * @param client whose calls they are
 * @returns what closes with `haypile`, which it stands before
 */
export function telling(haypile: Haypile, hub: Hub, client: string): Haypile {
  const { memories } = haypile;
  const run = async (
    folder: string | undefined,
    what: IndexHappening["what"],
    args: readonly unknown[],
    work: (args: readonly unknown[]) => unknown,
  ): Promise<unknown> => {
    const base = { folder, what, client };
    const tell = (more: Omit<IndexHappening, keyof typeof base>): void =>
      hub.tell("index", (): IndexHappening => ({ ...base, ...more }));
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
  };
  const changed = (call: string, args: readonly unknown[], answer: unknown): void => {
    hub.tell("memories", (): MemoriesHappening => {
      const ids = [...new Set(idsIn(args, answer))];
      return { call, client, ids: ids.slice(0, mostIds), count: countIn(answer) ?? ids.length };
    });
  };
  return {
    ...doorFromTable(async (name, _call, args) => await ask(haypile, name, args)),
    code: (folder, options) => {
      const code = haypile.code(folder, options);
      return codeFromTable(async (name, _call, args) => {
        const work = (given: readonly unknown[]): unknown => ask(code, name, given);
        if (name !== "index" && name !== "migrate") return await work(args);
        return await run(folder, name, args, work);
      });
    },
    memories: memoriesFromTable(
      async (name, call, args) => {
        const work = (given: readonly unknown[]): unknown => ask(memories, name, given);
        if (name === "migrate") return await run(undefined, name, args, work);
        const answer = await work(args);
        if (changes(name, call, args)) changed(name, args, answer);
        return answer;
      },
      {
        export: (filter) => memories.export(filter),
        import: async (lines, options) => {
          const result = await memories.import(lines, options);
          changed("import", [], result);
          return result;
        },
        openImport: async (options) => tellingImport(await memories.openImport(options), changed),
        close: () => memories.close(),
      },
    ),
    close: () => haypile.close(),
    [Symbol.asyncDispose]: () => haypile.close(),
  };
}

/** The arguments with a function for progress, which calls the one that was there too. */
function watched(
  args: readonly unknown[],
  tell: (more: Omit<IndexHappening, "folder" | "what" | "client">) => void,
): unknown[] {
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

/** A preview of what would be forgotten changes nothing. */
function changes(name: string, { reads }: Call, args: readonly unknown[]): boolean {
  return !reads && !(name === "forgetWhere" && args[1] === undefined);
}

function tellingImport(
  importing: MemoryImport,
  changed: (call: string, args: readonly unknown[], answer: unknown) => void,
): MemoryImport {
  return {
    push: (pieces) => importing.push(pieces),
    end: async () => {
      const result = await importing.end();
      changed("import", [], result);
      return result;
    },
  };
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
  const { removed, memories } = answer as { removed?: unknown; memories?: unknown };
  return [removed, memories].filter(Array.isArray);
}

function textsOf(value: unknown): string[] {
  return [value].flat().filter((one) => typeof one === "string");
}

function countIn(answer: unknown): number | undefined {
  const { stored, deleted } = (answer ?? {}) as { stored?: unknown; deleted?: unknown };
  const count = stored ?? deleted;
  return typeof count === "number" ? count : undefined;
}
