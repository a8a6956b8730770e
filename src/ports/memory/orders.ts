/* In which orders memories are listed. */

/** All orders of a list. */
export const memoryOrders = [
  "newest",
  "oldest",
  "updated",
  "expires",
  "most used",
  "largest",
] as const;

/** "newest" and "oldest" by when they came to be, "updated" by their texts, "expires" those that end soonest first. */
export type MemoryOrder = (typeof memoryOrders)[number];
