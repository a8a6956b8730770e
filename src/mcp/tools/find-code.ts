import { z } from "zod";
import { defined } from "../../base/defined.ts";
import { isSecretPath } from "../../base/paths/secret-paths.ts";
import { localDay } from "../../base/text/local-time.ts";
import type { SearchResult } from "../../ports/answers/search.ts";
import { cursorFor, offsetOf } from "../answer/cursor.ts";
import { fitting } from "../answer/hit-text.ts";
import { oneLine } from "../answer/visible-text.ts";
import { answerWithin, defineTool, reads, type ToolCall } from "../call/tool.ts";
import { answerAcross, severalIn } from "../project/across.ts";
import { emptyFilter, type FoundIndex, filterIn, indexFor } from "../project/project.ts";
import { cursor, limit, maxTokens, path, projects } from "./fields.ts";

/** What search() gives at most. */
const mostHits = 1000;

const input = z.strictObject({
  query: z
    .string()
    .min(1)
    .max(2000)
    .describe("Words or a question; filters lang: path: kind: -test"),
  path: path.describe("Folder or glob").optional(),
  language: z.string().max(40).optional(),
  tests: z.boolean().default(true),
  detail: z.enum(["locations", "snippets", "full"]).default("snippets"),
  limit: limit(10, 100),
  min_score: z.number().min(0).max(1).describe("0: also what is not near").optional(),
  max_tokens: maxTokens(4000),
  at: z.string().max(200).describe("Commit, tag or day").optional(),
  cursor,
  project: projects,
});

export const findCode = defineTool({
  name: "find_code",
  title: "Find code",
  description:
    "Search the codebase by meaning and keywords when you do not know the exact name: where something is done, how a feature works, docs and config too. For a known identifier use find_symbol.",
  group: "code",
  input,
  annotations: reads,
  hasRecord: false,
  async run(args, call) {
    const { cursor: from, max_tokens: most, ...question } = args;
    const offset = offsetOf(question, from);
    const across = severalIn(args.project);
    if (across !== undefined) {
      return { text: await answerAcross(call, { ...args, question, offset, projects: across }) };
    }
    const index = await indexFor(call, args.project);
    const inside = filterIn(index, args.path);
    const result = await index.code.search(args.query, {
      k: wholePages(offset + args.limit + 1, args.limit),
      pageSize: args.limit,
      signal: call.signal,
      deadlineMs: answerWithin(call),
      ...defined({ minScore: args.min_score, at: args.at }),
      snippetLines: args.detail === "locations" ? 1 : 8,
      filter: defined({
        paths: inside === undefined ? undefined : [inside],
        languages: args.language === undefined ? undefined : [args.language.toLowerCase()],
        noTests: args.tests ? undefined : true,
      }),
    });
    const all = result.hits.filter((hit) => !isSecretPath(hit.path)).slice(offset);
    const shown = fitting(all.slice(0, args.limit), args.detail, most, offset);
    const isMore = all.length > shown.length && shown.length > 0;
    return {
      text: [
        `${headOf(args.query, index, offset, shown.length)}${revisionOf(result)}`,
        ...shown,
        shown.length === 0
          ? `${advice(args, result.nearest)}${await emptyFilter(index, inside)}`
          : "",
        isMore ? `more: cursor="${cursorFor(question, offset + shown.length)}"` : "",
        ...notes(index, result, call),
      ]
        .filter((line) => line !== "")
        .join("\n"),
    };
  },
});

/** Hits to ask for: whole pages, for a part of one is another choice. */
function wholePages(hits: number, pageSize: number): number {
  const pages = Math.min(Math.ceil(hits / pageSize), Math.floor(mostHits / pageSize));
  return pages * pageSize;
}

function headOf(query: string, { root }: FoundIndex, offset: number, count: number): string {
  const about = `for "${oneLine(query, 80)}" in ${oneLine(root)}`;
  return count === 0 ? `No hits ${about}.` : `Hits ${offset + 1} to ${offset + count} ${about}`;
}

function revisionOf({ at }: SearchResult): string {
  return at === undefined ? "" : ` at ${at.commit.slice(0, 12)} of ${localDay(at.date)}`;
}

function advice(
  { path: inside, language, tests }: z.output<typeof input>,
  nearest: number | undefined,
): string {
  if (nearest !== undefined) {
    return `Nothing is near enough (best score ${nearest.toFixed(2)}). Try other words; min_score 0 shows what there is.`;
  }
  if (inside !== undefined || language !== undefined || !tests)
    return "Try without path, language or tests.";
  return "Try other or fewer words, or find_symbol with a part of a name.";
}

/** What limits the answer: an index that is old, or not done. */
function notes({ root }: FoundIndex, result: SearchResult, call: ToolCall): string[] {
  const said: string[] = result.cut.map((cut) => `note: ${oneLine(cut)}`);
  const job = call.backend.jobs.running(root);
  const at = job?.progress;
  if (job !== undefined) {
    said.push(
      `note: indexing is running (${job.id}${at === undefined ? "" : `, ${at.phase} ${at.filesDone}/${at.filesTotal} files`}); hits may be missing.`,
    );
  } else if (result.changedFiles.length > 0) {
    const names = result.changedFiles.slice(0, 3).map((one) => oneLine(one, 100));
    said.push(
      `note: ${result.changedFiles.length} of the files looked at have changed since the index was made (${names.join(", ")}); index_path brings it up to date.`,
    );
  } else if (result.withoutVector > 0) {
    said.push(
      `note: ${result.withoutVector} chunks have no vector yet and are found by word${result.isStatic ? " and by a simpler model" : ""}.`,
    );
  }
  return said;
}
