import { describe, expect, it } from "vitest";
import { signatureOf } from "../../../../src/search/question/similar-query.ts";

const same = (a: string, b: string): boolean => signatureOf(a) === signatureOf(b);

describe("the signature of a query", () => {
  it("does not see case, signs around words, fillers and the form of letters", () => {
    const question = "how are old entries removed from the cache";
    expect(signatureOf(question)).toBe("how old entries removed from cache");
    for (const other of [
      "How are old entries removed from the cache?",
      "HOW ARE OLD ENTRIES REMOVED FROM THE CACHE",
      "how, please, are old entries removed from the cache...",
      "  how old   entries removed from cache!",
    ]) {
      expect(signatureOf(other)).toBe(signatureOf(question));
    }
    expect(same("where is `open` called from", "where is open called from")).toBe(true);
    expect(same("caf\u00e9 orders paid by card", "cafe\u0301 orders paid by card")).toBe(true);
  });

  it.each([
    ["add a user to the list", "remove a user from the list"],
    ["what is done when it can not be loaded", "what is done when it can be loaded"],
    ["what is done when it cannot be loaded", "what is done when it can be loaded"],
    ["with the day first", "without the day first"],
    ["turns a string into a number", "turns a number into a string"],
    ["limits open files to 100", "limits open files to 1000"],
    ["limits open files to -1", "limits open files to 1"],
    ["version 1.2 of the format", "version 1.20 of the format"],
    ["where is getUser called", "where is getuser called"],
    ["where is get_user called", "where is get-user called"],
    ["which code is for c++ only", "which code is for c only"],
    ["what is in src/a.ts there", "what is in src/b.ts there"],
    ["operator + for vectors", "operator - for vectors"],
    ["is a > b tested here", "is a < b tested here"],
    ["when !ready is it done", "when ready is it done"],
    ["files before the change", "files after the change"],
    ["one file of the folder", "all files of the folder"],
    // A model that cannot read them gives both the same vector.
    ["where is 🚀 shown to users", "where is 🔥 shown to users"],
    ["where is 👍🏽 shown to users", "where is 👍🏿 shown to users"],
    ["where is 👩‍💻 shown to users", "where is 👩💻 shown to users"],
    ["कहाँ कि दिखता है", "कहाँ की दिखता है"],
    ["สิทธิ์ อยู่ที่ไหน ใน ระบบ", "สุทธิ์ อยู่ที่ไหน ใน ระบบ"],
    ["what does a ?? b give here", "what does a ?. b give here"],
    ["which price is in € here", "which price is in £ here"],
  ])("tells %j from %j", (a, b) => {
    expect(same(a, b)).toBe(false);
  });
});
