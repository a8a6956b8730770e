/**
 * All references of a file in one blob. Numbers are varints: seven bits a byte, low ones first, the high
 * bit on all but the last. Names in ascending order, and for each:
 *
 *   step from the name id before | bytes of what follows | its references by line:
 *     (step from the line before) * 4 + kind | place of the definition they stand in + 1, or 0
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
}

/** The bytes are no list. */
export class DamagedList extends Error {}

const kinds = 4;
/** Ids of names are SQLite rowids, which count up from 1: below this for any real index. */
const mostBytes = 7;

/** Of two references of the same name, line and kind the first stays. */
export function encodeReferences(references: readonly ListedReference[]): Uint8Array {
  const sorted = [...references].sort(
    (a, b) => a.nameId - b.nameId || a.line - b.line || a.kind - b.kind,
  );
  const all = new Bytes();
  const group = new Bytes();
  let lastName = 0;
  for (let at = 0; at < sorted.length; ) {
    const { nameId } = sorted[at] as ListedReference;
    group.length = 0;
    let lastLine = 0;
    let lastKind = -1;
    for (; at < sorted.length; at += 1) {
      const one = sorted[at] as ListedReference;
      if (one.nameId !== nameId) break;
      if (one.line === lastLine && one.kind === lastKind) continue;
      group.put((one.line - lastLine) * kinds + one.kind);
      group.put(one.within + 1);
      lastLine = one.line;
      lastKind = one.kind;
    }
    all.put(nameId - lastName);
    all.put(group.length);
    all.append(group);
    lastName = nameId;
  }
  return all.take();
}

/**
 * The references of one name, or of all, in the order of names and lines.
 *
 * @throws DamagedList
 */
export function decodeReferences(data: Uint8Array, only?: number): ListedReference[] {
  const reader = new Reader(data);
  const found: ListedReference[] = [];
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
    let line = 0;
    while (reader.at < end) {
      const value = reader.next();
      line += Math.floor(value / kinds);
      found.push({ nameId, line, kind: value % kinds, within: reader.next() - 1 });
    }
    if (reader.at !== end) throw new DamagedList(`a name's list runs over its end at ${end}`);
  }
  return found;
}

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

  append(other: Bytes): void {
    if (this.length + other.length > this.#data.length) this.#grow(other.length);
    this.#data.set(other.#data.subarray(0, other.length), this.length);
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
