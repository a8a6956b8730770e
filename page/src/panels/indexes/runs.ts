/*
 * Runs that are at work, whoever began them: told by the daemon as they go (kind "index"), and kept while the page is open,
 * so that another panel can be looked at meanwhile. What this page began is here too.
 */
import { useEffect, useState } from "preact/hooks";
import type { IndexHappening } from "../../../../src/ports/answers/daemon/happenings.ts";
import type { IndexResult } from "../../../../src/ports/answers/index-run.ts";
import { ask } from "../../api/client.ts";
import { onHappening } from "../../api/events.ts";
import { counted } from "../../parts/format.ts";
import { tell } from "../../parts/toasts.tsx";
import { readable } from "../../parts/use-answer.ts";
import { visible } from "../../parts/visible.ts";

export type LiveRun = IndexHappening & { folder: string };

const running = new Map<string, LiveRun>();
/** Why the last run of a folder failed, until the next one begins. */
const failed = new Map<string, string>();
const watchers = new Set<(isStep: boolean) => void>();
let isListening = false;

/** Progress comes up to ten times a second; people read slower, and a table of hundreds is drawn. */
const drawEveryMs = 250;
let drawSoon: ReturnType<typeof setTimeout> | undefined;

/** @param isStep a run began, ended, or came to its next phase */
function changed(isStep: boolean): void {
  if (isStep) {
    clearTimeout(drawSoon);
    drawSoon = undefined;
    for (const watcher of [...watchers]) watcher(true);
    return;
  }
  drawSoon ??= setTimeout(() => {
    drawSoon = undefined;
    for (const watcher of [...watchers]) watcher(false);
  }, drawEveryMs);
}

function listen(): void {
  if (isListening) return;
  isListening = true;
  onHappening(({ kind, value }) => {
    if (kind !== "index") return;
    const run = value as IndexHappening;
    const { folder, state } = run;
    if (folder === undefined) return;
    const before = running.get(folder);
    if (state === "running") {
      running.set(folder, { ...run, folder });
      if (before === undefined) failed.delete(folder);
      return changed(before?.phase !== run.phase);
    }
    running.delete(folder);
    if (state === "failed") failed.set(folder, run.error ?? "It failed.");
    changed(true);
  });
}

/** @param onStep called when a run began, ended or came to its next phase: lists are old by then */
export function useRuns(onStep?: () => void): {
  running: ReadonlyMap<string, LiveRun>;
  failed: ReadonlyMap<string, string>;
} {
  const [, draw] = useState(0);
  useEffect(() => {
    listen();
    const watcher = (isStep: boolean): void => {
      draw((before) => before + 1);
      if (isStep) onStep?.();
    };
    watchers.add(watcher);
    return () => void watchers.delete(watcher);
  }, [onStep]);
  return { running, failed };
}

export interface RunOptions {
  maxFileBytes?: number | undefined;
  fillIn?: "off" | undefined;
}

/** Brings an index up to date, or makes one. It goes on when the page is closed. */
export async function startRun(folder: string, options: RunOptions = {}): Promise<boolean> {
  listen();
  failed.delete(folder);
  try {
    const said = { folder, nearest: false, ...options };
    const result = await ask<IndexResult | null>("code/index", said, undefined, {
      Prefer: "respond-async, wait=3600",
    });
    // It goes on, and what happens is told as it does.
    if (result === null) return true;
    const { files } = result;
    const news = [
      files.new > 0 ? `${counted(files.new, "file")} new` : "",
      files.changed > 0 ? `${files.changed} changed` : "",
      files.deleted > 0 ? `${files.deleted} removed` : "",
    ].filter((part) => part !== "");
    tell(
      `Indexed ${visible(folder)}: ${news.length === 0 ? "nothing had changed" : news.join(", ")}.`,
    );
    return true;
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === "HAYPILE_ABORTED") {
      tell(`Stopped indexing ${visible(folder)}. What was stored stays.`);
      return true;
    }
    failed.set(folder, readable(error).message);
    return false;
  } finally {
    running.delete(folder);
    changed(true);
  }
}

export async function stopRun(folder: string): Promise<void> {
  try {
    const { stopped } = await ask<{ stopped: number }>("code/stopIndexing", {
      folder,
      nearest: false,
    });
    if (stopped === 0) tell("No run of the daemon was at work.");
  } catch (error) {
    tell(readable(error).message);
  }
}
