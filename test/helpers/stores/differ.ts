/*
 * Whether two stores gave the same answer: the same in each part, numbers equal but for what rounding can do, lists in the same order
 * up to ties of their scores.
 */

/** Vectors are kept as int8 codes on both sides, and multiplied in other orders. */
const rounding = 2e-5;
/** A NUL in a text takes two bytes more on a server, which has no such character. */
const ofBytes = 0.01;

/** Where they differ, as a path, and what is there; undefined: nowhere. */
export function difference(one: unknown, other: unknown, at = "answer"): string | undefined {
  if (typeof one === "number" && typeof other === "number") {
    const most = (at.endsWith(".bytes") ? ofBytes : rounding) * Math.max(1, Math.abs(one));
    if (Object.is(one, other) || Math.abs(one - other) <= most) return undefined;
    return `${at}: ${one} and ${other}`;
  }
  if (typeof one !== "object" || one === null || typeof other !== "object" || other === null) {
    return Object.is(one, other) ? undefined : `${at}: ${shown(one)} and ${shown(other)}`;
  }
  if (Array.isArray(one) !== Array.isArray(other))
    return `${at}: ${shown(one)} and ${shown(other)}`;
  if (Array.isArray(one)) return ofLists(one, other as unknown[], at);
  const first = one as Record<string, unknown>;
  const second = other as Record<string, unknown>;
  for (const name of new Set([...Object.keys(first), ...Object.keys(second)])) {
    const found = difference(first[name], second[name], `${at}.${name}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function ofLists(one: unknown[], other: unknown[], at: string): string | undefined {
  if (one.length !== other.length) return `${at}: ${one.length} and ${other.length} of them`;
  const second = inOrderOf(one, other);
  for (let place = 0; place < one.length; place += 1) {
    const found = difference(one[place], second[place], `${at}[${place}]`);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What stands among equal scores on both sides is put in one order. */
function inOrderOf(one: readonly unknown[], other: readonly unknown[]): readonly unknown[] {
  const scores = one.map(scoreOf);
  if (scores.some((score) => score === undefined)) return other;
  const ids = one.map(idOf);
  const left = [...other];
  return one.map((_, place) => {
    const found = left.findIndex(
      (hit) =>
        idOf(hit) === ids[place] &&
        Math.abs((scoreOf(hit) ?? Number.NaN) - (scores[place] as number)) <= rounding,
    );
    return left.splice(Math.max(0, found), 1)[0];
  });
}

function scoreOf(hit: unknown): number | undefined {
  const { score } = (typeof hit === "object" && hit !== null ? hit : {}) as { score?: unknown };
  return typeof score === "number" ? score : undefined;
}

function idOf(hit: unknown): unknown {
  const { id, memory } = hit as { id?: unknown; memory?: { id?: unknown } };
  return id ?? memory?.id;
}

function shown(value: unknown): string {
  return JSON.stringify(value)?.slice(0, 400) ?? String(value);
}

/** The shortest list that still fails, as far as leaving out goes. @param most tries */
export async function shrink<T>(
  all: readonly T[],
  fails: (some: readonly T[]) => Promise<boolean>,
  most = 60,
): Promise<readonly T[]> {
  let left = all;
  let tries = 0;
  for (let size = Math.ceil(left.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let from = 0; from < left.length && tries < most; ) {
      const fewer = [...left.slice(0, from), ...left.slice(from + size)];
      tries += 1;
      if (fewer.length > 0 && (await fails(fewer))) left = fewer;
      else from += size;
    }
    if (tries >= most) break;
  }
  return left;
}
