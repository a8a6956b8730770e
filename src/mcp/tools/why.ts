import { z } from "zod";
import type { WhyChunk } from "../../ports/answers/search.ts";
import { floor } from "../../search/ranking/evidence.ts";
import { ToolFailure } from "../answer/tool-failure.ts";
import { oneLine } from "../answer/visible-text.ts";
import { answerWithin, defineTool, reads, type ToolAnswer, type ToolCall } from "../call/tool.ts";
import { indexFor, inProject, namespacesOf } from "../project/project.ts";
import { path, project } from "./fields.ts";

export const why = defineTool({
  name: "why",
  title: "Why this rank",
  description:
    "Explain a ranking: why a file, or a memory by id, came where it did for a query, or why an expected result is missing.",
  group: "admin",
  input: z.strictObject({
    query: z.string().min(1).max(2000),
    path: path.describe("The file expected by find_code").optional(),
    id: z.string().max(64).describe("The memory expected by recall").optional(),
    project,
  }),
  annotations: reads,
  hasRecord: false,
  async run({ query, path: file, id, project: folder }, call) {
    if ((file === undefined) === (id === undefined)) {
      throw new ToolFailure("Expected either path (a file) or id (a memory).");
    }
    if (id !== undefined) return await whyMemory(query, id, call);
    const index = await indexFor(call, folder);
    const result = await index.code.why(query, inProject(index, file as string), {
      signal: call.signal,
      deadlineMs: answerWithin(call),
    });
    return {
      text: [oneLine(result.verdict, 600), ...result.chunks.slice(0, 5).map(chunkText)].join("\n"),
    };
  },
});

function chunkText({
  startLine,
  endLine,
  rank,
  score,
  rankByWords,
  rankByMeaning,
  parts,
}: WhyChunk): string {
  const scores = Object.entries(parts ?? {})
    .filter(([, value]) => typeof value === "number")
    .map(([name, value]) => `${name} ${Number(value).toFixed(3)}`);
  return `lines ${startLine}-${endLine}: rank ${rank ?? "none"}, score ${score?.toFixed(3) ?? "none"}, by words ${rankByWords ?? "none"}, by meaning ${rankByMeaning ?? "none"}${scores.length === 0 ? "" : ` (${scores.join(", ")})`}`;
}

function floorNote(relevance: number): string {
  return relevance < floor
    ? ` Its relevance is below ${floor}: recall leaves it out unless min_score is 0.`
    : "";
}

async function whyMemory(query: string, id: string, call: ToolCall): Promise<ToolAnswer> {
  const { memories } = call.backend.haypile;
  const memory = await memories.get(id);
  if (memory === undefined)
    throw new ToolFailure(`No memory has the id ${oneLine(id, 64)}: it never was, or was deleted.`);
  const usual = new Set([namespacesOf(call.connection)].flat());
  const { hits, searched } = await memories.recall(query, {
    namespace: memory.namespace,
    k: 1000,
    minScore: 0,
    why: true,
    signal: call.signal,
    deadlineMs: answerWithin(call),
  });
  const at = hits.findIndex((hit) => hit.memory.id === id);
  const place = usual.has(memory.namespace)
    ? ""
    : `\nIt is in namespace ${oneLine(memory.namespace)}, which recall does not look at unless told.`;
  const parts = hits[at]?.why;
  if (at < 0 || parts === undefined) {
    return {
      text: `${id} is not among the ${hits.length} found of ${searched} in its namespace: neither words nor meaning are near.${place}`,
    };
  }
  const shares = Object.entries(parts).map(
    ([name, value]) => `${name} ${value === undefined ? "none" : Number(value).toFixed(3)}`,
  );
  return {
    text: `${id} is number ${at + 1} of ${searched} in its namespace, score ${hits[at]?.score.toFixed(3)} (${shares.join(", ")}).${floorNote(parts.relevance)}${place}`,
  };
}
