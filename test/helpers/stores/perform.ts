/*
 * Performs operations on a memory service and gives its answers in a form that can be compared: without times that it took, tokens,
 * and bytes of files.
 */
import { anchoredTo } from "../../../src/memories/looking/anchored.ts";
import type { MemoryService } from "../../../src/memories/service.ts";
import type { AnchorReader } from "../../../src/ports/anchor-reader.ts";
import type { RemovedMemory } from "../../../src/ports/answers/memory-reports.ts";
import type { MemoryFilter, RecallOptions, RememberOptions } from "../../../src/ports/memories.ts";
import type { MemoryStore } from "../../../src/ports/memory-rows.ts";
import { firstTime, isWrite, type Operation } from "./operations.ts";

export interface Performer {
  store: MemoryStore;
  service: MemoryService;
  code: MadeUpCode;
  /** Ids of all memories that were made, in order. */
  ids: string[];
  /** When each operation was. */
  times: number[];
  /** What forget() answered, to bring it back. */
  forgotten: string[];
  /** What merge() made. */
  merged: string[];
}

/** Code in memory that anchors speak of: each edit makes another text of a file. */
export class MadeUpCode implements AnchorReader {
  readonly #edits = new Map<string, number>();

  edit(path: string): void {
    this.#edits.set(path, (this.#edits.get(path) ?? 0) + 1);
  }

  async admit(anchor: { path: string; symbol?: string | undefined }) {
    return anchor;
  }

  async read({ path, symbol }: { path: string; symbol?: string | undefined }) {
    const edits = this.#edits.get(path) ?? 0;
    // Every fourth edit takes it away.
    if (edits % 4 === 3) return undefined;
    return { text: `${symbol ?? "file"} of ${path}\nline ${edits}\n`, modified: firstTime };
  }

  async past(questions: readonly unknown[]) {
    return questions.map(() => ({ why: "there is no git" }));
  }

  async lastCommit() {
    return undefined;
  }

  close(): void {}
}

export interface Said {
  /** What was asked for, or an error's code. */
  answer: unknown;
  /** That error's message. */
  message?: string;
}

/** The clock stands at `now` while it runs. */
export async function perform(on: Performer, operation: Operation, now: number): Promise<Said> {
  on.times.push(now);
  const said: Said = { answer: undefined };
  try {
    said.answer = await answerOf(on, operation);
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    if (code === undefined || !code.startsWith("HAYPILE_")) throw error;
    said.answer = { error: code };
    said.message = message;
  }
  // What goes on behind an answer has ended before the next: uses are counted, vectors and links are there.
  if (isWrite(operation.what)) await on.service.settled();
  else await on.service.get("nobody");
  return said;
}

async function answerOf(on: Performer, { what, given }: Operation): Promise<unknown> {
  const { service, store, ids } = on;
  const idAt = (place: unknown): string =>
    ids[Math.floor((place as number) * ids.length)] ?? "nobody";
  const timeAt = (place: unknown): string =>
    new Date(on.times[Math.floor((place as number) * on.times.length)] ?? firstTime).toISOString();
  /** Among those that are there, for calls that change; now and then among all there ever were. */
  const liveAt = async (place: unknown, namespace?: string): Promise<string> => {
    const share = ((place as number) * 7) % 1;
    if (share > 0.85) return idAt(place);
    const { memories } = await service.list({ limit: 60, ...(namespace && { namespace }) });
    return memories[Math.floor((place as number) * memories.length)]?.id ?? "nobody";
  };
  const livePicks = async (): Promise<string[]> => {
    const [first, ...rest] = given.picks as number[];
    const id = await liveAt(first);
    const found = [id];
    const namespace = (await service.get(id))?.namespace;
    for (const place of rest) found.push(await liveAt(place, namespace));
    return [...new Set(found)];
  };
  const asOf = given.asOf === undefined ? {} : { asOf: timeAt(given.asOf) };
  switch (what) {
    case "remember": {
      const again = given.again === undefined ? undefined : await service.get(idAt(given.again));
      const replaces = given.replaces === undefined ? {} : { replaces: idAt(given.replaces) };
      const result = await service.remember(again?.text ?? (given.text as string), {
        ...(given.options as RememberOptions),
        ...(again && { namespace: again.namespace }),
        ...replaces,
      });
      note(ids, result.id);
      return result;
    }
    case "rememberMany": {
      const items = given.items as ({ text: string } & RememberOptions)[];
      try {
        const results = await service.rememberMany(items);
        for (const { id } of results) note(ids, id);
        return results;
      } catch (error) {
        const { stored = [] } = (error as { data?: { stored?: { id: string }[] } }).data ?? {};
        for (const { id } of stored) note(ids, id);
        throw error;
      }
    }
    case "update":
    case "updateWas":
      return await service.update(await liveAt(given.pick), given.change as RememberOptions);
    case "merge": {
      const made = await service.merge(await livePicks());
      note(ids, made.id);
      on.merged.push(made.id);
      return made;
    }
    case "unmerge":
      return await service.unmerge(on.merged.at(-1) ?? idAt(given.pick));
    case "forget": {
      const gone = await service.forget(await liveAt(given.pick), { hard: given.hard === true });
      if (gone.at !== undefined) on.forgotten.push(gone.at);
      return gone;
    }
    case "forgetWhere": {
      const { confirm, ...preview } = await service.forgetWhere(given.filter as MemoryFilter);
      const gone = await service.forgetWhere(given.filter as MemoryFilter, {
        confirm,
        hard: given.hard === true,
      });
      return { preview, gone };
    }
    case "undelete":
      return await service.undelete(idAt(given.pick));
    case "undeleteAt":
      return await service.undeleteAt(on.forgotten.at(-1) ?? new Date(firstTime).toISOString());
    case "link": {
      const [from = "nobody", to = "nobody"] = await livePicks();
      return await service.link(from, to, given.relation as string);
    }
    case "dismiss": {
      const [id = "nobody", other = "nobody"] = await livePicks();
      return await service.dismiss(id, other, { undo: given.undo === true });
    }
    case "verify":
      return await service.verify(await liveAt(given.pick));
    case "edit":
      return on.code.edit(given.path as string);
    case "collect": {
      const { removed, erased } = await service.collect();
      return { removed: byTime(removed), erased };
    }
    case "import": {
      const result = await service.import(given.lines as string[]);
      const { memories } = await service.list({ limit: (given.lines as string[]).length });
      for (const { id } of memories.reverse()) note(ids, id);
      return { result, memories };
    }
    case "recall": {
      const options = { ...(given.options as RecallOptions), ...asOf, cache: false };
      const { timesMs, ...rest } = await service.recall(given.query as string, options);
      return rest;
    }
    case "list": {
      const pages: unknown[] = [];
      let cursor: string | undefined;
      for (let page = 0; page < (given.pages as number); page += 1) {
        const options = { ...(given.options as object), ...asOf, ...(cursor && { cursor }) };
        const { nextCursor, ...rest } = await service.list(options);
        pages.push({ ...rest, isMore: nextCursor !== undefined });
        cursor = nextCursor;
        if (cursor === undefined) break;
      }
      return pages;
    }
    case "get":
      return await service.get(idAt(given.pick), asOf);
    case "history":
      return await service.history(idAt(given.pick));
    case "duplicates": {
      const { pairs, nextCursor } = await service.duplicates({ limit: 20 });
      return { pairs, isMore: nextCursor !== undefined };
    }
    case "unverified": {
      const { memories, looked, nextCursor } = await service.unverified({ deadlineMs: 60_000 });
      return { memories, looked, isMore: nextCursor !== undefined };
    }
    case "anchored":
      return anchoredTo(store, given as unknown as Parameters<typeof anchoredTo>[1]);
    case "stats": {
      const { bytesOnDisk, ...rest } = await service.stats();
      return rest;
    }
    case "removed":
      return byTime(await service.removed(10_000));
    case "export":
      return await exported(service.export(given.filter as MemoryFilter));
  }
}

async function exported(lines: AsyncIterable<string>): Promise<unknown[]> {
  const records: unknown[] = [];
  for await (const line of lines) records.push(unsalted(line));
  return records;
}

/** What went in one moment is in no order. */
function byTime(removed: readonly RemovedMemory[]): RemovedMemory[] {
  const orderOf = ({ at, why, id }: RemovedMemory): string => `${at} ${why} ${id}`;
  return [...removed].sort((a, b) => (orderOf(a) < orderOf(b) ? 1 : -1));
}

/** What is kept of an anchor's text has bytes by chance in it. */
function unsalted(line: string): unknown {
  const record = JSON.parse(line) as { anchors?: Record<string, unknown>[] };
  for (const anchor of record.anchors ?? []) delete anchor.seen;
  return record;
}

function note(ids: string[], id: string): void {
  if (!ids.includes(id)) ids.push(id);
}
