/* Spellings of names: without case and signs, and one letter apart. */

/** Lower-case letters and digits only: get_user, getUser and "Get user" are all "getuser". */
export function foldName(name: string): string {
  return name
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "");
}

/** Shorter names have too many neighbours, longer ones are not typed by hand. */
const leastLetters = 4;
const mostLetters = 48;

/** The text with one letter left out, each distinct result once; none for very short and long ones. */
export function deletions(folded: string): string[] {
  if (folded.length < leastLetters || folded.length > mostLetters) return [];
  const results: string[] = [];
  for (let at = 0; at < folded.length; at += 1) {
    // Leaving out either of two equal neighbours is the same.
    if (at > 0 && folded[at] === folded[at - 1]) continue;
    results.push(folded.slice(0, at) + folded.slice(at + 1));
  }
  return results;
}

/** FNV-1a of the UTF-16 units, 32 bits unsigned. */
export function hash32(text: string): number {
  let state = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    state = Math.imul(state ^ text.charCodeAt(index), 0x01000193);
  }
  return state >>> 0;
}

/** True when one insertion, deletion, substitution or swap of neighbours makes `b` of `a`, or none. */
export function isOneLetterApart(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1) return false;
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  const most = Math.min(a.length, b.length) - head;
  while (tail < most && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail += 1;
  const left = a.slice(head, a.length - tail);
  const right = b.slice(head, b.length - tail);
  if (left.length <= 1 && right.length <= 1) return true;
  return left.length === 2 && right.length === 2 && left[0] === right[1] && left[1] === right[0];
}

/** "Manager.all" is "all" in "Manager". A space means words, not a container. */
export function splitScoped(query: string): { name: string; container: string } {
  if (/\s/.test(query)) return { name: query, container: "" };
  const open = query.endsWith(")") ? query.indexOf("(") : -1;
  const parts = (open < 0 ? query : query.slice(0, open)).split(/\.|::|#|->/);
  const name = parts.pop() ?? "";
  if (name === "" || parts.some((part) => part === "")) return { name: query, container: "" };
  return { name, container: parts.join(".") };
}
