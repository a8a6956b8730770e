/* Takes up lines of JSON, several hundred in one transaction; what cannot be read is told and passed over. */
import { HaypileError } from "../base/errors.ts";
import type { Memories, RememberResult } from "../ports/memories.ts";
import type { MemoryStore } from "../ports/memory-store.ts";
import { type Imported, type ImportFormat, importLine } from "./exchange.ts";
import { checkRemember, checkTime, type Remembered } from "./options.ts";
import type { Prepared } from "./remember.ts";
import { normalForm } from "./same-text.ts";
import { whenFree } from "./when-free.ts";

const linesPerWrite = 500;

export interface ImportParts {
  store: MemoryStore;
  prepare(checked: Remembered): Promise<Prepared>;
  write(items: readonly Prepared[]): Promise<RememberResult[]>;
}

type ImportResult = Awaited<ReturnType<Memories["import"]>>;

export async function importLines(
  lines: AsyncIterable<string> | Iterable<string>,
  options: { format: ImportFormat; namespace: string | undefined },
  parts: ImportParts,
): Promise<ImportResult> {
  const result: ImportResult = { stored: 0, merged: 0, refused: [] };
  const links: { from: string; to: string; relation: string }[] = [];
  let ready: Prepared[] = [];
  const write = async (): Promise<void> => {
    for (const { status } of await parts.write(ready)) {
      if (status === "merged") result.merged += 1;
      else result.stored += 1;
    }
    ready = [];
  };
  let number = 0;
  for await (const line of lines) {
    number += 1;
    if (line.trim() === "") continue;
    try {
      for (const imported of importLine(line, options.format)) {
        const item = await prepare(imported, options.namespace, parts);
        if (item === "known") result.merged += 1;
        else ready.push(item);
        for (const { id, relation } of imported.links ?? []) {
          if (imported.id !== undefined) links.push({ from: imported.id, to: id, relation });
        }
      }
    } catch (error) {
      if (HaypileError.isInstance(error) && error.code !== "HAYPILE_USAGE") throw error;
      result.refused.push({ line: number, reason: (error as Error).message });
    }
    if (ready.length >= linesPerWrite) await write();
  }
  await write();
  const { store } = parts;
  const linkAll = (): void => {
    const exist = ({ from, to }: { from: string; to: string }): boolean =>
      store.current(from) !== undefined && store.current(to) !== undefined;
    for (const { from, to, relation } of links.filter(exist)) {
      store.link(from, to, String(relation).slice(0, 64), Date.now());
    }
  };
  if (links.length > 0) await whenFree(() => store.write("link imported memories", linkAll));
  return result;
}

/** "known": the same memory is here already. Another one with this id keeps it. */
async function prepare(
  { text, options, id, createdAt }: Imported,
  namespace: string | undefined,
  { store, prepare }: ImportParts,
): Promise<Prepared | "known"> {
  const inNamespace = namespace === undefined ? options : { ...options, namespace };
  const item = await prepare(checkRemember(text, inNamespace));
  const known = id === undefined ? undefined : store.current(id);
  const isSame = known !== undefined && normalForm(known.text) === normalForm(item.text);
  if (isSame && known.deleted === undefined && known.namespace === item.namespace) return "known";
  return {
    ...item,
    key: known === undefined ? id : undefined,
    created: checkTime("createdAt", createdAt),
  };
}
