/* find_code over several projects: collections of the user, folders, or all. */
import { isAbsolute } from "node:path";
import { defined } from "../../base/defined.ts";
import { isSecretPath } from "../../base/paths/secret-paths.ts";
import { everyFolder } from "../../config/places/collections.ts";
import { meansCollection, searchIn } from "../../haypile/search-folders.ts";
import type { FoldersSearchResult, SearchedFolder } from "../../ports/answers/search-folders.ts";
import { cursorFor } from "../answer/cursor.ts";
import { fitting } from "../answer/hit-text.ts";
import { oneLine } from "../answer/visible-text.ts";
import { answerWithin, type ToolCall } from "../call/tool.ts";
import { checkedFolder, isFolder } from "./project.ts";

const mostNamed = 20;

/** Names of several projects; undefined: one is meant, by its path, or none is said. */
export function severalIn(project: string | undefined): string[] | undefined {
  if (project === undefined || !meansCollection(project)) return undefined;
  // A comma may be part of a folder's name.
  if (isAbsolute(project) && isFolder(project)) return undefined;
  return project
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
}

export interface AcrossArguments {
  query: string;
  path?: string | undefined;
  language?: string | undefined;
  tests: boolean;
  detail: string;
  limit: number;
  min_score?: number | undefined;
  at?: string | undefined;
  max_tokens: number;
  /** What must be the same at the next page. */
  question: object;
  offset: number;
  projects: readonly string[];
}

export async function answerAcross(call: ToolCall, args: AcrossArguments): Promise<string> {
  const { offset, limit } = args;
  const named = args.projects.map((name) =>
    name === everyFolder || meansCollection(name) ? name : checkedFolder(call, name),
  );
  const found = await searchIn(call.backend.haypile, args.query, {
    in: named,
    k: Math.min(1000, offset + limit + 1),
    pageSize: limit,
    signal: call.signal,
    deadlineMs: answerWithin(call),
    ...defined({ minScore: args.min_score, at: args.at }),
    snippetLines: args.detail === "locations" ? 1 : 8,
    filter: defined({
      paths: args.path === undefined ? undefined : [args.path],
      languages: args.language === undefined ? undefined : [args.language.toLowerCase()],
      noTests: args.tests ? undefined : true,
    }),
  });
  const all = found.hits.filter((hit) => !isSecretPath(hit.path)).slice(offset);
  const shown = fitting(all.slice(0, limit), args.detail, args.max_tokens, offset);
  const isMore = all.length > shown.length && shown.length > 0;
  const asked = found.folders.filter(({ failed }) => failed === undefined);
  const about = `for "${oneLine(args.query, 80)}" in ${asked.length} projects`;
  return [
    shown.length === 0
      ? `No hits ${about}. Try other or fewer words.`
      : `Hits ${offset + 1} to ${offset + shown.length} ${about}`,
    ...withHits(
      found,
      all.slice(0, shown.length).map(({ folder }) => folder),
    ),
    ...shown,
    isMore ? `more: cursor="${cursorFor(args.question, offset + shown.length)}"` : "",
    ...found.folders.flatMap(noteOf).slice(0, mostNamed),
    ...found.notes.map((note) => `note: ${oneLine(note)}`),
  ]
    .filter((line) => line !== "")
    .join("\n");
}

/** Which folder each name stands for, and what the user says of it. */
function withHits({ folders }: FoldersSearchResult, of: readonly string[]): string[] {
  return folders
    .filter(({ folder }) => of.includes(folder))
    .map(
      ({ name, folder, context }) =>
        `[${oneLine(name)}] ${oneLine(folder)}${context === undefined ? "" : `: ${oneLine(context)}`}`,
    );
}

function noteOf({ name, failed, isIndexing, changedFiles }: SearchedFolder): string[] {
  const say = (what: string): string[] => [`note: [${oneLine(name)}] ${oneLine(what)}`];
  if (failed !== undefined) return say(`did not answer: ${failed}`);
  if (isIndexing) return say("is being indexed; hits may be missing");
  return changedFiles > 0 ? say(`${changedFiles} of the files looked at have changed`) : [];
}
