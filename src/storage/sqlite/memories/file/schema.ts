/*
 * The tables of a user's memories. Rows of `memories` and `parts` and `vectors` have ids that are never used
 * again, so that what a process holds in memory follows by reading what is newer than the last it knows;
 * `changes` names the older rows that are different now.
 */
import { distinctTags, tagKey } from "../../../../base/text/tags.ts";
import type { Database } from "../../file/driver.ts";
import type { Migration } from "../../file/migrations/migration.ts";
import type { DatabaseSchema } from "../../file/schema.ts";
import { keepCopy } from "../copies/kept-copies.ts";
import { dropSyncTriggers, syncTriggers } from "../sync/triggers.ts";
import { bodySum, RowSums } from "./sums.ts";

const first: Migration = {
  version: 1,
  sql: `
    CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE namespaces(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
    CREATE TABLE tags(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;

    CREATE TABLE memories(
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      key TEXT NOT NULL,
      namespace_id INTEGER NOT NULL,
      kind INTEGER NOT NULL,
      source INTEGER NOT NULL,
      importance REAL NOT NULL,
      pinned INTEGER NOT NULL,
      created INTEGER NOT NULL,
      since INTEGER NOT NULL,
      until INTEGER,
      ended INTEGER NOT NULL DEFAULT 0,
      valid_from INTEGER NOT NULL,
      expires INTEGER,
      deleted INTEGER,
      hash INTEGER NOT NULL,
      tags TEXT,
      text TEXT NOT NULL
    ) STRICT;
    CREATE INDEX memories_by_key ON memories(key);
    CREATE INDEX memories_by_hash ON memories(hash);
    CREATE INDEX memories_by_expiry ON memories(expires) WHERE expires IS NOT NULL;
    CREATE INDEX memories_by_end ON memories(until) WHERE until IS NOT NULL;
    CREATE INDEX memories_by_deletion ON memories(deleted) WHERE deleted IS NOT NULL;

    CREATE TABLE sketches(
      value INTEGER NOT NULL, row_id INTEGER NOT NULL, PRIMARY KEY(value, row_id)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE memory_tags(
      tag_id INTEGER NOT NULL, row_id INTEGER NOT NULL, PRIMARY KEY(tag_id, row_id)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE links(
      from_key TEXT NOT NULL, to_key TEXT NOT NULL, relation TEXT NOT NULL, at INTEGER NOT NULL,
      PRIMARY KEY(from_key, to_key, relation)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX links_by_end ON links(to_key);
    CREATE TABLE notes(
      id INTEGER PRIMARY KEY, key TEXT NOT NULL, at INTEGER NOT NULL, what TEXT NOT NULL
    ) STRICT;
    CREATE INDEX notes_by_key ON notes(key);
    CREATE TABLE anchors(
      id INTEGER PRIMARY KEY, key TEXT NOT NULL, path TEXT NOT NULL, symbol TEXT, hash TEXT,
      seen BLOB, git_commit TEXT, verified INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX anchors_by_key ON anchors(key);
    CREATE TABLE uses(
      key TEXT PRIMARY KEY, count INTEGER NOT NULL, at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE removed(
      id INTEGER PRIMARY KEY, key TEXT NOT NULL, namespace TEXT NOT NULL, at INTEGER NOT NULL,
      why TEXT NOT NULL
    ) STRICT;
    CREATE TABLE changes(seq INTEGER PRIMARY KEY AUTOINCREMENT, row_id INTEGER NOT NULL) STRICT;

    CREATE TABLE parts(
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      row_id INTEGER NOT NULL,
      start INTEGER NOT NULL,
      end INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX parts_by_row ON parts(row_id);
    CREATE TABLE pending(part_id INTEGER PRIMARY KEY, noted INTEGER NOT NULL) STRICT;
    CREATE TABLE vectors(
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      part_id INTEGER NOT NULL UNIQUE,
      scale REAL NOT NULL,
      data BLOB NOT NULL
    ) STRICT;

    CREATE VIRTUAL TABLE memory_words USING fts5(
      body, content='', tokenize="porter unicode61 remove_diacritics 2 tokenchars '_'"
    );
    INSERT INTO memory_words(memory_words, rank) VALUES ('secure-delete', 1);
  `,
};

/** A sum for each row (sums.ts), and tags by what they are compared by (base/text/tags.ts). */
const sums: Migration = {
  version: 2,
  sql: `
    CREATE TABLE sums(row_id INTEGER PRIMARY KEY, head INTEGER NOT NULL, body INTEGER NOT NULL) STRICT;
    CREATE TRIGGER memories_changed AFTER UPDATE ON memories BEGIN
      DELETE FROM sums WHERE row_id = old.id;
    END;
    CREATE TRIGGER memories_removed AFTER DELETE ON memories BEGIN
      DELETE FROM sums WHERE row_id = old.id;
    END;
    ALTER TABLE namespaces ADD COLUMN sum INTEGER;
    ALTER TABLE notes ADD COLUMN sum INTEGER;
    ALTER TABLE links ADD COLUMN sum INTEGER;
    ALTER TABLE anchors ADD COLUMN sum INTEGER;
  `,
  apply: (db) => {
    renewTags(db);
    const seal = db.prepare("UPDATE namespaces SET sum = ? WHERE id = ?");
    const names = db.prepare("SELECT id, name FROM namespaces").raw().all() as [number, string][];
    for (const [id, name] of names) seal.run(bodySum([name]), id);
    new RowSums(db).sealAll();
  },
};

/** Tags of before, as they are written now. */
function renewTags(db: Database): void {
  const change = db.prepare("UPDATE memories SET tags = ? WHERE id = ?");
  const find = db.prepare("SELECT id FROM tags WHERE name = ?").pluck();
  const name = db.prepare("INSERT INTO tags(name) VALUES (?) RETURNING id").pluck();
  const add = db.prepare("INSERT OR IGNORE INTO memory_tags(tag_id, row_id) VALUES (?, ?)");
  const rows = db.prepare("SELECT id, tags FROM memories WHERE tags IS NOT NULL ORDER BY id");
  const tagged = rows.all() as { id: number; tags: string }[];
  db.exec("DELETE FROM memory_tags; DELETE FROM tags;");
  for (const { id, tags: before } of tagged) {
    const tags = distinctTags(JSON.parse(before) as string[]);
    const after = JSON.stringify(tags);
    if (after !== before) change.run(after, id);
    for (const key of tags.map(tagKey)) add.run(find.get(key) ?? name.get(key), id);
  }
}

/** Vectors of the model that the memories are on their way to. They go with their parts: what is forgotten is gone. */
const nextVectors: Migration = {
  version: 3,
  sql: `
    CREATE TABLE next_vectors(
      part_id INTEGER PRIMARY KEY,
      scale REAL NOT NULL,
      data BLOB NOT NULL
    ) STRICT;
    CREATE TRIGGER parts_removed AFTER DELETE ON parts BEGIN
      DELETE FROM next_vectors WHERE part_id = old.id;
    END;
  `,
  down: {
    loses: () => [],
    remakes: (db) => {
      const vectors = countOf(db, "next_vectors");
      return vectors === 0
        ? []
        : [`${vectors} vectors of the model the memories were on their way to`];
    },
    sql: `
      DROP TRIGGER parts_removed;
      DROP TABLE next_vectors;
      DELETE FROM meta WHERE name = 'migration';
    `,
  },
};

/** What syncing knows: clocks by memory, notes of changes (sync/triggers.ts), folders and how far their files were read. */
const synced: Migration = {
  version: 4,
  sql: `
    CREATE TABLE sync_memories(
      key TEXT PRIMARY KEY, clocks TEXT NOT NULL, own_rev INTEGER NOT NULL, rev INTEGER NOT NULL,
      origin INTEGER NOT NULL, gone_rev INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE sync_touched(
      id INTEGER PRIMARY KEY, key TEXT NOT NULL, row_id INTEGER NOT NULL,
      what TEXT NOT NULL, more TEXT NOT NULL, at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX sync_touched_by_key ON sync_touched(key);
    CREATE TABLE sync_awaited(
      to_key TEXT NOT NULL, from_key TEXT NOT NULL, PRIMARY KEY(to_key, from_key)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE sync_folders(
      id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, said TEXT NOT NULL
    ) STRICT;
    CREATE TABLE sync_reads(
      folder INTEGER NOT NULL, name TEXT NOT NULL, said TEXT NOT NULL, PRIMARY KEY(folder, name)
    ) STRICT, WITHOUT ROWID;
    ${syncTriggers}
  `,
  down: {
    loses: (db) => {
      const [folders, memories] = [countOf(db, "sync_folders"), countOf(db, "sync_memories")];
      if (folders + memories === 0) return [];
      return [
        `how far ${folders} ${folders === 1 ? "folder was" : "folders were"} synced, and the clocks of ${memories} synced ${memories === 1 ? "memory" : "memories"}: what another machine changed and this one did too is then decided by the next sync alone`,
      ];
    },
    remakes: () => [],
    sql: `
      ${dropSyncTriggers}
      DROP TABLE sync_memories;
      DROP TABLE sync_touched;
      DROP TABLE sync_awaited;
      DROP TABLE sync_folders;
      DROP TABLE sync_reads;
      DELETE FROM meta WHERE name IN ('sync_machine', 'sync_rev');
    `,
  },
};

function countOf(db: Database, table: string): number {
  return db.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number;
}

/** The schema of a file of memories ("haym"). */
export const memoriesSchema: DatabaseSchema = {
  applicationId: 0x6861796d,
  steps: [first, sums, nextVectors, synced],
  otherwise: {
    newer:
      'Update Haypile here, or name another file. The newer Haypile can take it back where nothing is lost ("haypile migrate --down --memories"), and "haypile memories export" there writes what every version imports.',
    foreign: "Name another file for memories.",
  },
  factNames: "name",
  beforeMigration: keepCopy,
};
