/*
 * Messages of protobuf in a file that may be larger than memory: fields are found by position, and what is long is
 * named by its range and not read. Numbers of 64 bits that a file of ONNX holds fit a double.
 */
import { readSync } from "node:fs";

/** Where bytes lie in the file: from, up to and without `to`. */
export interface Range {
  from: number;
  to: number;
}

export interface Field {
  number: number;
  wire: number;
  /** Of its tag up to its end. */
  whole: Range;
  /** Of a field with a length, its content; of a number, its bytes. */
  content: Range;
  /** Of a varint, its value. */
  value: number;
}

/** The file ends, or goes on, where the format says otherwise. */
export class ProtobufError extends Error {}

const windowBytes = 65_536;
const longestText = 65_536;
/** Fields of a file. The largest models have some hundred thousand; more would be read for minutes. */
const mostFields = 20_000_000;
/** What may be kept of a file, about; the largest models have a third of it. */
const mostKeptBytes = 128_000_000;
/** Of a text beside its letters. */
const textCost = 24;
/** The most numbers of a short list; no shape has as many dimensions. */
const mostNumbers = 64;
const longestNumber = 10;

/** Reads anywhere in a file, a window at a time. */
export class FileBytes {
  readonly #file: number;
  readonly size: number;
  readonly #window = Buffer.allocUnsafe(windowBytes);
  #from = 0;
  #to = 0;
  #fields = 0;
  #kept = 0;

  constructor(file: number, size: number) {
    this.#file = file;
    this.size = size;
  }

  byte(at: number): number {
    if (at < this.#from || at >= this.#to) this.#fill(at);
    return this.#window[at - this.#from] as number;
  }

  /** Fills `into` with what begins at `at`. @throws ProtobufError where the file ends before */
  read(into: Uint8Array, at: number): void {
    for (let done = 0; done < into.length; ) {
      const bytes = readSync(this.#file, into, done, into.length - done, at + done);
      if (bytes === 0) throw new ProtobufError(`it ends at byte ${at + done}`);
      done += bytes;
    }
  }

  bytes({ from, to }: Range): Buffer {
    const found = Buffer.allocUnsafe(to - from);
    this.read(found, from);
    return found;
  }

  /** Another field is read. @throws ProtobufError where there are more than any model has */
  field(): void {
    this.#fields += 1;
    if (this.#fields > mostFields) throw new ProtobufError(`it has more than ${mostFields} fields`);
  }

  /** So much of it stays in memory. @throws ProtobufError where that is more than any model needs */
  keep(cost: number): void {
    this.#kept += cost;
    if (this.#kept <= mostKeptBytes) return;
    throw new ProtobufError(`its nodes and names take more than ${mostKeptBytes / 1e6} MB`);
  }

  /** @throws ProtobufError for what is too long to be a name */
  text(range: Range): string {
    this.keep(textCost + range.to - range.from);
    if (range.to - range.from > longestText) {
      throw new ProtobufError(`byte ${range.from} begins a name of ${range.to - range.from} bytes`);
    }
    return this.bytes(range).toString("utf8");
  }

  #fill(at: number): void {
    const bytes = at < this.size ? readSync(this.#file, this.#window, 0, windowBytes, at) : 0;
    if (bytes === 0) throw new ProtobufError(`it ends at byte ${at}`);
    this.#from = at;
    this.#to = at + bytes;
  }
}

/** The fields of a message, in their order. @throws ProtobufError */
export function* fieldsOf(bytes: FileBytes, { from, to }: Range): Generator<Field> {
  for (let at = from; at < to; ) {
    bytes.field();
    const start = at;
    const tag = varint(bytes, at);
    at = tag.next;
    const number = Math.floor(tag.value / 8);
    const wire = tag.value % 8;
    let begin = at;
    let value = 0;
    if (wire === 0) {
      const read = varint(bytes, at);
      value = read.value;
      at = read.next;
    } else if (wire === 2) {
      const length = varint(bytes, at);
      if (length.value < 0) throw new ProtobufError(`byte ${at} begins a length below zero`);
      begin = length.next;
      at = begin + length.value;
    } else if (wire === 1) at += 8;
    else if (wire === 5) at += 4;
    else throw new ProtobufError(`byte ${start} begins no field`);
    if (number === 0) throw new ProtobufError(`byte ${start} begins no field`);
    if (at > to)
      throw new ProtobufError(`a part that begins at byte ${start} ends behind its whole`);
    yield { number, wire, value, whole: { from: start, to: at }, content: { from: begin, to: at } };
  }
}

/** A few numbers of a repeated field of varints, packed or alone. @throws ProtobufError */
export function varintsOf(bytes: FileBytes, { wire, value, content }: Field): number[] {
  if (wire === 0) return [value];
  const { from, to } = content;
  if (to - from > mostNumbers * longestNumber) {
    throw new ProtobufError(`byte ${from} begins a list of more than ${mostNumbers} numbers`);
  }
  const found: number[] = [];
  for (let at = content.from; at < content.to; ) {
    const read = varint(bytes, at);
    found.push(read.value);
    at = read.next;
  }
  return found;
}

/** Negative numbers come as ten bytes. */
function varint(bytes: FileBytes, at: number): { value: number; next: number } {
  let value = 0n;
  for (let shift = 0n, next = at; shift < 70n; shift += 7n) {
    const byte = bytes.byte(next);
    next += 1;
    // Most are short: their value needs no large integers.
    if (shift === 0n && byte < 128) return { value: byte, next };
    value |= BigInt(byte & 127) << shift;
    if (byte < 128) return { value: Number(BigInt.asIntN(64, value)), next };
  }
  throw new ProtobufError(`byte ${at} begins no number`);
}

/** A number as a varint; of 64 bits where it is negative. */
function varintBytes(given: number): Buffer {
  const bytes: number[] = [];
  let left = BigInt.asUintN(64, BigInt(given));
  do {
    const more = left > 127n;
    bytes.push(Number(left & 127n) | (more ? 128 : 0));
    left >>= 7n;
  } while (left > 0n);
  return Buffer.from(bytes);
}

/** A field with a number. */
export function numberField(number: number, value: number): Buffer {
  return Buffer.concat([varintBytes(number * 8), varintBytes(value)]);
}

/** What stands before the content of a field of so many bytes. */
export function lengthHead(number: number, bytes: number): Buffer {
  return Buffer.concat([varintBytes(number * 8 + 2), varintBytes(bytes)]);
}

/** A field with a text, a message or bytes. */
export function bytesField(number: number, content: Uint8Array | string): Buffer {
  const bytes = typeof content === "string" ? Buffer.from(content, "utf8") : content;
  return Buffer.concat([lengthHead(number, bytes.length), bytes]);
}
