/*
 * Code indexes: definitions, references, exact uses. Rows are found by equal numbers and by ranges, which row level
 * security lets an index answer. What stands in lists (words of names, names of a file's references, symbols of a file) is
 * found through the functions below, which look themselves at what the user may see. Keys in a list begin with the
 * project, so that a list of the index is of one project (docs/decisions/0220-definitions-in-postgresql.md).
 *
 * Texts may be longer than an index entry: they are found by their hash32().
 */
import { hashPartitions, partitioned } from "./partitions.ts";

/** Run with the schema of the store as search_path, followed by that of pgvector. */
export const symbolsTables = `
CREATE TABLE code_names(
  project int4 NOT NULL,
  id int4 NOT NULL,
  hash int4 NOT NULL,
  uses int4 NOT NULL DEFAULT 0,
  is_defined boolean NOT NULL,
  name text COLLATE "C" NOT NULL,
  folded text COLLATE "C" NOT NULL,
  PRIMARY KEY (project, id)
) PARTITION BY HASH (project);
SELECT guard_table('code_names', 'project');
CREATE INDEX code_names_by_hash ON code_names(project, hash, id);
CREATE INDEX code_names_by_folded ON code_names(project, folded, id) WHERE is_defined;
${partitioned("code_names")}
${withRoom("code_names")}

CREATE TABLE code_name_words(
  project int4 NOT NULL,
  name_id int4 NOT NULL,
  words tsvector NOT NULL,
  PRIMARY KEY (project, name_id)
) PARTITION BY HASH (project);
SELECT guard_table('code_name_words', 'project');
CREATE INDEX code_name_words_by_word ON code_name_words USING gin(words) WITH (fastupdate = off);
${partitioned("code_name_words")}

CREATE TABLE code_symbols(
  project int4 NOT NULL,
  file_id int4 NOT NULL,
  ordinal int4 NOT NULL,
  name_id int4 NOT NULL,
  start_line int4 NOT NULL,
  head_line int4 NOT NULL,
  end_line int4 NOT NULL,
  is_public boolean NOT NULL,
  kind text NOT NULL,
  container text NOT NULL,
  signature text NOT NULL,
  doc text NOT NULL,
  body_hash text NOT NULL,
  PRIMARY KEY (project, file_id, ordinal) INCLUDE (start_line, end_line)
) PARTITION BY HASH (project);
SELECT guard_table('code_symbols', 'project');
CREATE INDEX code_symbols_by_name ON code_symbols(project, name_id, file_id, ordinal);
${partitioned("code_symbols")}

CREATE TABLE code_refs(
  project int4 NOT NULL,
  file_id int4 NOT NULL,
  keys int8[] NOT NULL,
  counts int4[] NOT NULL,
  ends int4[] NOT NULL,
  texts bytea NOT NULL,
  groups bytea NOT NULL,
  PRIMARY KEY (project, file_id)
) PARTITION BY HASH (project);
SELECT guard_table('code_refs', 'project');
CREATE INDEX code_refs_by_key ON code_refs USING gin(keys) WITH (fastupdate = off);
${partitioned("code_refs")}

CREATE TABLE code_imports(
  project int4 NOT NULL,
  file_id int4 NOT NULL,
  ordinal int4 NOT NULL,
  line int4 NOT NULL,
  name_hash int4 NOT NULL,
  alias_hash int4 NOT NULL,
  is_export boolean NOT NULL,
  module text NOT NULL,
  name text NOT NULL,
  alias text NOT NULL,
  PRIMARY KEY (project, file_id, ordinal)
) PARTITION BY HASH (project);
SELECT guard_table('code_imports', 'project');
CREATE INDEX code_imports_by_name ON code_imports(project, name_hash, file_id, ordinal);
CREATE INDEX code_imports_by_alias ON code_imports(project, alias_hash, file_id, ordinal)
  WHERE is_export AND alias <> '';
${partitioned("code_imports")}

CREATE TABLE code_exact(
  project int4 NOT NULL,
  file_id int4 NOT NULL,
  run int4 NOT NULL,
  is_whole boolean NOT NULL,
  content_hash text NOT NULL,
  keys text[] COLLATE "C" NOT NULL,
  data bytea NOT NULL,
  PRIMARY KEY (project, file_id)
) PARTITION BY HASH (project);
SELECT guard_table('code_exact', 'project');
CREATE INDEX code_exact_by_key ON code_exact USING gin(keys) WITH (fastupdate = off);
${partitioned("code_exact")}

CREATE FUNCTION code_names_with(of int4, asked tsquery, most int4)
RETURNS TABLE(id int4, name text, folded text) LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$
DECLARE seen int4[] := ARRAY(SELECT visible_projects());
BEGIN
  IF of <> ALL (seen) THEN RETURN; END IF;
  RETURN QUERY SELECT n.id, n.name, n.folded FROM code_name_words AS w
    JOIN code_names AS n ON n.project = of AND n.id = w.name_id
    WHERE w.project = of AND w.words @@ asked ORDER BY w.name_id LIMIT most;
END $$;

CREATE FUNCTION code_refs_with(of int4, named text[], hashed int4[], most int4[], after text)
RETURNS TABLE(at int4, path text, language text, file_id int4, name_id int4, own bytea, texts bytea)
LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$
DECLARE seen int4[] := ARRAY(SELECT visible_projects());
BEGIN
  IF of <> ALL (seen) THEN RETURN; END IF;
  RETURN QUERY SELECT a.at::int4, u.path, u.language, u.id, n.id, u.own, u.texts
    FROM unnest(named, hashed, most) WITH ORDINALITY AS a(name, hash, most, at)
    JOIN code_names AS n ON n.project = of AND n.hash = a.hash AND n.name = a.name
    CROSS JOIN LATERAL (
      SELECT f.path, f.language, f.id, r.texts, substring(r.groups FROM coalesce(r.ends[r.place - 1], 0) + 1
          FOR r.ends[r.place] - coalesce(r.ends[r.place - 1], 0)) AS own
      FROM (SELECT x.*, array_position(x.keys, (of::int8 << 32) + n.id) AS place FROM code_refs AS x
        WHERE x.project = of AND x.keys @> ARRAY[(of::int8 << 32) + n.id]) AS r
      JOIN code_files AS f ON f.project = of AND f.id = r.file_id
      WHERE f.path > after ORDER BY f.path LIMIT a.most) AS u
    ORDER BY a.at, u.path;
END $$;

CREATE FUNCTION code_exact_with(of int4, asked text[])
RETURNS TABLE(path text, data bytea) LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$
DECLARE seen int4[] := ARRAY(SELECT visible_projects());
BEGIN
  IF of <> ALL (seen) THEN RETURN; END IF;
  RETURN QUERY SELECT f.path, x.data FROM code_exact AS x
    JOIN code_files AS f ON f.project = of AND f.id = x.file_id AND f.content_hash = x.content_hash
    WHERE x.project = of AND x.keys && asked ORDER BY f.path;
END $$;
`;

/** Counts change with every write of a file: a changed row stays in its page. */
function withRoom(table: string): string {
  const parts = Array.from({ length: hashPartitions }, (_, at) => `${table}_${at}`);
  return parts.map((part) => `ALTER TABLE ${part} SET (fillfactor = 85);`).join("\n");
}
