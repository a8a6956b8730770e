import { z } from "zod";
import { defined } from "../../base/defined.ts";
import { isSecretPath } from "../../base/paths/secret-paths.ts";
import type { FindSymbolOptions } from "../../ports/answers/definitions.ts";
import type { AnsweredAt } from "../../ports/answers/time/answered-at.ts";
import type { CodeIndex } from "../../ports/haypile.ts";
import type { SymbolRow } from "../../ports/symbols.ts";
import { atNote } from "../answer/at-note.ts";
import { cursorFor, offsetOf } from "../answer/cursor.ts";
import { indexingNote, missingNote, staleNote } from "../answer/missing-note.ts";
import { ToolFailure } from "../answer/tool-failure.ts";
import { oneLine } from "../answer/visible-text.ts";
import { defineTool, reads, type ToolCall } from "../call/tool.ts";
import { type FoundIndex, filterIn, historyFor, indexFor } from "../project/project.ts";
import { at, cursor, limit, path, project } from "./fields.ts";
import { boundsNote, impactLines, nameOf, reachLines } from "./steps-text.ts";

const relations = [
  "references",
  "callers",
  "callees",
  "implementations",
  "supertypes",
  "impact",
] as const;

/** What is asked over several steps, and along what. */
const along = {
  references: "users",
  callers: "callers",
  callees: "callees",
  implementations: "subtypes",
  supertypes: "supertypes",
} as const;

/** Steps that are followed where the question is about all of them. */
const usualDepth = 4;
const mostSteps = 5000;

const sure = { exact: "", import: "", name: " (by name only)" } as const;

export const references = defineTool({
  name: "references",
  title: "References",
  description:
    "Who uses a symbol: every usage, its callers, what it calls (callees), what implements or extends it, its supertypes, or the impact of changing it: all that depends on it, tests first. Use before you rename, change or remove something.",
  group: "code",
  input: z.strictObject({
    name: z.string().min(1).max(300),
    relation: z.enum(relations).default("references"),
    depth: z.int().min(1).max(20).describe("Steps to follow").optional(),
    path: path.describe("Where it is defined, if the name is ambiguous").optional(),
    at,
    limit: limit(50, 500),
    cursor,
    project,
  }),
  annotations: reads,
  hasRecord: false,
  async run({ cursor: from, ...question }, call) {
    const offset = offsetOf(question, from);
    const { relation, depth, at: said } = question;
    const index = await (said === undefined ? indexFor : historyFor)(call, question.project);
    const isFollowed = depth !== undefined && depth > 1;
    if (said !== undefined && (isFollowed || relation === "impact" || relation === "supertypes")) {
      throw new ToolFailure(
        "With at, one step of references, callers, callees or implementations is answered. Leave depth out.",
      );
    }
    if (relation === "impact" || relation === "supertypes" || isFollowed) {
      return { text: await follow(index, question, offset, call) };
    }
    const past = said === undefined ? {} : { at: said, signal: call.signal };
    const inside = said === undefined ? filterIn(index, question.path) : question.path;
    const asked = { ...defined({ path: inside }), ...past };
    const {
      symbol,
      others,
      lines,
      at: revision,
    } = await ask(index.code, question.name, relation, asked);
    const shown = lines.slice(offset, offset + question.limit);
    const of = `${question.relation} of ${symbol.kind} ${nameOf(symbol)} (${symbol.path}:${symbol.startLine})${staleNote(symbol.stale)}`;
    return {
      text: [
        lines.length === 0
          ? `No ${of}.`
          : `${offset + 1} to ${offset + shown.length} of ${lines.length} ${of}`,
        others > 0
          ? `${others} other definitions have this name: pass path to choose another.`
          : "",
        ...grouped(shown),
        offset + shown.length < lines.length
          ? `more: cursor="${cursorFor(question, offset + shown.length)}"`
          : "",
        revision === undefined ? ((await missingNote(index.code)) ?? "") : atNote(revision),
        revision === undefined ? (indexingNote(call, index.root) ?? "") : "",
      ]
        .filter((line) => line !== "")
        .map((line) => indented(line))
        .join("\n"),
    };
  },
});

interface Question {
  name: string;
  relation: (typeof relations)[number];
  depth?: number | undefined;
  path?: string | undefined;
  limit: number;
}

/** Several steps, each below the one before. */
async function follow(
  index: FoundIndex,
  question: Question,
  offset: number,
  { signal }: ToolCall,
): Promise<string> {
  const { name, relation, depth = usualDepth, limit: most } = question;
  const options = {
    depth,
    limit: mostSteps,
    signal,
    ...defined({ path: filterIn(index, question.path) }),
  };
  let head: string;
  let lines: string[];
  let note: string;
  if (relation === "impact") {
    // The one that is meant, so that of several of a name no other is taken.
    const found = await index.code.reach(name, "users", { ...options, depth: 1, limit: 1 });
    const { symbol } = found;
    assertShown(symbol);
    const { path: _, ...rest } = options;
    const names = [nameOf(symbol)];
    const result = await index.code.impact({ ...rest, names, files: [symbol.path] });
    head = `impact of ${symbol.kind} ${nameOf(symbol)} (${symbol.path}:${symbol.startLine})`;
    lines = impactLines(result).slice(1);
    note = boundsNote(result);
  } else {
    const result = await index.code.reach(name, along[relation], options);
    const { symbol, others } = result;
    assertShown(symbol);
    const other = others > 0 ? `; ${others} other definitions have this name: pass path` : "";
    head = `${relation} of ${symbol.kind} ${nameOf(symbol)} (${symbol.path}:${symbol.startLine}), up to ${depth} steps${other}`;
    lines = reachLines(result);
    note = boundsNote(result);
  }
  const shown = lines.slice(offset, offset + most);
  const at = offset + shown.length;
  return [
    lines.length === 0 ? `No ${head}` : head,
    ...shown,
    at < lines.length ? `more: cursor="${cursorFor(question, at)}"` : "",
    note,
    (await missingNote(index.code)) ?? "",
  ]
    .filter((line) => line !== "")
    .join("\n");
}

interface Line {
  file: string;
  text: string;
}

async function ask(
  code: CodeIndex,
  name: string,
  relation: "references" | "callers" | "callees" | "implementations",
  options: Pick<FindSymbolOptions, "path" | "at" | "signal">,
): Promise<{ symbol: SymbolRow; others: number; lines: Line[]; at: AnsweredAt | undefined }> {
  if (relation === "callees") {
    const { symbol, others, callees, at: revision } = await code.callees(name, options);
    assertShown(symbol);
    const lines = callees.map(({ name: called, line, definition, confidence }) => {
      const isShown = definition !== undefined && !isSecretPath(definition.path);
      const where = isShown
        ? ` -> ${definition.path}:${definition.startLine}${sure[confidence]}${staleNote(definition.stale)}`
        : revision === undefined
          ? " (not in the index)"
          : " (not in the commit)";
      return { file: symbol.path, text: `${line} ${called}${where}` };
    });
    return { symbol, others, lines, at: revision };
  }
  const { symbol, others, uses, at: revision } = await code[relation](name, options);
  assertShown(symbol);
  const lines = uses
    .filter((use) => !isSecretPath(use.path))
    .map(({ path: file, line, kind, within, confidence, stale }) => ({
      file,
      text: `${line} ${kind}${within === undefined ? "" : ` in ${nameOf(within)}`}${sure[confidence]}${staleNote(stale)}`,
    }));
  return { symbol, others, lines, at: revision };
}

/** A file that usually keeps secrets is not named, as if it were not there. @throws ToolFailure */
function assertShown({ name, path: file }: SymbolRow): void {
  if (!isSecretPath(file)) return;
  throw new ToolFailure(
    `Expected the name of a definition in the index, but "${oneLine(name, 100)}" is none. find_symbol finds names that are like it.`,
  );
}

/** The file once, its lines below. */
function grouped(lines: readonly Line[]): string[] {
  let last = "";
  return lines.flatMap(({ file, text }) => {
    const head = file === last ? [] : [file];
    last = file;
    return [...head, `  ${text}`];
  });
}

function indented(line: string): string {
  return `${line.startsWith("  ") ? "  " : ""}${oneLine(line, 1000)}`;
}
