/*
 * Ids of memories that follow from the operation that makes them, so that two stores make the same. A write that is tried again
 * (the store was busy, the server went) makes the ids of its first try.
 */
import { seededRandom } from "../random.ts";

const letters = "0123456789abcdefghjkmnpqrstvwxyz";
let seed = 0;
let writes = 0;
let made = 0;
let depth = 0;

export const seededIds = {
  setSeed(of: number): void {
    seed = of;
    writes = 0;
    made = 0;
  },
  next(): string {
    made += 1;
    const random = seededRandom(seed + writes * 7_919 + made * 104_729);
    return Array.from({ length: 16 }, () => letters[Math.floor(random() * 32)]).join("");
  },
};

/** Tells of the writes of a store, in which ids are made. */
export function withSeededIds(store: { write<T>(doing: string, work: () => T): T }): void {
  const write = store.write.bind(store) as typeof store.write;
  store.write = <T>(doing: string, work: () => T): T => {
    if (depth > 0) return write(doing, work);
    const result = write(doing, () => {
      made = 0;
      depth += 1;
      try {
        return work();
      } finally {
        depth -= 1;
      }
    });
    writes += 1;
    return result;
  };
}
