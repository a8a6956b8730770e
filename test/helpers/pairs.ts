/*
 * Rows in which every two values of two parameters meet at least once: a few dozen in place of all combinations.
 * The same parameters give the same rows.
 */

export type Parameters = Readonly<Record<string, readonly unknown[]>>;
export type Row = Record<string, unknown>;

/** Tries a row this often, and takes the one that has most pairs that were in none before. */
const triesPerRow = 40;

export function allPairs(parameters: Parameters): Row[] {
  const names = Object.keys(parameters);
  const open = new Set<string>();
  for (const [at, a] of names.entries()) {
    for (const b of names.slice(at + 1)) {
      for (const i of keysOf(parameters, a)) {
        for (const j of keysOf(parameters, b)) open.add(pairOf(a, i, b, j));
      }
    }
  }
  const random = numbers(11);
  const rows: Row[] = [];
  while (open.size > 0) {
    let best: Map<string, number> | undefined;
    let most = -1;
    for (let attempt = 0; attempt < triesPerRow; attempt += 1) {
      const row = fill(parameters, names, open, random);
      const met = pairsIn(row, names).filter((pair) => open.has(pair)).length;
      if (met > most) [best, most] = [row, met];
    }
    if (best === undefined) break;
    for (const pair of pairsIn(best, names)) open.delete(pair);
    const chosen = best;
    rows.push(
      Object.fromEntries(
        names.map((name) => [name, parameters[name]?.[chosen.get(name) as number]]),
      ),
    );
  }
  return rows;
}

/** Begins with a pair that has not met, and gives each other parameter the value that meets most. */
function fill(
  parameters: Parameters,
  names: readonly string[],
  open: ReadonlySet<string>,
  random: () => number,
): Map<string, number> {
  const all = [...open];
  const row = new Map<string, number>();
  const [a, i, b, j] = (all[Math.floor(random() * all.length)] as string).split("\0");
  row.set(a as string, Number(i));
  row.set(b as string, Number(j));
  for (const name of names.toSorted(() => random() - 0.5)) {
    if (row.has(name)) continue;
    let most = -1;
    let value = 0;
    for (const at of keysOf(parameters, name).toSorted(() => random() - 0.5)) {
      let met = 0;
      for (const [other, key] of row) {
        if (open.has(orderedPair(names, name, at, other, key))) met += 1;
      }
      if (met > most) [most, value] = [met, at];
    }
    row.set(name, value);
  }
  return row;
}

function pairsIn(row: ReadonlyMap<string, number>, names: readonly string[]): string[] {
  return names.flatMap((a, at) =>
    names.slice(at + 1).map((b) => pairOf(a, row.get(a) as number, b, row.get(b) as number)),
  );
}

function orderedPair(names: readonly string[], a: string, i: number, b: string, j: number): string {
  return names.indexOf(a) < names.indexOf(b) ? pairOf(a, i, b, j) : pairOf(b, j, a, i);
}

function pairOf(a: string, i: number, b: string, j: number): string {
  return [a, i, b, j].join("\0");
}

function keysOf(parameters: Parameters, name: string): number[] {
  return [...(parameters[name] ?? []).keys()];
}

function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
