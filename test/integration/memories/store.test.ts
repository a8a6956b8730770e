import { join } from "node:path";
import { expect } from "vitest";
import { scanKernels } from "../../../src/native/vector-scan.ts";
import { checkMemoryDatabase } from "../../../src/storage/sqlite/memories/file/check.ts";
import { openMemoryStore } from "../../../src/storage/sqlite/memories/store.ts";
import { describeMemoryStore } from "../../contract/memory-store-contract.ts";
import { addonFolder } from "../../helpers/model.ts";
import { makeFolder } from "../../helpers/sqlite-files.ts";

const kernels = scanKernels(addonFolder);
const paths = new WeakMap<object, string>();

describeMemoryStore("SqliteMemoryStore", {
  makePlace() {
    const { folder, remove } = makeFolder();
    const path = join(folder, "memories.db");
    const place = { open: () => openMemoryStore({ path, kernels }), cleanUp: remove };
    paths.set(place, path);
    return place;
  },
  checkSound(place) {
    expect(checkMemoryDatabase(paths.get(place) ?? "").findings).toEqual([]);
  },
});
