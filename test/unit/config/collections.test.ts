import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  addToCollection,
  collectionsFile,
  describeFolder,
  readCollections,
  removeFromCollection,
  unknown,
} from "../../../src/config/places/collections.ts";
import { codeOf } from "../../helpers/store-files.ts";
import { tempFolder } from "../../helpers/temp-tree.ts";

const placesOf = () => ({ dataFolder: join(tempFolder(), "data") });

describe("collections", () => {
  it("are kept with their folders and what was said of these", () => {
    const places = placesOf();
    expect(readCollections(places)).toEqual({ collections: [], contexts: {} });
    addToCollection("web", ["/b", "/a"], places);
    expect(addToCollection("web", ["/a", "/c"], places).folders).toEqual(["/b", "/a", "/c"]);
    addToCollection("Größe.2", ["/a"], places);
    describeFolder("/a", "  the payments\n service's API ", places);
    expect(readCollections(places)).toEqual({
      collections: [
        { name: "Größe.2", folders: ["/a"] },
        { name: "web", folders: ["/b", "/a", "/c"] },
      ],
      contexts: { "/a": "the payments service's API" },
    });
    describeFolder("/a", "", places);
    expect(removeFromCollection("web", ["/a", "/none"], places).folders).toEqual(["/b", "/c"]);
    removeFromCollection("Größe.2", [], places);
    removeFromCollection("web", ["/b", "/c"], places);
    expect(readCollections(places)).toEqual({ collections: [], contexts: {} });
  });

  it("refuse names that could be paths or lists, and what is too much", () => {
    const places = placesOf();
    for (const name of ["", "*", "a/b", "a\\b", "a,b", ".a", "-a", " ", "x".repeat(65), "a b"]) {
      expect([name, codeOf(() => addToCollection(name, ["/a"], places))]).toEqual([
        name,
        "HAYPILE_USAGE",
      ]);
    }
    const many = Array.from({ length: 1_001 }, (_, i) => `/f${i}`);
    expect(codeOf(() => addToCollection("a", many, places))).toBe("HAYPILE_USAGE");
    expect(codeOf(() => describeFolder("/a", "x".repeat(301), places))).toBe("HAYPILE_USAGE");
    expect(codeOf(() => removeFromCollection("none", [], places))).toBe("HAYPILE_USAGE");
    addToCollection("payments", ["/a"], places);
    const { collections } = readCollections(places);
    expect(unknown("paymens", collections).message).toMatch(/Did you mean payments/);
  });

  it("tell a file that is damaged, and write nothing over it", () => {
    const places = placesOf();
    mkdirSync(places.dataFolder);
    const path = collectionsFile(places);
    for (const text of [
      "",
      "{",
      "[]",
      "null",
      '{"format":2,"collections":[],"contexts":{}}',
      '{"format":1,"collections":[{"name":"a","folders":["relative"]}],"contexts":{}}',
      '{"format":1,"collections":[{"name":"../a","folders":[]}],"contexts":{}}',
      '{"format":1,"collections":[{"name":"a"}],"contexts":{}}',
      '{"format":1,"collections":[null],"contexts":{}}',
    ]) {
      writeFileSync(path, text);
      expect([text, codeOf(() => readCollections(places))]).toEqual([
        text,
        "HAYPILE_CONFIG_INVALID",
      ]);
      expect(codeOf(() => addToCollection("b", ["/a"], places))).toBe("HAYPILE_CONFIG_INVALID");
      expect(readFileSync(path, "utf8")).toBe(text);
    }
    writeFileSync(path, '{"format":1,"collections":[],"contexts":{"/a":1,"b":"x","/c":"y"}}');
    expect(readCollections(places).contexts).toEqual({ "/c": "y" });
  });

  it("are read from no link", () => {
    const places = placesOf();
    mkdirSync(places.dataFolder);
    const other = join(tempFolder(), "collections.json");
    writeFileSync(other, '{"format":1,"collections":[],"contexts":{}}');
    symlinkSync(other, collectionsFile(places));
    expect(codeOf(() => readCollections(places))).toBe("HAYPILE_CONFIG_INVALID");
  });
});
