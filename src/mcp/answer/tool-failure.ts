/* What a model is told when a call cannot be answered: what, why, and what to do next. */
import { HaypileError } from "../../base/errors.ts";
import { log } from "../../base/log.ts";
import { oneLine } from "./visible-text.ts";

/** A failure whose message is written for the model. */
export class ToolFailure extends Error {}

/** Messages of the library name commands for people; these name the tools. */
const next: Readonly<Partial<Record<string, string>>> = {
  HAYPILE_NOT_INDEXED: "Call index_path with the folder of the project, then repeat this call.",
  HAYPILE_SYMBOL_MISSING:
    "find_symbol finds names that are like it; index_path brings the index up to date.",
  HAYPILE_PATH_MISSING: "Check the path: outline without one lists the files that are indexed.",
  HAYPILE_MEMORY_MISSING: "recall shows the ids of memories.",
  HAYPILE_DB_BUSY: "Another process is writing there now. Wait a few seconds and repeat the call.",
  HAYPILE_DB_CORRUPT:
    'Nothing was changed. Tell the user that a database of Haypile is damaged, and to run "haypile doctor"; for memories, "haypile memories rescue" makes a good file of what can be read.',
  HAYPILE_OVERLOADED: "Wait a few seconds and repeat the call.",
  HAYPILE_ABORTED: "The call was stopped.",
};

/** @param tool for the log, which alone sees what is none of the model's business */
export function failureText(error: unknown, tool: string): string {
  if (error instanceof ToolFailure) return error.message;
  if (error instanceof Error && error.name === "AbortError") return "The call was stopped.";
  if (!HaypileError.isInstance(error)) {
    log(
      "error",
      `MCP ${tool}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    );
    return `${tool} failed for a reason inside Haypile; the details are in its log. Repeating the call may help; status tells how it is.`;
  }
  const advice = next[error.code];
  if (error.code === "HAYPILE_NOT_INDEXED") return `There is no index here yet. ${advice}`;
  if (error.code === "HAYPILE_SYMBOL_MISSING" && error.data.at === undefined) {
    return `No definition in the index is named ${oneLine(String(error.data.name ?? ""), 100)}. ${advice}`;
  }
  // Sentences that name commands are for people.
  const command = /(?<=[.!?] )[^.]*"haypile [^"]*"[^.]*\.?\s*/gu;
  const message = oneLine(error.message, 600).replace(command, "").trim();
  return advice === undefined ? message : `${message} ${advice}`;
}
