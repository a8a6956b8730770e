/* Names in a text that the grammar gives no structure. */

export const word = /[\p{L}_$][\p{L}\p{N}_$]*/gu;
/** Words of a shell that may be the name of a function. */
export const shellName = /^[A-Za-z_][\w:.-]*$/;

/** What the signs around a name say: whether it is called, and on what it hangs. */
export function around(
  text: string,
  start: number,
  end: number,
): { isCall: boolean; on: string | undefined } {
  const isCall = /^\s*(!\s*)?(::\s*<[^<>]{0,80}>\s*)?[({[]/.test(text.slice(end, end + 100));
  const before = /(?:([\p{L}_$][\p{L}\p{N}_$]*)\s*|[^\s.:>])?(?:\.|::|->)\s*$/u.exec(
    text.slice(Math.max(0, start - 80), start),
  );
  return { isCall, on: before === null ? undefined : (before[1] ?? "?") };
}
