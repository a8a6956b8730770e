/* recall with code: memories and code of the client's project in one list, as they are or as of a moment. */
import { defined } from "../../base/defined.ts";
import { isSecretPath } from "../../base/paths/secret-paths.ts";
import { localDay, localMinute } from "../../base/text/local-time.ts";
import type { SearchHit } from "../../ports/answers/search.ts";
import type { AskResult, AskSide } from "../../ports/answers/time/ask.ts";
import type { RecallHit } from "../../ports/memories.ts";
import { fitting } from "../answer/hit-text.ts";
import { ToolFailure } from "../answer/tool-failure.ts";
import { oneLine } from "../answer/visible-text.ts";
import { toolGroups } from "../backend/tool-groups.ts";
import { answerWithin, type ToolCall } from "../call/tool.ts";
import { connectionRoot, namespacesOf } from "../project/project.ts";

/** What recall was asked with. */
export interface AskedBoth {
  query?: string | undefined;
  namespace?: string | undefined;
  as_of?: string | undefined;
  limit: number;
  min_score?: number | undefined;
  max_tokens: number;
}

export interface BothFound {
  /** Of both, in order: what is ours stands as it is, memories go between marks. */
  memories: RecallHit[];
  code: string[];
  /** One line about the moment, and what limits the answer. */
  notes: string[];
  record: Record<string, unknown>;
}

/** @throws ToolFailure where there is no question or no project; what haypile.ask() throws */
export async function findBoth(
  asked: AskedBoth,
  narrowed: readonly string[],
  call: ToolCall,
): Promise<BothFound> {
  const { query, as_of: asOf, max_tokens: maxTokens } = asked;
  const { options, connection, backend } = call;
  const folder = connectionRoot(connection);
  const isOff = !(options.tools ?? toolGroups).includes("code");
  const [first] = narrowed;
  if (isOff) throw new ToolFailure("Code is not searched here. Leave code out.");
  if (folder === undefined) {
    throw new ToolFailure("This connection has no project folder. Leave code out.");
  }
  if (query === undefined || query.trim() === "") {
    throw new ToolFailure("Expected query with code: true. Say what to look for.");
  }
  if (first !== undefined) {
    throw new ToolFailure(`Expected no ${first} with code: true: it is of memories alone.`);
  }
  const result = await backend.haypile.ask(query, {
    folder,
    namespace: asked.namespace === "*" ? "*" : namespacesOf(connection, asked.namespace),
    k: asked.limit,
    snippetLines: 8,
    maxTokens,
    deadlineMs: answerWithin(call),
    signal: call.signal,
    ...defined({ asOf, minScore: asked.min_score }),
  });
  const memories = result.hits.flatMap((hit) => (hit.kind === "memory" ? [hit.memory] : []));
  const hits = result.hits.flatMap((hit): SearchHit[] =>
    hit.kind === "code" && !isSecretPath(hit.code.path) ? [hit.code] : [],
  );
  const code = fitting(hits, "snippets", maxTokens, 0);
  return {
    memories,
    code,
    notes: [
      ...momentOf(result),
      ...sideOf("memories", result.memories),
      ...sideOf("code", result.code),
    ],
    record: {
      asOf: result.asOf,
      commit: result.code.at?.commit,
      code: hits.map(({ path, startLine, endLine, score, symbol }) =>
        defined({ path, startLine, endLine, score, symbol: symbol?.name }),
      ),
    },
  };
}

function momentOf({ asOf, code }: AskResult): string[] {
  if (asOf === undefined) return [];
  const { at } = code;
  const commit =
    at === undefined ? "" : `; code at ${at.commit.slice(0, 12)} of ${localDay(at.date)}`;
  return [`As of ${localMinute(asOf.at)}${commit}.`];
}

function sideOf(what: string, { problem, notes, found, nearest }: AskSide): string[] {
  const said = notes.map((note) => `note: ${what}: ${oneLine(note, 300)}`);
  if (problem !== undefined) said.push(`note: no ${what}: ${oneLine(problem.message, 400)}`);
  else if (found === 0 && nearest !== undefined) {
    said.push(`note: no ${what} near enough (best score ${nearest.toFixed(2)}).`);
  }
  return said;
}
