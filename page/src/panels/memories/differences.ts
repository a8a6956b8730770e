/* How one text became another, in pieces that stayed, went and came: by words where both are short, else by lines. */

export interface Piece {
  text: string;
  what: "same" | "gone" | "new";
}

/** Words or lines that are compared; longer texts are shown one after the other. */
const mostCompared = 1_500;

export function differences(before: string, now: string): Piece[] {
  for (const split of [/(\s+)/u, /(?<=\n)/u]) {
    const [old, fresh] = [before.split(split), now.split(split)];
    if (old.length <= mostCompared && fresh.length <= mostCompared) return compare(old, fresh);
  }
  return [
    { text: before, what: "gone" },
    { text: now, what: "new" },
  ];
}

/** By the longest common sequence, after what is equal at both ends. */
function compare(old: readonly string[], fresh: readonly string[]): Piece[] {
  let start = 0;
  while (start < old.length && start < fresh.length && old[start] === fresh[start]) start += 1;
  let end = 0;
  const most = Math.min(old.length, fresh.length) - start;
  while (end < most && old[old.length - 1 - end] === fresh[fresh.length - 1 - end]) end += 1;
  const a = old.slice(start, old.length - end);
  const b = fresh.slice(start, fresh.length - end);
  const width = b.length + 1;
  const lengths = new Uint16Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      lengths[i * width + j] =
        a[i] === b[j]
          ? (lengths[(i + 1) * width + j + 1] as number) + 1
          : Math.max(lengths[(i + 1) * width + j] as number, lengths[i * width + j + 1] as number);
    }
  }
  const pieces: Piece[] = [];
  const add = (text: string | undefined, what: Piece["what"]): void => {
    const last = pieces.at(-1);
    if (last?.what === what) last.text += text;
    else if (text !== undefined && text !== "") pieces.push({ text, what });
  };
  add(old.slice(0, start).join(""), "same");
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      add(a[i], "same");
      i += 1;
      j += 1;
    } else if (
      j >= b.length ||
      (i < a.length &&
        (lengths[(i + 1) * width + j] as number) >= (lengths[i * width + j + 1] as number))
    ) {
      add(a[i], "gone");
      i += 1;
    } else {
      add(b[j], "new");
      j += 1;
    }
  }
  add(old.slice(old.length - end).join(""), "same");
  return pieces;
}
