/* Memories out into a file and in from one. Neither is held by this script: the browser keeps the file. */
import type { ImportResult } from "../../../../src/ports/answers/memory-reports.ts";
import type { MemoryFilter } from "../../../../src/ports/memories.ts";
import { ApiError, authorization } from "../../api/client.ts";

/** Downloads what fits the filter, one memory a line. */
export async function exportFile(filter: MemoryFilter): Promise<void> {
  const answer = await fetch("/api/v1/memories/export", {
    method: "POST",
    headers: { "Content-Type": "application/json", ...authorization() },
    body: JSON.stringify(filter),
  });
  await assertDone(answer);
  const url = URL.createObjectURL(await answer.blob());
  const link = document.createElement("a");
  link.href = url;
  link.download = `haypile-memories-${new Date().toISOString().slice(0, 10)}.jsonl`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

export async function importFile(file: Blob, namespace: string): Promise<ImportResult> {
  const query = namespace === "" ? "" : `?${new URLSearchParams({ namespace })}`;
  const answer = await fetch(`/api/v1/memories/import${query}`, {
    method: "POST",
    headers: { "Content-Type": "application/x-ndjson", ...authorization() },
    body: file,
  });
  await assertDone(answer);
  return (await answer.json()) as ImportResult;
}

/** @throws ApiError with the daemon's words */
async function assertDone(answer: Response): Promise<void> {
  if (answer.ok) return;
  const body = (await answer.json()) as { error?: { code: string; message: string } };
  const { code = "HAYPILE_INTERNAL", message = answer.statusText } = body.error ?? {};
  throw new ApiError(code, message);
}
