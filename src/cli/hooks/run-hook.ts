/*
 * haypile hook: what a client runs by itself. The client waits for it and would show or obey whatever goes wrong, so
 * nothing does: whatever happens it ends with 0 within its time, and says nothing rather than something doubtful. It
 * indexes nothing and starts no daemon that the options do not start.
 */
import { log, setLogLevel } from "../../base/log.ts";
import { readEnvironment } from "../../config/environment/env.ts";
import { printWhole } from "../output/format.ts";
import { secureFolders } from "../secure-folders.ts";
import type { HookCall, HookWords } from "./hook-call.ts";
import { formOf, readInput } from "./hook-input.ts";

/** For what a client sends, and for the answer. Clients wait ten seconds, as "haypile install" tells them. */
const inputMs = 3_000;
const defaultDeadlineMs = 5_000;
const mostDeadlineMs = 60_000;
const defaultTokens = 1_500;
/** Below that there is room for our own words alone. */
const leastTokens = 400;
/** Claude Code takes 10,000 characters of a hook. */
const mostTokens = 3_000;

/** @param args after "haypile hook" */
export async function runHook(args: readonly string[]): Promise<void> {
  const words = readWords(args);
  if (words === undefined) return;
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), words.deadlineMs);
  try {
    setLogLevel(readEnvironment().logLevel === "debug" ? "debug" : "error");
    const input = await readInput(process.stdin, inputMs);
    if (input === undefined) return;
    await secureFolders();
    const call: HookCall = { words, input, signal: stop.signal };
    const text = await Promise.race([answer(call), atAbort(call)]);
    if (text === undefined || text === "") return;
    await printWhole(formOf(words, text));
  } catch (error) {
    log("debug", `hook: ${error}`);
  } finally {
    clearTimeout(timer);
  }
}

async function answer(call: HookCall): Promise<string | undefined> {
  if (call.words.hook === "grep") return (await import("./grep-hint.ts")).grepHint(call);
  return await (await import("./session-start.ts")).sessionStart(call);
}

/** undefined: nothing that we know, which is passed over like all that is wrong. */
export function readWords(args: readonly string[]): HookWords | undefined {
  const [hook, ...rest] = args;
  if (hook !== "session-start" && hook !== "grep") return undefined;
  const words: HookWords = {
    hook,
    client: "",
    maxTokens: defaultTokens,
    deadlineMs: defaultDeadlineMs,
  };
  for (let at = 0; at < rest.length; at += 2) {
    const value = rest[at + 1];
    if (value === undefined) return undefined;
    if (rest[at] === "--client") words.client = value;
    else if (rest[at] === "--max-tokens") words.maxTokens = within(value, leastTokens, mostTokens);
    else if (rest[at] === "--deadline-ms") words.deadlineMs = within(value, 100, mostDeadlineMs);
    else return undefined;
  }
  return words;
}

function within(text: string, least: number, most: number): number {
  const number = Number(text);
  return Number.isFinite(number) ? Math.min(most, Math.max(least, Math.floor(number))) : least;
}

function atAbort(call: HookCall): Promise<string | undefined> {
  return new Promise((resolve) => {
    call.signal.addEventListener("abort", () => resolve(call.soFar), { once: true });
  });
}
