import { z } from "zod";
import type { KnownIndex } from "../../ports/answers/index-facts.ts";
import { ToolFailure } from "../answer/tool-failure.ts";
import { oneLine } from "../answer/visible-text.ts";
import type { IndexJob } from "../backend/jobs.ts";
import { defineTool, reads, type ToolCall } from "../call/tool.ts";
import { jobRecord, jobText, longestWaitSeconds, waitFor } from "./job-text.ts";

export const indexStatus = defineTool({
  name: "index_status",
  title: "Index status",
  description:
    "Progress of an indexing job (wait for it with wait_seconds), or, without a job, which folders are indexed and how fresh each is.",
  group: "admin",
  input: z.strictObject({
    job: z.string().max(64).optional(),
    wait_seconds: z.int().min(0).max(longestWaitSeconds).default(0),
  }),
  annotations: reads,
  hasRecord: true,
  async run({ job: id, wait_seconds: seconds }, call) {
    const { jobs } = call.backend;
    if (id !== undefined) {
      const job = jobs.get(id);
      if (job === undefined) {
        throw new ToolFailure(
          `No job has the id ${oneLine(id, 64)}: it ended long ago, or the server was restarted since. Call index_status without job to see what is indexed.`,
        );
      }
      await waitFor(job, seconds, call);
      return { text: jobText(job), record: jobRecord(job) };
    }
    const running = jobs.list().find((job) => job.state === "running");
    if (running !== undefined && seconds > 0) await waitFor(running, seconds, call);
    const roots = await indexedFolders(call);
    const { listed, others } = await indexesAtRest(
      call,
      roots.map(({ root }) => root),
    );
    const recent = jobs.list().slice(0, 5);
    return {
      text: [
        roots.length + listed.length === 0 ? "There is no index yet. index_path makes one." : "",
        ...roots.map(
          (one) =>
            `${oneLine(one.root)}: ${one.files} files, ${one.chunks} chunks, ${one.withVector} with a vector, last run ${one.lastIndex ?? "never finished"}${one.withoutDefinitions === 0 ? "" : `, definitions of ${one.withoutDefinitions} files missing`}${one.watched === undefined ? "" : `, ${watchedAs[one.watched]}`}`,
        ),
        ...listed.map(atRestText),
        others === 0 ? "" : `and ${others} more that were used less lately`,
        ...recent.map(jobText),
      ]
        .filter((line) => line !== "")
        .join("\n"),
      record: {
        roots,
        onDisk: listed.map(atRestRecord),
        jobs: recent.map((job: IndexJob) => jobRecord(job)),
      },
    };
  },
});

/** Of a folder that is kept up to date by itself. */
const watchedAs = {
  opening: "watched soon",
  events: "watched",
  polling: "looked at now and then",
} as const;

interface IndexedFolder {
  root: string;
  files: number;
  chunks: number;
  withVector: number;
  /** Files whose definitions are missing. */
  withoutDefinitions: number;
  lastIndex: string | undefined;
  /** How it is kept up to date by itself; undefined: it is not. */
  watched: "opening" | "events" | "polling" | undefined;
}

/** Those that are open now. */
export async function indexedFolders({
  backend: { haypile },
}: Pick<ToolCall, "backend">): Promise<IndexedFolder[]> {
  const found: IndexedFolder[] = [];
  for (const folder of await haypile.openFolders()) {
    const code = haypile.code(folder);
    try {
      const { root, index, lastIndex, watched } = await code.status();
      const withoutDefinitions = (await code.unparsed()).length;
      const { files, chunks, vectors: withVector } = index;
      const how = watched?.how;
      const counts = { files, chunks, withVector, withoutDefinitions };
      found.push({ root, ...counts, lastIndex, watched: how });
    } catch {
      // One that went away meanwhile is none.
    }
  }
  return found;
}

/** Of indexes that are not open, those used last. */
const mostAtRest = 30;

async function indexesAtRest(
  { backend }: Pick<ToolCall, "backend">,
  open: readonly string[],
): Promise<{ listed: KnownIndex[]; others: number }> {
  const known = await backend.haypile.indexes();
  const atRest = known
    .filter(({ folder }) => folder === undefined || !open.includes(folder))
    .sort((a, b) => ((a.lastUsed ?? "") < (b.lastUsed ?? "") ? 1 : -1));
  return { listed: atRest.slice(0, mostAtRest), others: Math.max(0, atRest.length - mostAtRest) };
}

function atRestText({ folder, database, bytes, lastIndex, vanished, damaged }: KnownIndex): string {
  const name = oneLine(folder ?? database);
  const state = [
    "on disk, not open",
    `${bytes} bytes`,
    `last run ${lastIndex ?? "never finished"}`,
    vanished ? "its folder is gone" : "",
    damaged ? "damaged: the user has to delete this file, then index_path makes a new one" : "",
    folder === undefined && !damaged ? "cannot be read now" : "",
  ];
  return `${name}: ${state.filter((one) => one !== "").join(", ")}`;
}

function atRestRecord({ folder, database, problem, ...facts }: KnownIndex): object {
  return {
    ...(folder === undefined ? { database } : { root: folder }),
    ...facts,
    problem: problem === undefined ? undefined : oneLine(problem, 300),
  };
}
