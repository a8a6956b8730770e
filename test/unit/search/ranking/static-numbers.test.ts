import { describe, expect, it } from "vitest";
import { parseQuery } from "../../../../src/search/question/query.ts";
import { combine } from "../../../../src/search/ranking/rank.ts";
import { MapStore } from "../../../helpers/map-store.ts";

describe("the static model's numbers", () => {
  it.each([
    ["static-code-256", false, true],
    ["all-minilm-l6-v2", true, true],
    ["all-minilm-l6-v2", false, false],
  ])("an index of %s, where the static model stands in: %s", (id, isStatic, expected) => {
    const store = new MapStore();
    store.vectors.claimModel({ id, dimensions: 4 });
    const query = parseQuery({ query: "close a file" });
    const none = { words: [], meaning: [], vector: undefined };
    expect(combine(store, { ...none, isStatic }, query).traits.isStatic).toBe(expected);
  });
});
