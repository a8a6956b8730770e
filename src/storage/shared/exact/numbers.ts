/** The bytes are no list. */
export class DamagedNumbers extends Error {}

const mostBytes = 8;
const utf8 = { encode: new TextEncoder(), decode: new TextDecoder() };

/** Whole numbers below 2^53 and texts, one behind the other: seven bits a byte, low ones first. */
export class NumberWriter {
  #bytes = Buffer.allocUnsafe(1_024);
  #length = 0;

  put(...numbers: readonly number[]): void {
    for (const number of numbers) {
      this.#makeRoom(mostBytes);
      let rest = number;
      for (; rest > 127; rest = Math.floor(rest / 128)) {
        this.#length = this.#bytes.writeUInt8((rest & 127) | 128, this.#length);
      }
      this.#length = this.#bytes.writeUInt8(rest, this.#length);
    }
  }

  text(text: string): void {
    const bytes = utf8.encode.encode(text);
    this.put(bytes.length);
    this.#makeRoom(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  take(): Uint8Array {
    return Uint8Array.from(this.#bytes.subarray(0, this.#length));
  }

  #makeRoom(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    this.#bytes = Buffer.concat([this.#bytes], (this.#bytes.length + bytes) * 2);
  }
}

/** Reads what NumberWriter wrote. Each call throws DamagedNumbers. */
export class NumberReader {
  readonly #data: Uint8Array;
  #at = 0;

  constructor(data: Uint8Array) {
    this.#data = data;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#data.length;
  }

  next(): number {
    let value = 0;
    for (let power = 0; power < mostBytes; power += 1) {
      const byte = this.#data[this.#at++];
      if (byte === undefined) throw new DamagedNumbers("it ends too soon");
      value += (byte & 127) * 128 ** power;
      if (byte < 128) return value;
    }
    throw new DamagedNumbers("a number is too long");
  }

  /** How many entries follow, of which each has a byte at least. */
  count(): number {
    const count = this.next();
    if (count <= this.#data.length) return count;
    throw new DamagedNumbers(`${count} entries in ${this.#data.length} bytes`);
  }

  text(): string {
    const end = this.count() + this.#at;
    const text = utf8.decode.decode(this.#data.subarray(this.#at, end));
    this.#at = end;
    return text;
  }
}
