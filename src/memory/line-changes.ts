/* How one text became another, in a line or two. */

const mostLines = 400;
const mostShown = 3;
const longestShown = 100;

/** "2 lines added, 1 removed: - old line, + new line" */
export function describeChange(before: string, after: string): string {
  const old = before.split("\n");
  const now = after.split("\n");
  if (old.length > mostLines || now.length > mostLines) {
    return `has changed (${old.length} lines before, ${now.length} now)`;
  }
  const { removed, added } = differingLines(old, now);
  if (removed.length === 0 && added.length === 0) return "has changed in its line ends";
  const shown = [
    ...removed.slice(0, mostShown).map((line) => `- ${short(line)}`),
    ...added.slice(0, mostShown).map((line) => `+ ${short(line)}`),
  ];
  const counts = `${added.length} ${added.length === 1 ? "line" : "lines"} added, ${removed.length} removed`;
  return `${counts}: ${shown.join(" ")}`;
}

/** Lines that are not part of the longest common sequence. */
function differingLines(old: string[], now: string[]): { removed: string[]; added: string[] } {
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
  const removed: string[] = [];
  const added: string[] = [];
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
    if (down >= right) removed.push(old[i++] as string);
    else added.push(now[j++] as string);
  }
  return { removed, added };
}

function short(line: string): string {
  const trimmed = line.trim();
  return trimmed.length > longestShown ? `${trimmed.slice(0, longestShown)}…` : trimmed;
}
