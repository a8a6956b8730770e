/*
 * The wire format of protocol buffers, as far as SCIP needs it: fields one after the other, each a number and a value.
 * Nothing here calls itself, so nothing in a file can make it go deep.
 */

/** The bytes are not what they should be. */
export class ScipDamage extends Error {
  /** Where, bytes from the beginning of the file or of the part. */
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.name = "ScipDamage";
    this.at = at;
  }
}

/** Kinds of values: a number, eight bytes, so many bytes as said, four bytes. Groups (3, 4) are not of this format. */
export const wire = { number: 0, eight: 1, bytes: 2, four: 5 } as const;

const mostVarintBytes = 10;

/** Goes over the fields of a message that is at hand. */
export class Fields {
  /** Of the field that next() came to. */
  field = 0;
  kind = 0;
  /** Of a number; above 2^53 not to the last digit. */
  value = 0;
  /** Where its bytes begin and end. */
  start = 0;
  end = 0;
  #at: number;
  readonly #bytes: Uint8Array;
  readonly #limit: number;

  constructor(bytes: Uint8Array, at = 0, limit = bytes.length) {
    this.#bytes = bytes;
    this.#at = at;
    this.#limit = limit;
  }

  /** Where the next field begins. */
  get at(): number {
    return this.#at;
  }

  /** To the next field; false at the end. @throws ScipDamage */
  next(): boolean {
    if (this.#at >= this.#limit) return false;
    this.head();
    if (this.end > this.#limit) throw new ScipDamage("a value goes beyond its message", this.#at);
    this.#at = this.end;
    return true;
  }

  /** Reads what a field says of itself: its bytes may lie beyond those at hand. @throws ScipDamage */
  head(): void {
    const tag = this.varint();
    this.field = Math.floor(tag / 8);
    this.kind = tag % 8;
    if (this.field < 1 || this.field > 536_870_911) {
      throw new ScipDamage(`there is no field ${this.field}`, this.#at);
    }
    switch (this.kind) {
      case wire.number:
        this.value = this.varint();
        this.start = this.#at;
        this.end = this.#at;
        return;
      case wire.bytes: {
        const length = this.varint();
        this.start = this.#at;
        this.end = this.#at + length;
        return;
      }
      case wire.eight:
      case wire.four:
        this.start = this.#at;
        this.end = this.#at + (this.kind === wire.eight ? 8 : 4);
        return;
      default:
        throw new ScipDamage(`there is no kind of value ${this.kind}`, this.#at);
    }
  }

  /** Seven bits a byte, low ones first. @throws ScipDamage */
  varint(): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < mostVarintBytes; count += 1) {
      const byte = this.#at < this.#limit ? this.#bytes[this.#at++] : undefined;
      if (byte === undefined) throw new ScipDamage("it ends in the middle of a number", this.#at);
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
    throw new ScipDamage(`a number has more than ${mostVarintBytes} bytes`, this.#at);
  }

  /** The numbers of a packed list, or the one number. @param most more are damage */
  numbers(most: number): number[] {
    if (this.kind === wire.number) return [this.value];
    if (this.kind !== wire.bytes) return [];
    const inner = new Fields(this.#bytes, this.start, this.end);
    const found: number[] = [];
    while (inner.at < this.end) {
      if (found.length >= most) throw new ScipDamage("a list is too long", inner.at);
      found.push(inner.varint());
    }
    return found;
  }
}
