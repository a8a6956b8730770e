import type { ExactFile } from "../../../ports/exact-uses.ts";
import { Bytes, DamagedList, Reader } from "../symbols/reference-list.ts";

/*
 * What is exact in a file, in one blob of varints (reference-list.ts):
 *
 *   number of definitions | for each: step from the line before, symbol, length of the name, its UTF-8
 *   number of symbols used | for each: symbol, hash of its name, number of lines, steps from line to line
 *   pairs of symbols, the first of which extends the second, to the end
 */
export type ExactList = Pick<ExactFile, "definitions" | "uses" | "inherits">;

export function encodeExact({ definitions, uses, inherits }: ExactList): Uint8Array {
  const bytes = new Bytes();
  bytes.put(definitions.length);
  let last = 0;
  for (const { symbol, name, line } of [...definitions].sort((a, b) => a.line - b.line)) {
    bytes.put(line - last);
    bytes.put(symbol);
    bytes.putText(name);
    last = line;
  }
  bytes.put(uses.length);
  for (const { symbol, nameHash, lines } of uses) {
    bytes.put(symbol);
    bytes.put(nameHash);
    bytes.put(lines.length);
    let before = 0;
    for (const line of lines) {
      bytes.put(line - before);
      before = line;
    }
  }
  for (const { symbol, from } of inherits) {
    bytes.put(symbol);
    bytes.put(from);
  }
  return bytes.take();
}

/** @throws DamagedList */
export function decodeExact(data: Uint8Array): ExactList {
  const reader = new Reader(data);
  const count = (): number => {
    const value = reader.next();
    if (value > data.length) throw new DamagedList(`a count of ${value} in ${data.length} bytes`);
    return value;
  };
  const definitions: ExactList["definitions"][number][] = [];
  let line = 0;
  for (let left = count(); left > 0; left -= 1) {
    line += reader.next();
    definitions.push({ line, symbol: reader.next(), name: reader.text() });
  }
  const uses: ExactList["uses"][number][] = [];
  for (let left = count(); left > 0; left -= 1) {
    const symbol = reader.next();
    const nameHash = reader.next();
    const lines: number[] = [];
    let at = 0;
    for (let more = count(); more > 0; more -= 1) {
      at += reader.next();
      lines.push(at);
    }
    uses.push({ symbol, nameHash, lines });
  }
  const inherits: ExactList["inherits"][number][] = [];
  while (reader.at < data.length) inherits.push({ symbol: reader.next(), from: reader.next() });
  return { definitions, uses, inherits };
}

/** Both, each once. */
export function mergeExact(a: ExactList, b: ExactList): ExactList {
  const definitions = new Map(
    [...a.definitions, ...b.definitions].map((one) => [`${one.symbol} ${one.line}`, one]),
  );
  const uses = new Map<number, { nameHash: number; lines: Set<number> }>();
  for (const { symbol, nameHash, lines } of [...a.uses, ...b.uses]) {
    const known = uses.get(symbol);
    if (known === undefined) uses.set(symbol, { nameHash, lines: new Set(lines) });
    else for (const line of lines) known.lines.add(line);
  }
  const inherits = new Map(
    [...a.inherits, ...b.inherits].map((one) => [`${one.symbol} ${one.from}`, one]),
  );
  return {
    definitions: [...definitions.values()],
    uses: [...uses].map(([symbol, { nameHash, lines }]) => ({
      symbol,
      nameHash,
      lines: [...lines].sort((x, y) => x - y),
    })),
    inherits: [...inherits.values()],
  };
}
