/** A file of each version of the schemas is opened, brought up to date, searched and recalled by this program. */
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { open } from "../../../src/engine/open.ts";
import {
  type DatabaseSchema,
  indexSchema,
  migrate,
} from "../../../src/storage/sqlite/file/schema.ts";
import { checkMemoryDatabase } from "../../../src/storage/sqlite/memories/file/check.ts";
import { memoriesSchema } from "../../../src/storage/sqlite/memories/file/schema.ts";
import {
  copyLegacyProject,
  legacyVersions,
  putLegacyFile,
  tablesOf,
  versionOf,
} from "../../helpers/legacy-files.ts";
import { type MemoryBench, memoryBench } from "../../helpers/open-memories.ts";
import { findFaults, makeFolder, openRaw } from "../../helpers/sqlite-files.ts";

const kinds = { index: indexSchema, memories: memoriesSchema } as const;

let folder: string;
let remove: () => void;

beforeEach(() => {
  ({ folder, remove } = makeFolder());
});

afterEach(() => remove());

describe.each(Object.entries(kinds))("legacy files of %s", (name, schema: DatabaseSchema) => {
  const kind = name as keyof typeof kinds;
  const versions = schema.steps.map(({ version }) => version);

  it("are there for each version: node scripts/make-schema-fixtures.ts makes that of a new one", () => {
    expect(legacyVersions(kind)).toEqual(versions);
  });

  it.each(versions)(
    "%i has the tables that its steps make: a released step is never edited",
    (version) => {
      const [legacy, fresh] = [join(folder, "legacy.db"), join(folder, "fresh.db")];
      putLegacyFile(kind, version, legacy);
      const db = openRaw(fresh);
      migrate(db, schema.steps.slice(0, version), schema.applicationId);
      db.close();
      expect(versionOf(legacy)).toBe(version);
      expect(tablesOf(legacy)).toEqual(tablesOf(fresh));
    },
  );
});

/** After whose steps every file is read again, and the newest. The parser's start takes longer than all the rest. */
const readAgain = [1, 4, 9, indexSchema.steps.length];

describe("an index", () => {
  it.each(legacyVersions("index"))(
    "of version %i is brought up to date, and searched",
    async (version) => {
      const [database, project] = [join(folder, "index.db"), join(folder, "project")];
      putLegacyFile("index", version, database);
      copyLegacyProject(project);
      const raw = openRaw(database);
      raw.prepare("UPDATE meta SET value = ? WHERE key = 'root'").run(project);
      raw.close();
      const engine = await open({ folder: project, database, model: "static" });
      try {
        const asked = "moor a ship where the water is deep enough";
        const paths = async (): Promise<string[]> =>
          (await engine.search(asked)).hits.map(({ path }) => path);
        // The first version's chunks go: they had no context, and are read again.
        if (version > 1) expect((await paths())[0]).toBe("src/harbour.ts");
        const isRead = readAgain.includes(version);
        if (isRead) {
          await engine.index();
          await engine.settled();
          expect((await paths())[0]).toBe("src/harbour.ts");
          const defined = await engine.findSymbol("tideAt");
          expect(defined.map(({ path }) => path)).toEqual(["src/tide.ts"]);
        }
        const [hit] = (await engine.search("fog bell of the lighthouse keeper")).hits;
        expect(hit?.path).toBe("notes.md");
        const { files, vectors, chunks } = engine.status().index;
        expect(files).toBe(3);
        expect(vectors).toBe(chunks);
      } finally {
        await engine.close();
      }
      expect(versionOf(database)).toBe(indexSchema.steps.length);
      if (readAgain.includes(version)) expect(findFaults(database)).toEqual([]);
    },
  );
});

describe("memories", () => {
  let bench: MemoryBench;

  beforeEach(() => {
    bench = memoryBench();
  });

  afterEach(async () => await bench.end());

  it.each(legacyVersions("memories"))(
    "of version %i are brought up to date, and recalled",
    async (version) => {
      putLegacyFile("memories", version, bench.path);
      const memories = await bench.open();
      const { hits } = await memories.recall("which port does the staging server listen on");
      expect(hits[0]?.memory.text).toBe("The staging server listens on port 4242");
      const id = hits[0]?.memory.id ?? "";
      const texts = (await memories.history(id)).map(({ text }) => text);
      expect(texts).toContain("The staging server listens on port 4041");
      const tagged = await memories.list({ tags: { any: ["server"] } });
      expect(tagged.memories.map((one) => one.id)).toEqual([id]);
      const all = (await memories.list()).memories.map(({ text }) => text);
      expect(all).toContain("Anna prefers tabs over spaces in Makefiles");
      expect(all).not.toContain("The old printer is in the cellar");
      const other = await memories.recall("when do we deploy", { namespace: "harbour" });
      expect(other.hits[0]?.memory.text).toBe("Deploy on Thursdays, never before a holiday");
      await memories.remember("A new one beside the old");
      await memories.close();
      expect(versionOf(bench.path)).toBe(memoriesSchema.steps.length);
      expect(checkMemoryDatabase(bench.path)).toEqual({ texts: 6, findings: [] });
    },
  );
});
