/*
 * What a plan changes in a file, by lines: those that go and those that come, and nothing around them. A client's file
 * may hold tokens, which a preview has no reason to print.
 */
import type { PlannedFile } from "./planned-files.ts";

export interface FileChange {
  file: string;
  /** "new": it is not there yet; "deleted": it was ours alone. */
  kind: "new" | "changed" | "deleted";
  hunks: { line: number; removed: string[]; added: string[] }[];
}

/** Most lines that are compared one with each other; longer stretches are one hunk. */
const mostCompared = 2_000;

export function changeOf({ file, before, after }: PlannedFile): FileChange {
  const kind = before === undefined ? "new" : after === undefined ? "deleted" : "changed";
  return { file, kind, hunks: hunksOf(linesOf(before), linesOf(after)) };
}

function linesOf(text: string | undefined): string[] {
  if (text === undefined || text === "") return [];
  return text.replace(/\r?\n$/u, "").split(/\r?\n/u);
}

function hunksOf(before: readonly string[], after: readonly string[]): FileChange["hunks"] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start])
    start += 1;
  let tail = 0;
  while (
    tail < before.length - start &&
    tail < after.length - start &&
    before[before.length - 1 - tail] === after[after.length - 1 - tail]
  ) {
    tail += 1;
  }
  const old = before.slice(start, before.length - tail);
  const fresh = after.slice(start, after.length - tail);
  if (old.length === 0 && fresh.length === 0) return [];
  if (old.length > mostCompared || fresh.length > mostCompared) {
    return [{ line: start + 1, removed: old, added: fresh }];
  }
  return compare(old, fresh, start);
}

/** By the longest common sequence of lines. */
function compare(
  old: readonly string[],
  fresh: readonly string[],
  start: number,
): FileChange["hunks"] {
  const width = fresh.length + 1;
  const common = new Uint16Array((old.length + 1) * width);
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = fresh.length - 1; j >= 0; j -= 1) {
      const diagonal = common[(i + 1) * width + j + 1] ?? 0;
      const below = common[(i + 1) * width + j] ?? 0;
      const right = common[i * width + j + 1] ?? 0;
      common[i * width + j] = old[i] === fresh[j] ? diagonal + 1 : Math.max(below, right);
    }
  }
  const hunks: FileChange["hunks"] = [];
  let open: FileChange["hunks"][number] | undefined;
  let i = 0;
  let j = 0;
  while (i < old.length || j < fresh.length) {
    if (i < old.length && j < fresh.length && old[i] === fresh[j]) {
      open = undefined;
      i += 1;
      j += 1;
      continue;
    }
    if (open === undefined) {
      open = { line: start + i + 1, removed: [], added: [] };
      hunks.push(open);
    }
    const below = common[(i + 1) * width + j] ?? 0;
    const right = common[i * width + j + 1] ?? 0;
    if (i < old.length && (j >= fresh.length || below >= right)) {
      open.removed.push(old[i] as string);
      i += 1;
    } else {
      open.added.push(fresh[j] as string);
      j += 1;
    }
  }
  return hunks;
}
