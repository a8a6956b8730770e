/**
 * All references of a file in one blob. Numbers are varints: seven bits a byte, low ones first, the high
 * bit on all but the last. Names in ascending order, and for each:
 *
 *   number of texts that references hang on | for each: its bytes | its text in UTF-8
 *   for each name: step from the name id before | bytes of what follows | its references by line:
 *     (step from the line before) * 16 + kind * 2 + (1 when it hangs on something)
 *     | place of the definition they stand in + 1, or 0 | number of the text it hangs on, if it does
 *
 * A reader that wants one name skips the others by their bytes.
 */
export interface ListedReference {
  nameId: number;
  line: number;
  /** Index into referenceKinds. */
  kind: number;
  /** Place of the definition it stands in among those of the file; -1 outside all. */
  within: number;
  /** See Reference.on. */
  on: string;
}

/** In place of the kind of a use: `on` says what a member of this name is. */
export const factKind = 7;

/** The bytes are no list. */
export class DamagedList extends Error {}

/** With the bit that says that it hangs on something. */
const kinds = 16;
/** Ids of names are SQLite rowids, which count up from 1: below this for any real index. */
const mostBytes = 7;

/** A list in its parts, for a table with a column for each: a server can cut out what one name has. */
export interface ReferenceParts {
  /** The texts that references hang on, as they begin a list. */
  texts: Uint8Array;
  /** Ascending. */
  names: number[];
  /** References of each name that are no facts. */
  counts: number[];
  /** Where the references of each name end in `groups`. */
  ends: number[];
  groups: Uint8Array;
}

/** Of two references of the same name, line, kind and what they hang on the first stays. */
export function encodeReferences(references: readonly ListedReference[]): Uint8Array {
  const all = new Bytes();
  let lastName = 0;
  eachGroup(
    references,
    (texts) => all.append(texts),
    (nameId, group) => {
      all.put(nameId - lastName);
      all.put(group.length);
      all.append(group);
      lastName = nameId;
    },
  );
  return all.take();
}

/** The same in parts. */
export function partReferences(references: readonly ListedReference[]): ReferenceParts {
  const counts = new Map<number, number>();
  for (const { nameId, kind } of references) {
    counts.set(nameId, (counts.get(nameId) ?? 0) + (kind === factKind ? 0 : 1));
  }
  const texts = new Bytes();
  const groups = new Bytes();
  const names: number[] = [];
  const ends: number[] = [];
  eachGroup(
    references,
    (own) => texts.append(own),
    (nameId, group) => {
      groups.append(group);
      names.push(nameId);
      ends.push(groups.length);
    },
  );
  return {
    ...{ texts: texts.take(), names, ends, groups: groups.take() },
    counts: names.map((nameId) => counts.get(nameId) ?? 0),
  };
}

function eachGroup(
  references: readonly ListedReference[],
  begin: (texts: Bytes) => void,
  take: (nameId: number, group: Bytes) => void,
): void {
  const sorted = [...references].sort(
    (a, b) =>
      a.nameId - b.nameId ||
      a.line - b.line ||
      a.kind - b.kind ||
      (a.on < b.on ? -1 : a.on > b.on ? 1 : 0),
  );
  const head = new Bytes();
  const texts = putTexts(head, sorted);
  begin(head);
  const group = new Bytes();
  for (let at = 0; at < sorted.length; ) {
    const { nameId } = sorted[at] as ListedReference;
    group.length = 0;
    let lastLine = 0;
    let lastKind = -1;
    let lastOn = "";
    for (; at < sorted.length; at += 1) {
      const one = sorted[at] as ListedReference;
      if (one.nameId !== nameId) break;
      if (one.line === lastLine && one.kind === lastKind && one.on === lastOn) continue;
      group.put((one.line - lastLine) * kinds + one.kind * 2 + (one.on === "" ? 0 : 1));
      group.put(one.within + 1);
      if (one.on !== "") group.put(texts.get(one.on) as number);
      lastLine = one.line;
      lastKind = one.kind;
      lastOn = one.on;
    }
    take(nameId, group);
  }
}

function putTexts(all: Bytes, references: readonly ListedReference[]): Map<string, number> {
  const numbers = new Map<string, number>();
  for (const { on } of references) {
    if (on !== "" && !numbers.has(on)) numbers.set(on, numbers.size);
  }
  all.put(numbers.size);
  for (const text of numbers.keys()) {
    const bytes = Buffer.from(text);
    all.put(bytes.length);
    all.append(bytes);
  }
  return numbers;
}

/**
 * The references of one name, or of all, in the order of names and lines.
 *
 * @throws DamagedList
 */
export function decodeReferences(data: Uint8Array, only?: number): ListedReference[] {
  const reader = new Reader(data);
  const found: ListedReference[] = [];
  const textAt = reader.texts();
  let nameId = 0;
  while (reader.at < data.length) {
    nameId += reader.next();
    const size = reader.next();
    const end = reader.at + size;
    if (end > data.length) throw new DamagedList(`a name's list ends at ${end} of ${data.length}`);
    if (only !== undefined && nameId !== only) {
      if (nameId > only) break;
      reader.at = end;
      continue;
    }
    readGroup(reader, end, nameId, textAt, found);
  }
  return found;
}

/**
 * What one name has, of a list in parts.
 *
 * @throws DamagedList
 */
export function decodeGroup(
  nameId: number,
  group: Uint8Array,
  texts: Uint8Array,
): ListedReference[] {
  const found: ListedReference[] = [];
  readGroup(new Reader(group), group.length, nameId, new Reader(texts).texts(), found);
  return found;
}

/**
 * All of a list in parts, in the order of names and lines.
 *
 * @throws DamagedList
 */
export function decodeParts({
  texts,
  names,
  ends,
  groups,
}: Omit<ReferenceParts, "counts">): ListedReference[] {
  const found: ListedReference[] = [];
  const textAt = new Reader(texts).texts();
  const reader = new Reader(groups);
  for (const [at, nameId] of names.entries()) {
    readGroup(reader, ends[at] ?? 0, nameId, textAt, found);
  }
  if (reader.at !== groups.length) throw new DamagedList(`it goes on after ${reader.at}`);
  return found;
}

function readGroup(
  reader: Reader,
  end: number,
  nameId: number,
  textAt: (number: number) => string,
  found: ListedReference[],
): void {
  let line = 0;
  while (reader.at < end) {
    const value = reader.next();
    line += Math.floor(value / kinds);
    const within = reader.next() - 1;
    const on = value % 2 === 0 ? "" : textAt(reader.next());
    found.push({ nameId, line, kind: (value % kinds) >> 1, within, on });
  }
  if (reader.at !== end) throw new DamagedList(`a name's list runs over its end at ${end}`);
}

const utf8 = new TextDecoder();

class Bytes {
  length = 0;
  #data = new Uint8Array(256);

  put(value: number): void {
    if (this.length + mostBytes > this.#data.length) this.#grow(mostBytes);
    let rest = value;
    while (rest >= 128) {
      this.#data[this.length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.#data[this.length++] = rest;
  }

  append(other: Bytes | Uint8Array): void {
    if (this.length + other.length > this.#data.length) this.#grow(other.length);
    const data = other instanceof Bytes ? other.#data.subarray(0, other.length) : other;
    this.#data.set(data, this.length);
    this.length += other.length;
  }

  take(): Uint8Array {
    return this.#data.slice(0, this.length);
  }

  #grow(more: number): void {
    const larger = new Uint8Array((this.#data.length + more) * 2);
    larger.set(this.#data.subarray(0, this.length));
    this.#data = larger;
  }
}

class Reader {
  at = 0;
  readonly #data: Uint8Array;

  constructor(data: Uint8Array) {
    this.#data = data;
  }

  /** Skips the texts; the answer reads one. */
  texts(): (number: number) => string {
    const count = this.#data.length === 0 ? 0 : this.next();
    if (count > this.#data.length) throw new DamagedList(`${count} texts in ${this.#data.length}`);
    const starts: number[] = [];
    const ends: number[] = [];
    for (let number = 0; number < count; number += 1) {
      const size = this.next();
      starts.push(this.at);
      this.at += size;
      ends.push(this.at);
      if (this.at > this.#data.length) throw new DamagedList(`a text ends at ${this.at}`);
    }
    return (number) => {
      const start = starts[number];
      if (start === undefined) throw new DamagedList(`it has no text ${number}`);
      return utf8.decode(this.#data.subarray(start, ends[number]));
    };
  }

  next(): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < mostBytes; count += 1) {
      const byte = this.#data[this.at++];
      if (byte === undefined) throw new DamagedList("it ends in the middle of a number");
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
    throw new DamagedList(`a number of more than ${mostBytes} bytes`);
  }
}
