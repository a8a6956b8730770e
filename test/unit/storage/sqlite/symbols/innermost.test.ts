/* The definitions around lines, looked up for a file at once, against the statement that gives them one by one. */
import { join } from "node:path";
import { expect, it } from "vitest";
import { symbolBits } from "../../../../../src/storage/shared/symbols/symbol-ids.ts";
import { openSqliteStore } from "../../../../../src/storage/sqlite/store.ts";
import { seededRandom } from "../../../../helpers/random.ts";
import { makeFolder, openRaw } from "../../../../helpers/sqlite-files.ts";
import { parsedFile } from "../../../../helpers/store-files.ts";

it("the innermost definition of a line is the one that begins last, then ends first, then comes first", () => {
  const made = makeFolder();
  const path = join(made.folder, "index.db");
  const store = openSqliteStore({ path });
  const random = seededRandom(3);
  const below = (end: number): number => Math.floor(random() * end);
  const paths = ["a.ts", "b.ts", "c/d.ts"];
  const plain = { signature: "", doc: "", visibility: "public", bodyHash: "0".repeat(16) } as const;
  for (const one of paths) {
    const definitions = Array.from({ length: 40 }, (_, at) => {
      const startLine = 1 + below(30);
      const lines = { startLine, headLine: startLine, endLine: startLine + below(12) };
      return { ...plain, name: `name${at}`, kind: "function" as const, container: "", ...lines };
    });
    store.files.put([
      {
        ...parsedFile(one),
        syntax: { definitions, references: [], imports: [], hasErrors: false },
      },
    ]);
  }
  const db = openRaw(path, { readonly: true });
  const one = db
    .prepare(
      `SELECT symbols.id FROM files CROSS JOIN symbols
       ON symbols.id >= files.id << ${symbolBits} AND symbols.id < (files.id + 1) << ${symbolBits}
       WHERE path = ? AND start_line <= ? AND end_line >= ? ORDER BY start_line DESC, end_line, symbols.id LIMIT 1`,
    )
    .pluck();
  const places = [...paths, "none.ts"].flatMap((path) =>
    Array.from({ length: 45 }, (_, line) => ({ path, line })),
  );
  const found = store.symbols.definitionsAt(places).map((row) => row?.id);
  expect(found).toEqual(places.map(({ path, line }) => one.get(path, line, line)));
  expect(found.filter((id) => id !== undefined).length).toBeGreaterThan(60);
  db.close();
  store.close();
  made.remove();
});
