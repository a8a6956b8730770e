import type { ExactFile, ExactLine, ExactUses } from "../../../ports/exact-uses.ts";
import { Bytes, DamagedList, Reader } from "../symbols/reference-list.ts";

/*
 * What is exact in a file, in one blob of varints (reference-list.ts):
 *
 *   number of definitions | for each: step from the line before, symbol, length of the name, its UTF-8
 *   number of symbols used | for each: symbol, hash of its name, number of lines, (step from the line before) * 2 + call
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
    for (const { line, isCall } of lines) {
      bytes.put((line - before) * 2 + (isCall ? 1 : 0));
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
    const lines: ExactLine[] = [];
    let at = 0;
    for (let more = count(); more > 0; more -= 1) {
      const value = reader.next();
      at += Math.floor(value / 2);
      lines.push({ line: at, isCall: value % 2 === 1 });
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
  const uses = new Map<number, ExactUses>();
  for (const one of [...a.uses, ...b.uses]) {
    const known = uses.get(one.symbol);
    uses.set(one.symbol, { ...one, lines: mergeLines(known?.lines ?? [], one.lines) });
  }
  const inherits = new Map(
    [...a.inherits, ...b.inherits].map((one) => [`${one.symbol} ${one.from}`, one]),
  );
  return {
    definitions: [...definitions.values()],
    uses: [...uses.values()],
    inherits: [...inherits.values()],
  };
}

/** In order, each line once; one of several uses on it may be a call. */
export function mergeLines(a: readonly ExactLine[], b: readonly ExactLine[]): ExactLine[] {
  const calls = new Map<number, boolean>();
  for (const { line, isCall } of [...a, ...b]) calls.set(line, isCall || calls.get(line) === true);
  return [...calls]
    .sort(([x], [y]) => x - y)
    .map(([line, isCall]): ExactLine => ({ line, isCall }));
}
