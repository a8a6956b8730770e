/*
 * Takes up records, several hundred in one transaction. What cannot be read is told and passed over; what holds a
 * secret is left out and told as well.
 */
import { HaypileError } from "../../base/errors.ts";
import type { ImportResult, MemoryImport } from "../../ports/answers/memory-reports.ts";
import type { RememberResult } from "../../ports/memories.ts";
import type { MemoryRow, MemoryStore, WholeMemory } from "../../ports/memory-rows.ts";
import { checkRemember, checkTime, type Remembered } from "../checks/options.ts";
import { oneForm } from "../text/equal-text.ts";
import type { Prepared } from "../writing/prepared.ts";
import { whenFree } from "../writing/when-free.ts";
import { type Imported, type ImportFormat, readRecord } from "./exchange.ts";
import { JsonRecords } from "./json-records.ts";
import { readOwnLine } from "./own-format.ts";

const recordsPerWrite = 500;
const charactersPerWrite = 2_000_000;
/** More are counted, and not listed. */
const mostListed = 1_000;

export interface ImportParts {
  store: Pick<MemoryStore, "rows" | "relations" | "write">;
  prepare(checked: Remembered): Promise<Prepared>;
  write(items: readonly Prepared[]): Promise<RememberResult[]>;
}

export interface ImportOptions {
  format: ImportFormat;
  namespace: string | undefined;
  allowSecrets: boolean;
  /** The strings are pieces of one text; else each is a line. */
  isText: boolean;
}

/** An import that is given its text by and by. */
export class RecordImport implements MemoryImport {
  readonly #importing: Importing;
  readonly #records = new JsonRecords();
  readonly #isText: boolean;

  constructor(options: ImportOptions, parts: ImportParts) {
    this.#importing = new Importing(options, parts);
    this.#isText = options.isText;
  }

  async push(pieces: readonly string[]): Promise<void> {
    for (const piece of pieces) {
      for (const found of this.#records.push(this.#isText ? piece : `${piece}\n`)) {
        await this.#importing.take(found);
      }
    }
  }

  async end(): Promise<ImportResult> {
    for (const found of this.#records.end()) await this.#importing.take(found);
    return await this.#importing.end();
  }
}

class Importing {
  readonly #options: ImportOptions;
  readonly #parts: ImportParts;
  readonly #result: ImportResult = { stored: 0, merged: 0, refused: [], refusedCount: 0 };
  readonly #links: { from: string; to: string; relation: string; at: number }[] = [];
  /** Ids that this import brought: what says the same under two of them was two before. */
  readonly #brought = new Set<string>();
  #ready: Prepared[] = [];
  #characters = 0;

  constructor(options: ImportOptions, parts: ImportParts) {
    this.#options = options;
    this.#parts = parts;
  }

  async take(found: ReturnType<JsonRecords["push"]>[number]): Promise<void> {
    if ("reason" in found) {
      this.#refuse(found.line, found.reason);
      return;
    }
    try {
      const { own, memories, leftOut } = readRecord(found.text, this.#options.format, found.list);
      for (const reason of leftOut) this.#refuse(found.line, reason);
      if (own !== undefined) await this.#takeOwn(own, found.line);
      for (const one of memories) await this.#takeOther(one, found.line);
    } catch (error) {
      this.#refuse(found.line, reasonOf(error));
    }
    const isFull = this.#ready.length >= recordsPerWrite || this.#characters >= charactersPerWrite;
    if (isFull) await this.#write();
  }

  async end(): Promise<ImportResult> {
    await this.#write();
    const { store } = this.#parts;
    const linkAll = (): void => {
      for (const { from, to, relation, at } of this.#links) {
        const exist =
          store.rows.current(from) !== undefined && store.rows.current(to) !== undefined;
        if (exist) store.relations.link(from, to, relation, at);
      }
    };
    if (this.#links.length > 0) {
      await whenFree(() => store.write("link imported memories", linkAll));
    }
    return this.#result;
  }

  async #takeOther({ text, options, createdAt }: Imported, line: number): Promise<void> {
    const { namespace, allowSecrets } = this.#options;
    const inNamespace = namespace === undefined ? options : { ...options, namespace };
    try {
      const checked = checkRemember(text, { ...inNamespace, allowSecrets });
      const created = checkTime("createdAt", createdAt);
      this.#add({ ...(await this.#parts.prepare(checked)), created });
    } catch (error) {
      this.#refuse(line, reasonOf(error));
    }
  }

  /** The same memory is here already, or another has its id, or it is written as it was. */
  async #takeOwn(record: Record<string, unknown>, line: number): Promise<void> {
    const { namespace, allowSecrets } = this.#options;
    const { whole, isUnseen, leftOut } = readOwnLine(record, namespace, allowSecrets);
    for (const reason of leftOut) this.#refuse(line, reason);
    const newest = whole.rows.at(-1) as MemoryRow;
    const known = newest.key === "" ? [] : this.#parts.store.rows.versions(newest.key);
    const form = oneForm(newest.text);
    const isSame = known.some((row) => oneForm(row.text) === form);
    const isHere = known.at(-1)?.deleted === undefined;
    const isKnown = isSame && isHere && known.at(-1)?.namespace === newest.namespace;
    const key = known.length === 0 && newest.key !== "" ? newest.key : undefined;
    if (isKnown || key !== undefined) {
      for (const link of whole.links) this.#links.push({ from: newest.key, ...link });
    }
    if (isKnown) {
      this.#result.merged += 1;
      return;
    }
    const checked = checkRemember(newest.text, {
      ...optionsOf(newest),
      anchors: whole.anchors.map(({ path, symbol }) => ({ path, ...(symbol && { symbol }) })),
      allowSecrets: true,
    });
    const seen = isUnseen ? (await this.#parts.prepare(checked)).anchorsSeen : whole.anchors;
    if (key !== undefined) this.#brought.add(key);
    this.#add({
      ...checked,
      anchorsSeen: seen,
      key,
      created: newest.created,
      validFrom: newest.validFrom,
      past: { ...whole, anchors: [...seen] },
      apart: this.#brought,
    });
  }

  #add(item: Prepared): void {
    this.#ready.push(item);
    this.#characters += item.text.length;
  }

  async #write(): Promise<void> {
    const items = this.#ready;
    this.#ready = [];
    this.#characters = 0;
    if (items.length === 0) return;
    for (const { status } of await this.#parts.write(items)) {
      if (status === "merged") this.#result.merged += 1;
      else this.#result.stored += 1;
    }
  }

  #refuse(line: number, reason: string): void {
    this.#result.refusedCount += 1;
    if (this.#result.refused.length < mostListed) this.#result.refused.push({ line, reason });
  }
}

/** What is wrong with one record. What is wrong with the database ends the import. */
function reasonOf(error: unknown): string {
  const isOfRecord =
    !HaypileError.isInstance(error) ||
    error.code === "HAYPILE_USAGE" ||
    error.code === "HAYPILE_SECRET";
  if (!isOfRecord) throw error;
  return (error as Error).message;
}

function optionsOf(row: WholeMemory["rows"][number]): Parameters<typeof checkRemember>[1] {
  const { namespace, tags, kind, source, importance, pinned, validFrom, expires } = row;
  return {
    namespace,
    tags,
    kind,
    source,
    importance,
    pinned,
    validFrom: new Date(validFrom).toISOString(),
    ...(expires !== undefined && { expires: new Date(expires).toISOString() }),
  };
}
