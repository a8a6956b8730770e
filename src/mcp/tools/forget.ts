import { z } from "zod";
import { defined } from "../../base/defined.ts";
import { localDay } from "../../base/text/local-time.ts";
import { type Memories, type MemoryFilter, memoryKinds } from "../../ports/memories.ts";
import { fence } from "../answer/fence.ts";
import { ToolFailure } from "../answer/tool-failure.ts";
import { cutToTokens, oneLine } from "../answer/visible-text.ts";
import { defineTool, removes, type ToolAnswer } from "../call/tool.ts";
import { namespacesOf } from "../project/project.ts";
import { instant, namespace, tags } from "./fields.ts";
import { headOf } from "./recall.ts";

export const forget = defineTool({
  name: "forget",
  title: "Forget",
  description:
    "Forget what is wrong, old or unwanted: delete memories by their ids, or all that match a filter. A filter first gives a preview and a confirm token; show the preview to the user, then repeat with confirm. Can be undone for some days.",
  group: "memory",
  input: z.strictObject({
    ids: z.array(z.string().min(1).max(64)).max(100).optional(),
    namespace: namespace.describe("As for recall").optional(),
    tags: tags.describe("All of these").optional(),
    kind: z.enum(memoryKinds).optional(),
    until: z.string().describe("Saved before this day or time").optional(),
    confirm: z.string().max(200).describe("From the preview").optional(),
    undo: z.string().max(64).describe("Id to bring back").optional(),
  }),
  annotations: removes,
  hasRecord: true,
  async run({ ids = [], undo, confirm, until, tags: own, namespace: space, kind }, call) {
    const { memories } = call.backend.haypile;
    const filter: MemoryFilter = defined({
      namespace: namespacesOf(call.connection, space),
      kind,
      tags: own === undefined || own.length === 0 ? undefined : { all: own },
      until: until === undefined ? undefined : instant("until", until),
    });
    const isFilter = [space, kind, until, filter.tags].some((one) => one !== undefined);
    if ([ids.length > 0, undo !== undefined, isFilter].filter(Boolean).length !== 1) {
      throw new ToolFailure(
        "Expected one of: ids, undo, or a filter (namespace, tags, kind, until). recall shows the ids.",
      );
    }
    if (undo !== undefined) {
      const memory = await memories.undelete(undo);
      return { text: `${memory.id} is back.`, record: { restored: memory.id } };
    }
    if (ids.length > 0) return await forgetEach([...new Set(ids)], memories);
    if (confirm === undefined) {
      const { matched, sample, confirm: token } = await memories.forgetWhere(filter);
      if (matched === 0)
        return { text: "No memory matches; nothing to delete.", record: { matched } };
      const pieces = sample.slice(0, 10).map((memory) => ({
        head: headOf(
          {
            memory,
            score: undefined,
            part: { text: memory.text, isWhole: true },
            before: [],
            after: [],
            unverifiedSince: undefined,
          },
          true,
        ),
        text: cutToTokens(memory.text, 80),
      }));
      return {
        text: `${matched} memories would be deleted; nothing is yet. The first ${pieces.length}:\n${fence(pieces)}\nTo delete them, repeat the call with confirm="${token}" (good for ten minutes).`,
        record: { matched, confirm: token, sample: sample.slice(0, 10).map((one) => one.id) },
      };
    }
    const result = await memories.forgetWhere(filter, { confirm });
    return {
      text: `Deleted ${result.deleted} memories${untilWhen(result.recoverableUntil)}.`,
      record: { ...result },
    };
  },
});

/** All of them or, where one is not there, none. */
async function forgetEach(ids: readonly string[], memories: Memories): Promise<ToolAnswer> {
  const found = await Promise.all(ids.map((id) => memories.get(id)));
  const missing = ids.filter((_, at) => found[at] === undefined);
  if (missing.length > 0) {
    const nothing = ids.length > 1 ? " Nothing was deleted." : "";
    throw new ToolFailure(
      `No memory has the id ${missing.map((id) => oneLine(id, 64)).join(", ")}.${nothing} recall shows the ids of memories.`,
    );
  }
  const lines: string[] = [];
  let record: Record<string, unknown> = {};
  for (const id of ids) {
    const result = await memories.forget(id);
    lines.push(`Deleted ${oneLine(id, 64)}${untilWhen(result.recoverableUntil, id)}.`);
    record = { ...result };
  }
  if (ids.length > 1) record = { ...record, deleted: ids.length };
  return { text: lines.join("\n"), record };
}

function untilWhen(recoverable: string | undefined, id?: string): string {
  if (recoverable === undefined) return "";
  return `; it can be undone until ${localDay(recoverable)}${id === undefined ? "" : ` with undo="${oneLine(id, 64)}"`}`;
}
