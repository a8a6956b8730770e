/*
 * What a client's model reads of Haypile: a skill or rule in a file of our own, or a block between marks in a file of
 * others. The mark holds a hash of what we wrote, so that a text which somebody changed is known and left alone.
 *
 * - Claude Code: .claude/skills/NAME/SKILL.md (code.claude.com/docs/en/skills), CLAUDE.md (…/memory).
 * - Cursor: .cursor/rules/*.mdc (cursor.com/docs/context/rules). Rules of the user are not in files.
 * - Codex: AGENTS.md of the project and of ~/.codex (developers.openai.com/codex/guides/agents-md).
 * - Gemini CLI: GEMINI.md of the project and of ~/.gemini (geminicli.com/docs/cli/gemini-md).
 * - VS Code (code.visualstudio.com/docs/copilot/customization/custom-instructions), Windsurf (docs.windsurf.com, AGENTS.md),
 *   Zed (zed.dev/docs/ai/rules): AGENTS.md of the project.
 */
import { join } from "node:path";
import { HaypileError } from "../../base/errors.ts";
import { guideText, ruleHead, skillHead } from "./guide-text.ts";
import { hashOf } from "./ledger.ts";
import type { Outcome, PlannedPart } from "./parts.ts";
import type { PlannedFile, PlannedFiles } from "./planned-files.ts";
import type { Places } from "./table.ts";

interface GuideFile {
  /** Relative to the project, or to the folder that `user` names. */
  path: string;
  /** Before the text, when the file is ours alone; undefined: a block in a file of others. */
  head?: string | undefined;
}

interface Guide {
  /** Folder of the user's file. */
  userFolder?: (places: Places) => string;
  user: readonly GuideFile[];
  project: readonly GuideFile[];
}

const agents: readonly GuideFile[] = [{ path: "AGENTS.md" }];

export const guides: Readonly<Record<string, Guide>> = {
  "claude-code": {
    userFolder: ({ home, variables }) => variables.CLAUDE_CONFIG_DIR || join(home, ".claude"),
    user: [{ path: "skills/haypile/SKILL.md", head: skillHead }],
    project: [{ path: ".claude/skills/haypile/SKILL.md", head: skillHead }, { path: "CLAUDE.md" }],
  },
  codex: {
    userFolder: ({ home, variables }) => variables.CODEX_HOME || join(home, ".codex"),
    user: agents,
    project: agents,
  },
  cursor: { user: [], project: [{ path: ".cursor/rules/haypile.mdc", head: ruleHead }] },
  gemini: {
    userFolder: ({ home }) => join(home, ".gemini"),
    user: [{ path: "GEMINI.md" }],
    project: [{ path: "GEMINI.md" }],
  },
  vscode: { user: [], project: agents },
  windsurf: { user: [], project: agents },
  zed: { user: [], project: agents },
};

/** Files of a client's guide: absolute path, and its head when it is ours alone. */
export function guideFiles(
  client: string,
  places: Places,
  project: string | undefined,
): { file: string; head: string | undefined }[] {
  const guide = guides[client];
  if (guide === undefined) return [];
  const folder = project ?? guide.userFolder?.(places);
  if (folder === undefined) return [];
  const files = project === undefined ? guide.user : guide.project;
  return files.map(({ path, head }) => ({ file: join(folder, path), head }));
}

/**
 * Puts a guide into a file, or takes it out.
 * @param isIn whether it is to be there
 * @param force also where somebody has changed it
 * @param keepers "zed guide": others of ours that read the same file; with any, it is not taken out
 * @throws HaypileError HAYPILE_CONFIG_INVALID for marks that are damaged, and for a file of that name that is not ours
 */
export function planGuide(
  client: string,
  { file: path, head }: { file: string; head: string | undefined },
  isIn: boolean,
  files: PlannedFiles,
  force: boolean,
  keepers: readonly string[],
): PlannedPart {
  const planned = files.open(path);
  const outcome =
    head === undefined
      ? planBlock(planned, isIn, force, keepers)
      : planOwn(planned, head, isIn, force);
  const part = `${client} guide`;
  if (isIn && outcome !== "edited") planned.added.add(part);
  else if (!isIn && outcome !== "edited") planned.removed.add(part);
  return { client, part: "guide", file: planned.file, outcome };
}

const begin = /^<!-- haypile: begin ([0-9a-f]{8})\b[^\r\n]*-->[ \t]*$/gmu;
const end = /^<!-- haypile: end -->[ \t]*$/gmu;

function planBlock(
  planned: PlannedFile,
  isIn: boolean,
  force: boolean,
  keepers: readonly string[],
): Outcome {
  const text = planned.after ?? "";
  const found = findBlock(text, planned.file);
  const eol = text.includes("\r\n") ? "\r\n" : "\n";
  const block = [
    `<!-- haypile: begin ${markOf(guideText)} (by "haypile install", out by "haypile uninstall") -->`,
    ...guideText.trimEnd().split("\n"),
    "<!-- haypile: end -->",
  ].join(eol);
  if (found === undefined) {
    if (!isIn) return "absent";
    const gap = text === "" ? "" : text.endsWith("\n") ? eol : eol + eol;
    planned.after = `${text}${gap}${block}${eol}`;
    return "added";
  }
  const isOfPlan = [...planned.added].some((part) => part.endsWith(" guide"));
  if (!isOfPlan) planned.hadOurs = true;
  if (isIn && found.whole === block) return "unchanged";
  if (found.isEdited && !force) return "edited";
  if (isIn) {
    planned.after = text.slice(0, found.start) + block + text.slice(found.end);
    return "updated";
  }
  if (keepers.length > 0) return "unchanged";
  // With the line before it that we put there, and the end of its own.
  const before = text.slice(0, found.start).replace(/(\r?\n)\r?\n$/u, "$1");
  const after = text.slice(found.end).replace(/^\r?\n/u, "");
  planned.after = before + after === "" ? undefined : before + after;
  return "removed";
}

interface FoundBlock {
  start: number;
  end: number;
  whole: string;
  isEdited: boolean;
}

/** @throws HaypileError HAYPILE_CONFIG_INVALID */
function findBlock(text: string, file: string): FoundBlock | undefined {
  const begins = [...text.matchAll(begin)];
  const ends = [...text.matchAll(end)];
  const [first] = begins;
  const [last] = ends;
  if (first === undefined && last === undefined) return undefined;
  if (
    begins.length > 1 ||
    ends.length > 1 ||
    first === undefined ||
    last === undefined ||
    last.index < first.index
  ) {
    const at = (first ?? last)?.index ?? 0;
    const line = text.slice(0, at).split("\n").length;
    throw new HaypileError(
      "HAYPILE_CONFIG_INVALID",
      `Expected one line "<!-- haypile: begin … -->" and one "<!-- haypile: end -->" after it in ${file} (line ${line}). Take the marks out by hand, with what is between them; nothing was changed.`,
      { data: { path: file, line } },
    );
  }
  const stop = last.index + last[0].length;
  const inside = text.slice(first.index + first[0].length, last.index);
  return {
    start: first.index,
    end: stop,
    whole: text.slice(first.index, stop),
    isEdited: markOf(`${inside.replaceAll("\r\n", "\n").trim()}\n`) !== first[1],
  };
}

const ownMark = /^<!-- haypile: ([0-9a-f]{8})\b[^\r\n]*-->\r?\n?$/mu;

function planOwn(planned: PlannedFile, head: string, isIn: boolean, force: boolean): Outcome {
  const text = planned.after;
  const body = `${head}\n${guideText}`;
  const whole = `${body}\n<!-- haypile: ${markOf(body)} (by "haypile install", out by "haypile uninstall") -->\n`;
  if (text === undefined) {
    if (!isIn) return "absent";
    planned.after = whole;
    return "added";
  }
  const mark = ownMark.exec(text);
  if (mark === null) {
    throw new HaypileError(
      "HAYPILE_CONFIG_INVALID",
      `Expected ${planned.file} to be one that Haypile wrote, but it has no mark of ours. Rename it; nothing was changed.`,
      { data: { path: planned.file } },
    );
  }
  planned.hadOurs = true;
  const written = text.replace(ownMark, "").replaceAll("\r\n", "\n").trimEnd();
  const isEdited = markOf(`${written}\n`) !== mark[1];
  if (isIn && text === whole) return "unchanged";
  if (isEdited && !force) return "edited";
  planned.after = isIn ? whole : undefined;
  return isIn ? "updated" : "removed";
}

/** Eight digits of the hash of a text, white space at its ends left out. */
function markOf(text: string): string {
  return hashOf(text.trim()).slice(0, 8);
}
