import { join } from "node:path";
import { z } from "zod";
import { defined } from "../../base/defined.ts";
import { passGate } from "../../base/paths/path-gate.ts";
import {
  type MemoryAnchor,
  memoryKinds,
  memorySources,
  type RememberOptions,
} from "../../ports/memories.ts";
import { ToolFailure } from "../answer/tool-failure.ts";
import { oneLine } from "../answer/visible-text.ts";
import { adds, defineTool } from "../call/tool.ts";
import {
  connectionRoot,
  indexFor,
  noteConnection,
  type Place,
  projectNamespace,
} from "../project/project.ts";
import { instant, namespace, path, tags } from "./fields.ts";

export const remember = defineTool({
  name: "remember",
  title: "Remember",
  description:
    "Save a fact, decision, preference or lesson for next time: what the user wants to keep, why something was decided, how things are done here. Write one down as soon as it comes up. One self-contained statement a call. The same text again is merged.",
  group: "memory",
  input: z.strictObject({
    text: z.string().min(1).max(8000),
    kind: z.enum(memoryKinds).describe("Default: note").optional(),
    tags: tags.optional(),
    namespace: namespace.describe('Default: this project. "default": holds everywhere').optional(),
    source: z.enum(memorySources).default("agent"),
    importance: z.number().min(0).max(1).optional(),
    expires: z.string().describe("Day or time").optional(),
    replaces: z.string().max(64).describe("Id it corrects").optional(),
    files: z.array(path).max(16).describe("Code it is about: path or path#Symbol").default([]),
  }),
  annotations: adds,
  hasRecord: true,
  async run(args, call) {
    const { text, kind, source, files, expires, importance, replaces } = args;
    const { namespace: wanted, tags: own } = args;
    if (text.trim() === "") throw new ToolFailure("The text is empty. Pass the statement to keep.");
    // What is not said is taken from the memory that is replaced.
    const space =
      wanted ?? (replaces === undefined ? projectNamespace(call.connection) : undefined);
    const options: RememberOptions = {
      source,
      anchors: files.length > 0 ? await anchorsOf(call, files) : undefined,
      ...defined({
        namespace: space,
        kind,
        tags: own === undefined || own.length === 0 ? undefined : own,
        importance,
        replaces,
        expires: expires === undefined ? undefined : instant("expires", expires),
      }),
    };
    const result = await call.backend.haypile.memories.remember(text, options);
    const { id, status, similar, namespace: place, warning } = result;
    if (wanted === undefined) noteConnection(call.connection);
    const near = similar.filter((one) => one.id !== id).slice(0, 3);
    const said = {
      stored: `Saved as ${id}`,
      merged: `Already known: merged into ${id}`,
      linked: `Saved as ${id}, beside a near copy`,
      superseded: `Saved as ${id}, in place of the old one`,
    }[status];
    const others =
      near.length === 0
        ? ""
        : `\nSimilar: ${near.map((one) => `${one.id} ${one.score.toFixed(2)}`).join(", ")}. If one of them is outdated, pass it as replaces.`;
    return {
      text: `${said}, in namespace ${oneLine(place)}.${warning === undefined ? "" : ` ${warning}`}${others}`,
      record: { id, status, namespace: place, similar: near, ...defined({ warning }) },
    };
  },
});

/** Paths are of the index, or of the client's folder while that has none. */
async function anchorsOf(place: Place, files: readonly string[]): Promise<MemoryAnchor[]> {
  const root = await indexFor(place, undefined).then(
    (index) => index.root,
    () => connectionRoot(place.connection),
  );
  if (root === undefined) {
    throw new ToolFailure(
      "files need a project folder, and this connection has none. Leave files out.",
    );
  }
  return files.map((file) => {
    const at = file.indexOf("#");
    const symbol = at < 0 ? "" : file.slice(at + 1);
    const own = passGate(root, at < 0 ? file : file.slice(0, at));
    return { path: join(root, own), root, symbol: symbol !== "" ? symbol : undefined };
  });
}
