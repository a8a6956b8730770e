/* Memories out as lines and in as text, by and by: neither is held, and who reads or writes slowly slows the other end. */
import type { ImportOptions, ImportResult } from "../../ports/answers/memory-reports.ts";
import type { Memories, MemoryFilter } from "../../ports/memories.ts";
import { contentType, wrongType } from "./body.ts";
import { plainHeaders, Refusal } from "./refusal.ts";

/** Characters that go out at a time. */
const pieceChars = 64 * 1024;
const lineType = "application/x-ndjson";
const importTypes = [lineType, "application/jsonl", "application/json"];

/** The first lines are read before anything is answered, so that what fails at once is an error like others. */
export async function exportResponse(
  memories: Pick<Memories, "export">,
  filter: MemoryFilter | undefined,
): Promise<Response> {
  const lines = memories.export(filter)[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  const next = async (): Promise<Uint8Array | undefined> => {
    let text = "";
    while (text.length < pieceChars) {
      const { done, value } = await lines.next();
      if (done === true) break;
      text += `${value}\n`;
    }
    return text === "" ? undefined : encoder.encode(text);
  };
  let piece = await next();
  const body = new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        if (piece === undefined) return controller.close();
        controller.enqueue(piece);
        piece = await next();
      },
      cancel: async () => void (await lines.return?.()),
    },
    { highWaterMark: 0 },
  );
  const day = new Date().toISOString().slice(0, 10);
  return new Response(body, {
    headers: {
      "Content-Type": lineType,
      "Content-Disposition": `attachment; filename="haypile-memories-${day}.jsonl"`,
      ...plainHeaders,
    },
  });
}

/**
 * Lines or JSON of a known format, of any length: no more is taken than can be written. What came before the client went
 * away is kept.
 * @throws Refusal 415, and as Memories.openImport()
 */
export async function importFrom(
  memories: Pick<Memories, "openImport">,
  request: Request,
  options: ImportOptions | undefined,
): Promise<ImportResult> {
  const type = contentType(request);
  if (!importTypes.includes(type)) throw wrongType(type, importTypes);
  const importing = await memories.openImport({ ...options, asText: true });
  // A mark at the beginning of a file is no text, and a broken letter is refused with its line where that matters.
  const decoder = new TextDecoder();
  if (request.body !== null) {
    for await (const part of request.body) {
      const text = decoder.decode(part, { stream: true });
      if (text !== "") await importing.push([text]);
    }
    const rest = decoder.decode();
    if (rest !== "") await importing.push([rest]);
  }
  if (request.signal.aborted) throw new Refusal(400, "The body ended in the middle.");
  return await importing.end();
}
