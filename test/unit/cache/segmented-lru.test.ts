import { describe, expect, it } from "vitest";
import { type Linked, SegmentedLru, UseList } from "../../../src/cache/segmented-lru.ts";

interface Named extends Linked {
  name: string;
}

const named = (name: string, weight = 10): Named => ({
  name,
  weight,
  list: undefined,
  newer: undefined,
  older: undefined,
});

const namesOf = (entries: Iterable<Named>): string => [...entries].map(({ name }) => name).join("");

describe("the list by use", () => {
  it("gives the longest unused first, and counts bytes", () => {
    const list = new UseList<Named>();
    const [a, b, c] = [named("a"), named("b", 5), named("c")];
    for (const one of [a, b, c]) list.touch(one);
    expect(namesOf(list.fromOldest())).toBe("abc");
    list.touch(a);
    list.touch(a);
    expect(namesOf(list.fromOldest())).toBe("bca");
    expect(list.bytes).toBe(25);
    list.remove(c);
    expect(namesOf(list.fromOldest())).toBe("ba");
    list.remove(a);
    list.remove(b);
    expect(list.oldest).toBeUndefined();
    expect(list.bytes).toBe(0);
  });

  it("lets what it gives out be removed meanwhile", () => {
    const list = new UseList<Named>();
    for (const name of "abcd") list.touch(named(name));
    for (const one of list.fromOldest()) list.remove(one);
    expect(list.bytes).toBe(0);
  });
});

describe("the segmented LRU", () => {
  it("protects what was used twice from what was used once", () => {
    const lru = new SegmentedLru<Named>(100);
    const entries = [..."abcd"].map((name) => named(name));
    for (const one of entries) lru.add(one);
    lru.use(entries[0] as Named);
    lru.add(named("e"));
    expect(namesOf(lru.victims())).toBe("bcdea");
    expect(lru.bytes).toBe(50);
  });

  it("puts back on probation what the protected have no room for", () => {
    const lru = new SegmentedLru<Named>(50);
    const entries = [..."abcde"].map((name) => named(name));
    for (const one of entries) lru.add(one);
    for (const one of entries) lru.use(one);
    // Four of five tens are 80 %: the longest unused one must prove itself again.
    expect(namesOf(lru.victims())).toBe("abcde");
    lru.use(entries[0] as Named);
    expect(namesOf(lru.victims())).toBe("bcdea");
    lru.setLimit(30);
    expect(namesOf(lru.victims())).toBe("bcdea");
    expect(lru.bytes).toBe(50);
  });
});
