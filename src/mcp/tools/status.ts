import { z } from "zod";
import { defined } from "../../base/defined.ts";
import { version } from "../../base/package/version.ts";
import { failureText } from "../answer/tool-failure.ts";
import { oneLine } from "../answer/visible-text.ts";
import { defineTool, reads } from "../call/tool.ts";
import { alikeNotes } from "../project/alike.ts";
import {
  connectionProject,
  connectionRoot,
  type Place,
  projectNamespace,
} from "../project/project.ts";
import { indexedFolders } from "./index-status.ts";

export const status = defineTool({
  name: "status",
  title: "Status",
  description:
    "Health of this Haypile server: version, memories kept, indexes open, problems and how to fix them.",
  group: "admin",
  input: z.strictObject({}),
  annotations: reads,
  hasRecord: true,
  async run(_, call) {
    const record = await statusRecord(call);
    const { memories, indexes, issues } = record;
    return {
      text: [
        `Haypile ${version}: ${issues.length === 0 ? "healthy" : "has problems"}.`,
        `Project: ${record.project === undefined ? "none" : oneLine(record.project)}, namespace ${oneLine(record.namespace)}.`,
        record.movedFrom === undefined
          ? ""
          : `It was ${oneLine(record.movedFrom)} when memories were kept last, and is taken for the same project.`,
        ...record.notes,
        memories === undefined
          ? ""
          : `Memories: ${memories.memories} (${memories.withoutVector} without a vector yet) in ${memories.namespaces} namespaces, ${memories.bytesOnDisk} bytes on disk.`,
        ...indexes.map(
          (one) => `Index: ${oneLine(one.root)}, ${one.files} files, ${one.chunks} chunks.`,
        ),
        ...issues.map((issue) => `Problem: ${issue}`),
      ]
        .filter((line) => line !== "")
        .join("\n"),
      record: { ...record },
    };
  },
});

export interface StatusRecord {
  version: string;
  project: string | undefined;
  namespace: string;
  /** Where the project was when its memories were kept last, if that is another place. */
  movedFrom: string | undefined;
  /** Memories that may be the project's under another name. */
  notes: string[];
  memories:
    | { memories: number; withoutVector: number; namespaces: number; bytesOnDisk: number }
    | undefined;
  indexes: Awaited<ReturnType<typeof indexedFolders>>;
  jobs: number;
  issues: string[];
}

/** How the server is; never throws. */
export async function statusRecord({
  backend,
  connection,
}: Pick<Place, "backend" | "connection">): Promise<StatusRecord> {
  const issues: string[] = [];
  const memories = await backend.haypile.memories.stats().then(
    (stats) => ({
      memories: stats.memories,
      withoutVector: stats.withoutVector,
      namespaces: stats.namespaces.length,
      bytesOnDisk: stats.bytesOnDisk,
    }),
    (error: unknown) => {
      issues.push(failureText(error, "status"));
      return undefined;
    },
  );
  const notes = await alikeNotes(backend.haypile.memories, connectionRoot(connection)).catch(
    () => [],
  );
  const indexes = await indexedFolders({ backend });
  for (const { error, state } of backend.jobs.list().slice(0, 5)) {
    if (state === "failed" && error !== undefined) issues.push(oneLine(error, 600));
  }
  const record = {
    version,
    namespace: projectNamespace(connection),
    movedFrom: connectionProject(connection)?.movedFrom,
    notes,
    indexes,
    jobs: backend.jobs.list().filter(({ state }) => state === "running").length,
    issues,
  };
  return {
    ...record,
    ...defined({ project: connectionRoot(connection), memories }),
  } as StatusRecord;
}
