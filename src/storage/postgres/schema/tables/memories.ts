/*
 * Memories: a row for each text, its parts, their words, and what stands beside them. Ids of rows and parts are given in
 * the order of commits, by whoever holds the row of memory_counters: readers follow by "after the last I know". Every
 * table with something that a person said has the namespace, which rights go by (0: of a key that is not there). It stands in
 * the primary keys, too: nobody's row is in the way of another namespace's.
 *
 * Times are milliseconds since 1970.
 */
import { partitioned } from "./partitions.ts";
import { syncTables } from "./sync.ts";
import { wordFunctions, wordTables } from "./words.ts";

/** Run with the schema of the store as search_path, followed by that of pgvector. */
export const memoriesTables = `
CREATE TABLE memory_counters(
  one bool PRIMARY KEY DEFAULT true CHECK (one),
  last_row int8 NOT NULL DEFAULT 0,
  last_part int8 NOT NULL DEFAULT 0,
  last_change int8 NOT NULL DEFAULT 0,
  last_vector int8 NOT NULL DEFAULT 0,
  writes int8 NOT NULL DEFAULT 0
) WITH (fillfactor = 10);
SELECT guard_table('memory_counters', 'shared');
INSERT INTO memory_counters DEFAULT VALUES;
-- Ids that are given twice would hide what others wrote: who may write one namespace may set all counters.
CREATE FUNCTION own_forward_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the counters of the memories only count up' USING ERRCODE = '42501';
END $$;
-- Ids of parts are below 2^32: who jumps ahead takes them from all.
CREATE FUNCTION own_few_at_once() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  IF own_is_owner() THEN RETURN NEW; END IF;
  RAISE EXCEPTION 'the counters of the memories count up by a million at most' USING ERRCODE = '42501';
END $$;
CREATE TRIGGER counts_slowly BEFORE UPDATE ON memory_counters FOR EACH ROW
  WHEN (greatest(NEW.last_row - OLD.last_row, NEW.last_part - OLD.last_part, NEW.last_change - OLD.last_change,
    NEW.last_vector - OLD.last_vector, NEW.writes - OLD.writes) > 1000000)
  EXECUTE FUNCTION own_few_at_once();
CREATE TRIGGER counts_up BEFORE UPDATE ON memory_counters FOR EACH ROW
  WHEN (NEW.last_row < OLD.last_row OR NEW.last_part < OLD.last_part OR NEW.last_change < OLD.last_change
    OR NEW.last_vector < OLD.last_vector OR NEW.writes < OLD.writes)
  EXECUTE FUNCTION own_forward_only();
CREATE TRIGGER stays BEFORE DELETE OR TRUNCATE ON memory_counters
  FOR EACH STATEMENT EXECUTE FUNCTION own_forward_only();

CREATE TABLE memory_tokens(
  token uuid PRIMARY KEY,
  who text NOT NULL DEFAULT session_user,
  at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX memory_tokens_by_age ON memory_tokens(at);
SELECT guard_table('memory_tokens', 'shared');
-- A token that another takes away leaves its writer not knowing whether the write is there.
DROP POLICY changes ON memory_tokens;
ALTER POLICY adds ON memory_tokens WITH CHECK (who = session_user);
ALTER POLICY removes ON memory_tokens USING (who = session_user OR at < now() - interval '1 hour');

CREATE TABLE memory_meta(name text COLLATE "C" PRIMARY KEY, value text NOT NULL);
SELECT guard_table('memory_meta', 'shared');

CREATE TABLE memory_changes(seq int8 PRIMARY KEY, row_id int8 NOT NULL);
SELECT guard_table('memory_changes', 'shared');

CREATE TABLE memory_rows(
  id int8 NOT NULL,
  namespace_id int4 NOT NULL,
  kind int2 NOT NULL,
  source int2 NOT NULL,
  ended int2 NOT NULL DEFAULT 0,
  pinned bool NOT NULL,
  importance float8 NOT NULL,
  created int8 NOT NULL,
  since int8 NOT NULL,
  until int8,
  valid_from int8 NOT NULL,
  expires int8,
  deleted int8,
  hash int8 NOT NULL,
  key text COLLATE "C" NOT NULL,
  tags text[],
  text text COLLATE "C" NOT NULL,
  PRIMARY KEY (id, namespace_id)
) PARTITION BY HASH (namespace_id);
${partitioned("memory_rows")}
CREATE INDEX memory_rows_by_key ON memory_rows(key, id);
CREATE INDEX memory_rows_by_hash ON memory_rows(hash);
CREATE INDEX memory_rows_by_expiry ON memory_rows(expires, id) WHERE expires IS NOT NULL;
CREATE INDEX memory_rows_by_end ON memory_rows(until, id) WHERE until IS NOT NULL;
CREATE INDEX memory_rows_by_deletion ON memory_rows(deleted, id) WHERE deleted IS NOT NULL;
SELECT guard_table('memory_rows', 'namespace');

CREATE TABLE memory_parts(
  id int8 NOT NULL,
  row_id int8 NOT NULL,
  namespace_id int4 NOT NULL,
  start_at int4 NOT NULL,
  end_at int4 NOT NULL,
  PRIMARY KEY (id, namespace_id)
) PARTITION BY HASH (namespace_id);
${partitioned("memory_parts")}
CREATE INDEX memory_parts_by_row ON memory_parts(row_id, id);
SELECT guard_table('memory_parts', 'namespace');

${wordTables}
CREATE TABLE memory_tags(
  tag text COLLATE "C" NOT NULL,
  row_id int8 NOT NULL,
  namespace_id int4 NOT NULL,
  PRIMARY KEY (tag, row_id, namespace_id)
);
CREATE INDEX memory_tags_by_row ON memory_tags(row_id);
SELECT guard_table('memory_tags', 'namespace');

CREATE TABLE memory_sketches(
  value int8 NOT NULL,
  row_id int8 NOT NULL,
  namespace_id int4 NOT NULL,
  PRIMARY KEY (value, row_id, namespace_id)
);
CREATE INDEX memory_sketches_by_row ON memory_sketches(row_id);
SELECT guard_table('memory_sketches', 'namespace');

CREATE TABLE memory_pending(
  part_id int8 NOT NULL,
  namespace_id int4 NOT NULL,
  noted int8 NOT NULL,
  text_hash uuid,
  claimed_by int8,
  claimed_until timestamptz,
  PRIMARY KEY (part_id, namespace_id)
);
CREATE INDEX memory_pending_by_claim ON memory_pending(claimed_by) WHERE claimed_by IS NOT NULL;
SELECT guard_table('memory_pending', 'namespace');

CREATE TABLE memory_links(
  namespace_id int4 NOT NULL,
  from_key text COLLATE "C" NOT NULL,
  to_key text COLLATE "C" NOT NULL,
  relation text COLLATE "C" NOT NULL,
  at int8 NOT NULL,
  PRIMARY KEY (from_key, to_key, relation, namespace_id)
);
CREATE INDEX memory_links_by_end ON memory_links(to_key);
CREATE INDEX memory_links_by_relation ON memory_links(relation, from_key, to_key);
SELECT guard_table('memory_links', 'namespace');

CREATE TABLE memory_notes(
  id int8 PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  namespace_id int4 NOT NULL,
  key text COLLATE "C" NOT NULL,
  at int8 NOT NULL,
  what text NOT NULL
);
CREATE INDEX memory_notes_by_key ON memory_notes(key, id);
SELECT guard_table('memory_notes', 'namespace');

CREATE TABLE memory_anchors(
  id int8 PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  namespace_id int4 NOT NULL,
  key text COLLATE "C" NOT NULL,
  path text COLLATE "C" NOT NULL,
  symbol text,
  hash text,
  seen bytea,
  git_commit text,
  verified int8 NOT NULL
);
CREATE INDEX memory_anchors_by_key ON memory_anchors(key, id);
SELECT guard_table('memory_anchors', 'namespace');

CREATE TABLE memory_uses(
  key text COLLATE "C" PRIMARY KEY,
  namespace_id int4 NOT NULL,
  count int8 NOT NULL,
  at int8 NOT NULL
) WITH (fillfactor = 70);
SELECT guard_table('memory_uses', 'namespace');

CREATE TABLE memory_removed(
  id int8 PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  namespace_id int4 NOT NULL,
  key text COLLATE "C" NOT NULL,
  at int8 NOT NULL,
  why text NOT NULL
);
CREATE INDEX memory_removed_by_key ON memory_removed(key);
SELECT guard_table('memory_removed', 'namespace');

CREATE FUNCTION namespace_of(asked text) RETURNS int4 LANGUAGE sql STABLE AS $$
  SELECT coalesce((SELECT namespace_id FROM memory_rows WHERE key = asked ORDER BY id DESC LIMIT 1), 0)
$$;

-- A row that may be seen and not written is left as it is by UPDATE and DELETE, without a word: whoever changes rows asks this.
CREATE FUNCTION must_write_rows(changed int8[]) RETURNS bool LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF EXISTS (SELECT FROM memory_rows WHERE id = ANY(changed)
    AND namespace_id NOT IN (SELECT writable_namespaces())) THEN
    RAISE insufficient_privilege USING MESSAGE = 'no right to write in the namespace of this memory';
  END IF;
  RETURN true;
END
$$;

${wordFunctions}
${syncTables}
`;
