import {
  type ExactFile,
  type ExactLine,
  type ExactUses,
  exactHows,
} from "../../../ports/answers/exact-uses.ts";
import { DamagedNumbers, NumberReader, NumberWriter } from "./numbers.ts";

/*
 * What is exact in a file, in one blob (numbers.ts):
 *
 *   number of definitions | for each: step from the line before, symbol, name
 *   number of symbols used | for each: symbol, hash of its name, number of lines, (step from the line before) * 3 + how
 *   pairs of symbols, the first of which extends the second, to the end
 */
export type ExactList = Pick<ExactFile, "definitions" | "uses" | "inherits">;

export function encodeExact({ definitions, uses, inherits }: ExactList): Uint8Array {
  const bytes = new NumberWriter();
  bytes.put(definitions.length);
  let last = 0;
  for (const { symbol, name, line } of [...definitions].sort((a, b) => a.line - b.line)) {
    bytes.put(line - last, symbol);
    bytes.text(name);
    last = line;
  }
  bytes.put(uses.length);
  for (const { symbol, nameHash, lines } of uses) {
    bytes.put(symbol, nameHash, lines.length);
    let before = 0;
    for (const { line, how } of lines) {
      bytes.put((line - before) * exactHows.length + exactHows.indexOf(how));
      before = line;
    }
  }
  for (const { symbol, from } of inherits) bytes.put(symbol, from);
  return bytes.take();
}

/** @throws DamagedNumbers */
export function decodeExact(data: Uint8Array): ExactList {
  const reader = new NumberReader(data);
  const definitions: ExactList["definitions"][number][] = [];
  let line = 0;
  for (let left = reader.count(); left > 0; left -= 1) {
    line += reader.next();
    definitions.push({ line, symbol: reader.next(), name: reader.text() });
  }
  const uses: ExactUses[] = [];
  for (let left = reader.count(); left > 0; left -= 1) {
    const symbol = reader.next();
    const nameHash = reader.next();
    uses.push({ symbol, nameHash, lines: linesOf(reader) });
  }
  const inherits: ExactList["inherits"][number][] = [];
  while (!reader.isAtEnd) inherits.push({ symbol: reader.next(), from: reader.next() });
  return { definitions, uses, inherits };
}

function linesOf(reader: NumberReader): ExactLine[] {
  const lines: ExactLine[] = [];
  let line = 0;
  for (let left = reader.count(); left > 0; left -= 1) {
    const value = reader.next();
    line += Math.floor(value / exactHows.length);
    const how = exactHows[value % exactHows.length];
    if (how === undefined) throw new DamagedNumbers(`a use of no kind in line ${line}`);
    lines.push({ line, how });
  }
  return lines;
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

/** In order, each line once: what says most of several uses on it. */
export function mergeLines(a: readonly ExactLine[], b: readonly ExactLine[]): ExactLine[] {
  const found = new Map<number, ExactLine>();
  for (const one of [...a, ...b]) {
    const known = found.get(one.line);
    if (known === undefined || exactHows.indexOf(one.how) < exactHows.indexOf(known.how)) {
      found.set(one.line, one);
    }
  }
  return [...found.values()].sort((x, y) => x.line - y.line);
}
