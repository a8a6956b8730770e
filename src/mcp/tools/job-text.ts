/* A job of indexing in words and as a record, and waiting for it. */
import { defined } from "../../base/defined.ts";
import type { IndexProgress } from "../../ports/answers/index-run.ts";
import { oneLine } from "../answer/visible-text.ts";
import type { IndexJob } from "../backend/jobs.ts";
import type { ToolCall } from "../call/tool.ts";

/** Less than a call may take, so that the answer still comes in time. */
export const longestWaitSeconds = 40;

/** Waits, telling the client how far it is. */
export async function waitFor(job: IndexJob, seconds: number, call: ToolCall): Promise<void> {
  if (seconds === 0) return;
  const most = Math.max(0, Math.min(seconds * 1000, call.msLeft() - 1000));
  await call.backend.jobs.wait(job.id, most, call.signal, (at) => {
    call.progress(steps(at), undefined, stepText(at));
  });
}

/** Grows from phase to phase: files read, then chunks embedded. */
function steps(at: IndexProgress): number {
  return at.filesDone + at.chunksDone;
}

function stepText({
  phase,
  filesDone,
  filesTotal,
  chunksDone,
  chunksTotal,
}: IndexProgress): string {
  if (phase === "scan") return `looking for files, ${filesTotal} so far`;
  return phase === "read"
    ? `read ${filesDone} of ${filesTotal} files`
    : `embedded ${chunksDone} of ${chunksTotal} chunks`;
}

export function jobText({ id, root, state, progress, report, error }: IndexJob): string {
  const where = oneLine(root);
  if (state === "running") {
    const at = progress === undefined ? "waiting for its turn" : stepText(progress);
    return `${id} is indexing ${where}: ${at}. Call index_status with job="${id}" and wait_seconds to follow it; code can be searched meanwhile, with hits missing.`;
  }
  if (state === "done" && report !== undefined) {
    const { files, chunks, timesMs, syntax } = report;
    const missing = syntax.missing.count;
    return `${id} is done: ${where} has ${files.seen} files (${files.new} new, ${files.changed} changed, ${files.deleted} deleted), ${chunks.embedded} chunks embedded, ${(timesMs.total / 1000).toFixed(1)} s.${missing === 0 ? "" : ` Definitions of ${missing} files are missing: find_symbol names them.`}`;
  }
  if (state === "cancelled")
    return `${id} was cancelled; what it had indexed of ${where} stays. index_path goes on from there.`;
  return `${id} failed on ${where}: ${oneLine(error ?? "", 600)}`;
}

export function jobRecord({
  id,
  root,
  state,
  startedAt,
  endedAt,
  progress,
  report,
  error,
}: IndexJob): Record<string, unknown> {
  return {
    job: id,
    root,
    state,
    ...defined({
      startedAt,
      endedAt,
      filesDone: progress?.filesDone,
      filesTotal: progress?.filesTotal,
      chunksDone: progress?.chunksDone,
      chunksTotal: progress?.chunksTotal,
      files: report?.files,
      error,
    }),
  };
}
