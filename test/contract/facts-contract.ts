import { describe, expect, it } from "vitest";
import { file, hello, prose, unit } from "../helpers/store-files.ts";
import { idOf, type StoreContractOptions, storesIn } from "./store-place.ts";

/** What any Facts must do. */
export function describeFacts(name: string, options: StoreContractOptions): void {
  describe(`${name} keeps the contract of Facts`, () => {
    const { open, openClaimed, reopen } = storesIn(options);

    it("keeps facts by name", () => {
      const opened = open();
      opened.facts.set("root", "/a/b");
      opened.facts.set("root", "/a/c");
      expect(reopen().facts.get("root")).toBe("/a/c");
    });

    it("counts files, chunks and vectors", () => {
      const opened = openClaimed();
      opened.files.put([file("a.txt", [prose, hello]), file("b.txt", [prose])]);
      opened.vectors.put([idOf(opened, prose)], unit(1, 0, 0, 0));
      expect(opened.facts.stats()).toMatchObject({ files: 2, chunks: 2, vectors: 1 });
      expect(opened.facts.get("none")).toBeUndefined();
    });
  });
}
