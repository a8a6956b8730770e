/** Ids up to `top`, one bit each: bit i % 8 of byte i / 8. Greater ones are passed over. */
export class IdBitmap {
  readonly bytes: Uint8Array;

  constructor(top: number) {
    this.bytes = new Uint8Array(Math.floor(top / 8) + 1);
  }

  /** @param ids sorted */
  static of(ids: Uint32Array): IdBitmap {
    const bitmap = new IdBitmap(ids.at(-1) ?? 0);
    for (const id of ids) bitmap.add(id);
    return bitmap;
  }

  /** False: it was in already, or is too great. */
  add(id: number): boolean {
    const at = Math.floor(id / 8);
    if (id < 0 || at >= this.bytes.length || this.has(id)) return false;
    this.bytes[at] = (this.bytes[at] as number) | (1 << (id & 7));
    return true;
  }

  has(id: number): boolean {
    return ((this.bytes[Math.floor(id / 8)] ?? 0) & (1 << (id & 7))) !== 0;
  }

  /** How many of these are in. */
  count(ids: Uint32Array): number {
    let count = 0;
    for (const id of ids) count += this.has(id) ? 1 : 0;
    return count;
  }
}
