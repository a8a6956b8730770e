/* What files of memories hold as numbers must mean the same in every version. */
import { expect, it } from "vitest";
import { endings, kinds, sources } from "../../../../src/storage/shared/rows/kinds.ts";

it("keeps the number of every kind, source and ending", () => {
  expect(kinds.slice(0, 6)).toEqual(["note", "fact", "decision", "preference", "event", "turn"]);
  expect(sources.slice(0, 3)).toEqual(["user", "agent", "document"]);
  expect(endings.slice(0, 3)).toEqual(["open", "newer-text", "superseded"]);
});
