/* How one text became another, in a line or two. */

/** Longer texts are not compared line by line. */
export const mostLines = 400;
const mostShown = 3;
const longestShown = 100;

/** "2 lines added, 1 removed: - old line, + new line" */
export function describeChange(before: string, after: string): string {
  const old = before.split("\n");
  return describeLines({ count: old.length, keys: old }, after.split("\n"), (line) => line, old);
}

/**
 * The same when no more is known of the lines before than a key each.
 * @param before keys: undefined when there are too many
 * @param texts of the lines before, when they may be shown
 */
export function describeLines(
  before: { count: number; keys: readonly string[] | undefined },
  now: readonly string[],
  keyOf: (line: string) => string,
  texts?: readonly string[],
): string {
  const { count, keys } = before;
  if (keys === undefined || count > mostLines || now.length > mostLines) {
    return `has changed (${count} lines before, ${now.length} now)`;
  }
  const { removed, added } = differingLines(keys, now.map(keyOf));
  if (removed.length === 0 && added.length === 0) return "has changed in its line ends";
  const show = (lines: readonly string[], places: readonly number[], sign: string): string[] =>
    places.slice(0, mostShown).map((at) => `${sign} ${short(lines[at] as string)}`);
  const shown = [
    ...(texts === undefined ? [] : show(texts, removed, "-")),
    ...show(now, added, "+"),
  ];
  const counts = `${added.length} ${added.length === 1 ? "line" : "lines"} added, ${removed.length} removed`;
  return shown.length === 0 ? counts : `${counts}: ${shown.join(" ")}`;
}

/** Places of lines that are not part of the longest common sequence. */
function differingLines(
  old: readonly string[],
  now: readonly string[],
): { removed: number[]; added: number[] } {
  const width = now.length + 1;
  const lengths = new Uint16Array((old.length + 1) * width);
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = now.length - 1; j >= 0; j -= 1) {
      const down = lengths[(i + 1) * width + j] as number;
      const right = lengths[i * width + j + 1] as number;
      const diagonal = lengths[(i + 1) * width + j + 1] as number;
      lengths[i * width + j] = old[i] === now[j] ? diagonal + 1 : Math.max(down, right);
    }
  }
  const removed: number[] = [];
  const added: number[] = [];
  let i = 0;
  let j = 0;
  while (i < old.length || j < now.length) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      i += 1;
      j += 1;
      continue;
    }
    const down = i < old.length ? (lengths[(i + 1) * width + j] as number) : -1;
    const right = j < now.length ? (lengths[i * width + j + 1] as number) : -1;
    if (down >= right) removed.push(i++);
    else added.push(j++);
  }
  return { removed, added };
}

function short(line: string): string {
  const trimmed = line.trim();
  return trimmed.length > longestShown ? `${trimmed.slice(0, longestShown)}…` : trimmed;
}
