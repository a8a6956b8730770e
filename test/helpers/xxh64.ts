/* XXH64 with seed 0, by its specification: what files of packed weights are summed with. */

const mask = (1n << 64n) - 1n;
const prime1 = 0x9e3779b185ebca87n;
const prime2 = 0xc2b2ae3d27d4eb4fn;
const prime3 = 0x165667b19e3779f9n;
const prime4 = 0x85ebca77c2b2ae63n;
const prime5 = 0x27d4eb2f165667c5n;

const rotate = (x: bigint, by: bigint): bigint => ((x << by) | (x >> (64n - by))) & mask;
const round = (sum: bigint, lane: bigint): bigint =>
  (rotate((sum + lane * prime2) & mask, 31n) * prime1) & mask;

export function xxh64(bytes: Buffer): bigint {
  let at = 0;
  let sum: bigint;
  if (bytes.length >= 32) {
    const lanes = [(prime1 + prime2) & mask, prime2, 0n, (mask + 1n - prime1) & mask];
    for (; at + 32 <= bytes.length; at += 32) {
      for (const [i, lane] of lanes.entries()) {
        lanes[i] = round(lane, bytes.readBigUInt64LE(at + i * 8));
      }
    }
    sum = lanes.reduce((all, lane, i) => all + rotate(lane, [1n, 7n, 12n, 18n][i] as bigint), 0n);
    for (const lane of lanes) sum = (((sum & mask) ^ round(0n, lane)) * prime1 + prime4) & mask;
  } else {
    sum = prime5;
  }
  sum = (sum + BigInt(bytes.length)) & mask;
  for (; at + 8 <= bytes.length; at += 8) {
    sum = (rotate(sum ^ round(0n, bytes.readBigUInt64LE(at)), 27n) * prime1 + prime4) & mask;
  }
  if (at + 4 <= bytes.length) {
    sum =
      (rotate(sum ^ ((BigInt(bytes.readUInt32LE(at)) * prime1) & mask), 23n) * prime2 + prime3) &
      mask;
    at += 4;
  }
  for (; at < bytes.length; at += 1) {
    sum = (rotate(sum ^ ((BigInt(bytes[at] as number) * prime5) & mask), 11n) * prime1) & mask;
  }
  sum = ((sum ^ (sum >> 33n)) * prime2) & mask;
  sum = ((sum ^ (sum >> 29n)) * prime3) & mask;
  return sum ^ (sum >> 32n);
}
