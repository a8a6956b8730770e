/*
 * What clients run by themselves: "haypile hook session-start" when a session begins, "haypile hook grep" about a search
 * with grep. Written is only what a client's own documentation, or its source, says that it hands to the model:
 *
 * - Claude Code: code.claude.com/docs/en/hooks. additionalContext of SessionStart and PreToolUse; seconds.
 * - Codex: developers.openai.com/codex/hooks. additionalContext of SessionStart. PreToolUse refuses it
 *   (codex-rs/hooks/src/events/pre_tool_use.rs of spring 2026), so there is no hint. Codex asks its user before it runs
 *   a hook that is new; seconds.
 * - Cursor: cursor.com/docs/hooks. additional_context of sessionStart. preToolUse has none, and that of postToolUse does
 *   not reach the model (forum.cursor.com 158168).
 * - Gemini CLI: geminicli.com/docs/hooks/reference. additionalContext of SessionStart and AfterTool, not of BeforeTool;
 *   milliseconds.
 *
 * VS Code reads the hooks of Claude Code's files too; its own format is a preview that depends on the harness. Windsurf's
 * hooks cannot say anything to the model, Zed has none, and none are known of Claude Desktop.
 */
import { basename, join } from "node:path";
import { HaypileError } from "../../base/errors.ts";
import {
  addElement,
  dropEmpty,
  missingOn,
  readEntry,
  removeElement,
  replaceValue,
  setEntry,
} from "./edit-json.ts";
import type { PlannedPart } from "./parts.ts";
import type { PlannedFile, PlannedFiles } from "./planned-files.ts";
import type { Client, Places } from "./table.ts";

export type HookName = "session-start" | "grep";

interface HookEvent {
  event: string;
  hook: HookName;
  /** Which tools, as the client matches them. */
  matcher?: string | undefined;
}

interface HookFormat {
  userFile: (places: Places) => string;
  projectFile: string;
  events: readonly HookEvent[];
  /** "groups": lists of { matcher, hooks: […] }; "flat": lists of hooks. */
  shape: "groups" | "flat";
  /** In the client's own unit: ten seconds. It ends by itself long before. */
  timeout: number;
  /** Properties of a file that is new. */
  header?: Readonly<Record<string, unknown>> | undefined;
}

export const hookFormats: Readonly<Record<string, HookFormat>> = {
  "claude-code": {
    userFile: ({ home, variables }) =>
      join(variables.CLAUDE_CONFIG_DIR || join(home, ".claude"), "settings.json"),
    projectFile: ".claude/settings.json",
    events: [
      { event: "SessionStart", hook: "session-start" },
      { event: "PreToolUse", hook: "grep", matcher: "Grep|Bash" },
    ],
    shape: "groups",
    timeout: 10,
  },
  codex: {
    userFile: ({ home, variables }) =>
      join(variables.CODEX_HOME || join(home, ".codex"), "hooks.json"),
    projectFile: ".codex/hooks.json",
    events: [{ event: "SessionStart", hook: "session-start" }],
    shape: "groups",
    timeout: 10,
  },
  cursor: {
    userFile: ({ home }) => join(home, ".cursor", "hooks.json"),
    projectFile: ".cursor/hooks.json",
    events: [{ event: "sessionStart", hook: "session-start" }],
    shape: "flat",
    timeout: 10,
    header: { version: 1 },
  },
  gemini: {
    userFile: ({ home }) => join(home, ".gemini", "settings.json"),
    projectFile: ".gemini/settings.json",
    events: [
      { event: "SessionStart", hook: "session-start" },
      {
        event: "AfterTool",
        hook: "grep",
        matcher: "grep_search|search_file_content|run_shell_command",
      },
    ],
    shape: "groups",
    timeout: 10_000,
  },
};

interface FoundHook {
  /** Of the hook in the list of its event, and in its group. */
  at: readonly number[];
  command: string;
  /** Others' hooks stand in the same group. */
  hasNeighbours: boolean;
}

/**
 * Puts the hooks of a client into its file, or takes them out.
 *
 * @param program what starts "haypile", as a shell reads it; undefined takes the hooks out
 * @param force also those that somebody has changed
 * @returns undefined where the client has no hooks that we know
 * @throws HaypileError HAYPILE_CONFIG_INVALID for a file that is broken or laid out in another way
 */
export function planHooks(
  client: Client,
  program: string | undefined,
  files: PlannedFiles,
  path: string,
  force: boolean,
): PlannedPart | undefined {
  const format = hookFormats[client.name];
  if (format === undefined) return undefined;
  const planned = files.open(path);
  const outcomes = format.events.map((event) =>
    planOne(client, format, event, program, planned, force),
  );
  const outcome =
    (["edited", "updated", "added", "removed", "unchanged"] as const).find((one) =>
      outcomes.includes(one),
    ) ?? "absent";
  const part = `${client.name} hooks`;
  if (program !== undefined && outcome !== "edited") planned.added.add(part);
  else if (outcome === "removed") planned.removed.add(part);
  return { client: client.name, part: "hooks", file: planned.file, outcome };
}

function planOne(
  client: Client,
  format: HookFormat,
  { event, hook, matcher }: HookEvent,
  program: string | undefined,
  planned: PlannedFile,
  force: boolean,
): PlannedPart["outcome"] {
  const { file } = planned;
  const text = planned.after ?? "";
  const way = ["hooks", event];
  const found = findHooks(readEntry(text, way, file), format, hook, way, file);
  if (found.length > 0) planned.hadOurs = true;
  const wanted = `${program} hook ${hook} --client ${client.name}`;
  const edited = found.some(({ command }) => !isPlain(command, hook, client.name));
  if (program === undefined) {
    if (found.length === 0) return "absent";
    if (edited && !force) return "edited";
    let after = text;
    // From the end, so that places before stay.
    for (const { at, hasNeighbours } of [...found].reverse()) {
      const [group = 0, inGroup] = at;
      after =
        inGroup !== undefined && hasNeighbours
          ? removeElement(after, [...way, group, "hooks"], inGroup, file)
          : removeElement(after, way, group, file);
    }
    planned.after = after;
    return "removed";
  }
  const [first] = found;
  if (first !== undefined) {
    if (first.command === wanted && found.length === 1) return "unchanged";
    if (edited && !force) return "edited";
    const [group = 0, inGroup] = first.at;
    const place = inGroup === undefined ? [group] : [group, "hooks", inGroup];
    planned.after = replaceValue(text, [...way, ...place, "command"], wanted);
    return "updated";
  }
  const own = {
    ...(format.shape === "groups" && { type: "command" }),
    command: wanted,
    timeout: format.timeout,
  };
  const element =
    format.shape === "flat" ? own : { ...(matcher !== undefined && { matcher }), hooks: [own] };
  let base = text;
  planned.made.push(...missingOn(base, way, file).map((one) => one.map(String)));
  if (format.header !== undefined && base.trim() === "") {
    for (const [key, value] of Object.entries(format.header))
      base = setEntry(base, [key], value, file);
  }
  planned.after = addElement(base, way, element, file);
  return "added";
}

/** Takes out of a planned file the objects and lists that were made for us and hold nothing any more. */
export function dropMade(planned: PlannedFile, made: readonly (readonly string[])[]): void {
  if (planned.after === undefined || planned.after === planned.before) return;
  const deepestFirst = [...made].sort((a, b) => b.length - a.length);
  for (const way of deepestFirst) planned.after = dropEmpty(planned.after, way, planned.file);
}

function findHooks(
  list: unknown,
  { shape }: HookFormat,
  hook: HookName,
  way: readonly string[],
  file: string,
): FoundHook[] {
  if (list === undefined) return [];
  if (!Array.isArray(list)) {
    throw new HaypileError(
      "HAYPILE_CONFIG_INVALID",
      `Expected a list for "${way.join(".")}" in ${file}, but there is something else. Correct it by hand; nothing was changed.`,
      { data: { path: file } },
    );
  }
  const found: FoundHook[] = [];
  for (const [group, one] of list.entries()) {
    if (shape === "flat") {
      const command = commandOf(one);
      if (isOurs(command, hook)) found.push({ at: [group], command, hasNeighbours: false });
      continue;
    }
    const inside = (one as { hooks?: unknown } | null)?.hooks;
    if (!Array.isArray(inside)) continue;
    for (const [inGroup, each] of inside.entries()) {
      const command = commandOf(each);
      if (!isOurs(command, hook)) continue;
      found.push({ at: [group, inGroup], command, hasNeighbours: inside.length > 1 });
    }
  }
  return found;
}

function commandOf(hook: unknown): string {
  const { command } = (hook ?? {}) as { command?: unknown };
  return typeof command === "string" ? command : "";
}

/** It runs our hook, whatever else somebody has put around it. */
function isOurs(command: string, hook: HookName): boolean {
  return /haypile/iu.test(command) && new RegExp(`\\bhook\\s+${hook}\\b`, "u").test(command);
}

/** As we write it: one or two words, ours the last, then the hook. */
function isPlain(command: string, hook: HookName, client: string): boolean {
  const word = `(?:"[^"]*"|'[^']*'|[^\\s"'|&;<>$\`]+)`;
  const match = new RegExp(`^(?:${word} )?(${word}) hook ${hook} --client ${client}$`, "u").exec(
    command,
  );
  const last = match?.[1]?.replace(/^["']|["']$/gu, "") ?? "";
  return /^haypile(?:\.cjs|\.cmd)?$/u.test(basename(last.replaceAll("\\", "/")));
}

/** A word as a shell reads it. Clients of Windows run hooks in one that takes double quotes. */
export function shellWord(text: string, platform: NodeJS.Platform): string {
  if (/^[\w@%+=:,./-]+$/u.test(text)) return text;
  if (platform === "win32") return `"${text}"`;
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
