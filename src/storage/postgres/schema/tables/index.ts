/*
 * Code indexes: projects, files, chunks, words. Every table but the first has the project in front of its key. Ids of
 * files and chunks are counted by project, in its row, and never come back. No foreign keys: whoever drops a chunk drops
 * what hangs on it in the same transaction, a statement a table and not a trigger a row.
 *
 * `version` of a project changes with every write to it; its row is also the lock that a write holds.
 *
 * Words are those of our splitter, by their stems, with the project before them, so that a list of the index is of one
 * project. A word's position is how often it stands there, not where (docs/decisions/0218-words-of-code-in-tsvector.md).
 */
import { wordFunctions } from "../../index/words/functions.ts";
import { partitioned } from "./partitions.ts";

/** A question reads the words of thousands of rows: packed ones take half as long again (decision 0218). */
const unpacked = "WITH (toast_tuple_target = 8160)";

/** Tables of this file with rows of projects. */
const ofProjects = [
  ...["code_locks", "code_facts", "code_files", "code_unparsed", "code_chunks", "code_places"],
  ...["code_words", "code_pending"],
];

/** Run with the schema of the store as search_path, followed by that of pgvector. */
export const indexTables = `
CREATE TABLE code_projects(
  id int4 PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  name text COLLATE "C" NOT NULL UNIQUE,
  version int8 NOT NULL DEFAULT 0,
  last_file int4 NOT NULL DEFAULT 0,
  last_chunk int4 NOT NULL DEFAULT 0,
  chunks int4 NOT NULL DEFAULT 0,
  chunk_words int8 NOT NULL DEFAULT 0,
  files int4 NOT NULL DEFAULT 0,
  path_words int8 NOT NULL DEFAULT 0,
  made_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE code_locks(
  project int4 NOT NULL,
  kind text NOT NULL,
  owner text NOT NULL,
  PRIMARY KEY (project, kind)
);

CREATE TABLE code_facts(
  project int4 NOT NULL,
  name text COLLATE "C" NOT NULL,
  value text NOT NULL,
  PRIMARY KEY (project, name)
);

CREATE TABLE code_files(
  project int4 NOT NULL,
  id int4 NOT NULL,
  path text COLLATE "C" NOT NULL,
  size_bytes int8 NOT NULL,
  mtime_ms float8 NOT NULL,
  read_ms float8 NOT NULL,
  ctime_ms float8,
  inode float8,
  content_hash text NOT NULL,
  language text NOT NULL,
  size int4 NOT NULL,
  words tsvector NOT NULL,
  PRIMARY KEY (project, id),
  UNIQUE (project, path)
);
CREATE INDEX code_files_by_word ON code_files USING gin(words) WITH (fastupdate = off);

CREATE TABLE code_unparsed(
  project int4 NOT NULL,
  file_id int4 NOT NULL,
  why text NOT NULL,
  tries int4 NOT NULL,
  PRIMARY KEY (project, file_id)
);

CREATE TABLE code_chunks(
  project int4 NOT NULL,
  id int4 NOT NULL,
  text_hash uuid NOT NULL,
  tokens int4 NOT NULL,
  context text NOT NULL,
  body text NOT NULL,
  PRIMARY KEY (project, id),
  UNIQUE (project, text_hash)
) PARTITION BY HASH (project);
${partitioned("code_chunks")}

CREATE TABLE code_places(
  project int4 NOT NULL,
  file_id int4 NOT NULL,
  ordinal int4 NOT NULL,
  chunk_id int4 NOT NULL,
  start_line int4 NOT NULL,
  end_line int4 NOT NULL,
  PRIMARY KEY (project, file_id, ordinal)
) PARTITION BY HASH (project);
CREATE INDEX code_places_by_chunk ON code_places(project, chunk_id);
${partitioned("code_places")}

CREATE TABLE code_words(
  project int4 NOT NULL,
  chunk_id int4 NOT NULL,
  size int4 NOT NULL,
  words tsvector STORAGE EXTERNAL NOT NULL,
  PRIMARY KEY (chunk_id, project)
) PARTITION BY HASH (project);
CREATE INDEX code_words_by_word ON code_words USING gin(words) WITH (fastupdate = off);
${partitioned("code_words", unpacked)}

CREATE TABLE code_pending(
  project int4 NOT NULL,
  chunk_id int4 NOT NULL,
  urgency int4 NOT NULL,
  PRIMARY KEY (project, chunk_id)
);
CREATE INDEX code_pending_by_urgency ON code_pending(project, urgency, chunk_id);

SELECT guard_table('code_projects', 'projects');
${ofProjects.map((table) => `SELECT guard_table('${table}', 'project');`).join("\n")}
${wordFunctions}
`;
