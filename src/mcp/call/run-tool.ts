/*
 * Runs one call of a tool: in turn with the others of its connection, until its deadline, stopped when the
 * client cancels, with progress told at most twice a second. Whatever goes wrong becomes an answer.
 */
import type { CallToolResult, ServerContext } from "@modelcontextprotocol/server";
import { untilTime } from "../../base/deadline.ts";
import { failureText, ToolFailure } from "../answer/tool-failure.ts";
import type { McpOptions } from "../backend/backend.ts";
import type { Place } from "../project/project.ts";
import type { Tool, ToolCall } from "./tool.ts";
import type { Turns } from "./turns.ts";

export const longestMs = 45_000;
/** Time between two notes of progress, milliseconds. */
const progressPauseMs = 500;

function deadlineOf({ deadlineMs = longestMs }: McpOptions): number {
  return Math.min(longestMs, Math.max(100, deadlineMs));
}

export async function runTool(
  tool: Tool,
  args: unknown,
  place: Place,
  context: ServerContext,
  turns: Turns,
): Promise<CallToolResult> {
  const end = performance.now() + deadlineOf(place.options);
  // Over HTTP the older era has no word for cancelling: a client that hangs up is the word.
  const gone = context.http?.req?.signal;
  const signal =
    gone === undefined ? context.mcpReq.signal : AbortSignal.any([context.mcpReq.signal, gone]);
  try {
    if (place.options.readOnly === true && !tool.annotations.readOnlyHint) {
      throw new ToolFailure(`This server only reads; ${tool.name} is switched off.`);
    }
    const progress = progressTo(context);
    const run = (stop: AbortSignal) =>
      turns.take(stop, async () => {
        const call: ToolCall = {
          ...place,
          signal: stop,
          msLeft: () => Math.max(0, Math.floor(end - performance.now())),
          progress,
        };
        return await tool.run(args, call);
      });
    const answer = await untilTime(run, end, signal);
    if (answer === "late") {
      throw new ToolFailure(
        `${tool.name} was not done within ${deadlineOf(place.options) / 1000} s and was stopped. Ask for less (a narrower path, a smaller limit), or call status to see what the server is busy with.`,
      );
    }
    const { text, record } = answer;
    if (place.options.structured === true && record !== undefined) {
      return {
        content: [{ type: "text", text: JSON.stringify(record) }],
        structuredContent: record,
      };
    }
    return { content: [{ type: "text", text }] };
  } catch (error) {
    return { content: [{ type: "text", text: failureText(error, tool.name) }], isError: true };
  }
}

/** Strictly increasing, throttled, and harmless after the client has gone. */
function progressTo({ mcpReq }: ServerContext): ToolCall["progress"] {
  const progressToken = mcpReq._meta?.progressToken;
  if (progressToken === undefined) return () => undefined;
  let last = Number.NEGATIVE_INFINITY;
  let nextAt = 0;
  return (progress, total, message) => {
    const now = performance.now();
    if (progress <= last || now < nextAt || mcpReq.signal.aborted) return;
    last = progress;
    nextAt = now + progressPauseMs;
    const params = { progressToken, progress, message, total };
    mcpReq.notify({ method: "notifications/progress", params }).catch(() => undefined);
  };
}
