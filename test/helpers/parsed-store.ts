/* A real store with files that the real grammars parsed, chunks and all. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { languageOf } from "../../src/indexing/read/language.ts";
import { openSqliteStore, type SqliteStore } from "../../src/storage/sqlite/store.ts";
import { grammarsFolder } from "../../src/syntax/grammars.ts";
import { TreeSitterParser } from "../../src/syntax/parser.ts";

export interface ParsedStore {
  store: SqliteStore;
  parser: TreeSitterParser;
  close(): Promise<void>;
}

/** Each file is one chunk. */
export async function parsedStore(files: Readonly<Record<string, string>>): Promise<ParsedStore> {
  const folder = mkdtempSync(join(tmpdir(), "haypile-parsed-"));
  const store = openSqliteStore({ path: join(folder, "index.db") });
  const parser = new TreeSitterParser({ grammars: grammarsFolder() });
  for (const [path, text] of Object.entries(files)) {
    const language = languageOf(path);
    const outcome = parser.knows(language)
      ? await parser.parse({ path, language, text })
      : undefined;
    store.files.put([
      {
        path,
        stamp: { sizeBytes: text.length, mtimeMs: 1, readMs: 5000 },
        contentHash: text,
        language,
        chunks: [{ text, startLine: 1, endLine: text.split("\n").length, tokens: 9 }],
        syntax: outcome !== undefined && "parsed" in outcome ? outcome.parsed : undefined,
      },
    ]);
  }
  return {
    store,
    parser,
    close: async () => {
      await parser.close();
      store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
