/*
 * Words of parts: stems of our splitter's words. Young parts lie in memory_words, a row each, found by its index. When a
 * namespace has many of these they are sealed (memory_seal_words): taken out of there, and packed into lists, one of each
 * word for up to 65,536 parts of the namespace (a segment). So a word is read as a few rows of bytes, whatever
 * number of parts has it. Words by part are kept beside, in chunks that compress well: for erasing alone.
 *
 * What a list has of a part is its distance from the first id of the segment, in so many bytes as the segment says, the
 * high one first; in order. Seals and erasures are kept apart by the row of memory_word_turn, so none misses what the
 * other does: not by an advisory lock, which any reader could hold.
 */
import { partitioned } from "./partitions.ts";

/** Most parts of a segment; that many, one beside the other, have distances of two bytes. */
const mostParts = 65_536;
/** Parts whose words lie together for erasing. */
const chunk = 64;

export const wordTables = `
CREATE TABLE memory_words(
  part_id int8 NOT NULL,
  namespace_id int4 NOT NULL,
  words tsvector NOT NULL,
  PRIMARY KEY (part_id, namespace_id)
) PARTITION BY HASH (namespace_id);
${partitioned("memory_words")}
CREATE INDEX memory_words_by_word ON memory_words USING gin(words) WITH (fastupdate = off);
SELECT guard_table('memory_words', 'namespace');

CREATE TABLE memory_word_segments(
  first_id int8 NOT NULL,
  last_id int8 NOT NULL,
  namespace_id int4 NOT NULL,
  parts int4 NOT NULL,
  width int2 NOT NULL CHECK (width BETWEEN 2 AND 4),
  PRIMARY KEY (namespace_id, first_id),
  CHECK (first_id <= last_id)
);
SELECT guard_table('memory_word_segments', 'namespace');

CREATE TABLE memory_word_lists(
  first_id int8 NOT NULL,
  namespace_id int4 NOT NULL,
  word text COLLATE "C" NOT NULL,
  ids bytea NOT NULL,
  PRIMARY KEY (namespace_id, first_id, word)
) PARTITION BY HASH (namespace_id);
ALTER TABLE memory_word_lists ALTER COLUMN ids SET STORAGE EXTERNAL;
${partitioned("memory_word_lists")}
SELECT guard_table('memory_word_lists', 'namespace');

CREATE TABLE memory_sealed_words(
  first_id int8 NOT NULL,
  last_id int8 NOT NULL,
  namespace_id int4 NOT NULL,
  part_ids int8[] NOT NULL,
  words text[] NOT NULL,
  PRIMARY KEY (namespace_id, first_id)
) PARTITION BY HASH (namespace_id);
${partitioned("memory_sealed_words")}
SELECT guard_table('memory_sealed_words', 'namespace');

-- Who could write there by hand could have others read what is no list.
UPDATE guarded SET by_hand = false WHERE relation IN
  ('memory_word_segments'::regclass, 'memory_word_lists'::regclass, 'memory_sealed_words'::regclass);

CREATE TABLE memory_word_turn(one bool PRIMARY KEY DEFAULT true CHECK (one));
SELECT guard_table('memory_word_turn', 'closed');
INSERT INTO memory_word_turn DEFAULT VALUES;
`;

/** Under row level security no index is asked by @@: these look at the rights of the caller themselves. */
const asking = `
-- Rows of the lists of each word asked for, and of young parts as a segment of its own: 0, in four bytes.
CREATE FUNCTION memory_parts_with(asked text[], words text[], of_words int4[], begin bool[], after int8[], until int8)
RETURNS TABLE(place int4, first_id int8, width int4, ids bytea)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET jit = off AS $$
#variable_conflict use_column
DECLARE
  ns int4[] := ARRAY(SELECT visible_namespaces());
  found bytea;
BEGIN
  RETURN QUERY SELECT w.place, s.first_id, s.width::int4, l.ids
    FROM memory_word_segments s CROSS JOIN unnest(words, of_words, begin) AS w(word, place, begins)
    CROSS JOIN LATERAL (SELECT ids FROM memory_word_lists l
      WHERE NOT w.begins AND l.namespace_id = s.namespace_id AND l.first_id = s.first_id AND l.word = w.word OFFSET 0) l
    WHERE s.namespace_id = ANY(ns) AND s.first_id <= until AND s.last_id > after[w.place];
  IF true = ANY(begin) THEN
    RETURN QUERY SELECT w.place, s.first_id, s.width::int4, l.ids
      FROM memory_word_segments s CROSS JOIN unnest(words, of_words, begin) AS w(word, place, begins)
      CROSS JOIN LATERAL (SELECT ids FROM memory_word_lists l
        WHERE l.namespace_id = s.namespace_id AND l.first_id = s.first_id
          AND l.word >= w.word AND l.word < w.word || chr(1114111) OFFSET 0) l
      WHERE w.begins AND s.namespace_id = ANY(ns) AND s.first_id <= until AND s.last_id > after[w.place];
  END IF;
  FOR at IN 1..cardinality(asked) LOOP
    SELECT string_agg(substring(int8send(y.part_id) FROM 5), ''::bytea) INTO found
    FROM memory_words y
    WHERE y.words @@ asked[at]::tsquery AND y.part_id > after[at] AND y.part_id <= until AND y.namespace_id = ANY(ns);
    CONTINUE WHEN found IS NULL;
    place := at; first_id := 0; width := 4; ids := found;
    RETURN NEXT;
  END LOOP;
END
$$;

CREATE FUNCTION memory_count_with(asked text, asked_word text, begins bool, most int4) RETURNS int8
LANGUAGE plpgsql STABLE SECURITY DEFINER SET jit = off AS $$
DECLARE
  ns int4[] := ARRAY(SELECT visible_namespaces());
  above text := CASE WHEN begins THEN asked_word || chr(1114111) ELSE asked_word END;
  sealed int8 := (SELECT coalesce(sum(l.holders), 0) FROM memory_word_segments s
    CROSS JOIN LATERAL (SELECT octet_length(l.ids) / s.width AS holders FROM memory_word_lists l
      WHERE l.namespace_id = s.namespace_id AND l.first_id = s.first_id AND l.word >= asked_word AND l.word <= above OFFSET 0) l
    WHERE s.namespace_id = ANY(ns));
BEGIN
  IF sealed >= most THEN RETURN most; END IF;
  RETURN sealed + (SELECT count(*) FROM (
    SELECT 1 FROM memory_words WHERE words @@ asked::tsquery AND namespace_id = ANY(ns) LIMIT most - sealed
  ) AS found);
END
$$;
`;

const sealing = `
-- Seals the oldest parts of the namespace that has most of them to be sealed, of those where the caller may write. Says how
-- many it sealed: 0 where none has so many, or another seals or erases.
CREATE FUNCTION memory_seal_words(least_parts int4, most int4) RETURNS int4
LANGUAGE plpgsql SECURITY DEFINER SET jit = off SET work_mem = '32MB' AS $$
DECLARE
  one int4; young record; segment memory_word_segments;
BEGIN
  IF NOT EXISTS (SELECT FROM writable_namespaces()) THEN RETURN 0; END IF;
  PERFORM FROM memory_word_turn FOR UPDATE SKIP LOCKED;
  IF NOT FOUND THEN RETURN 0; END IF;
  SELECT w.namespace_id INTO one FROM memory_words w LEFT JOIN (
      SELECT namespace_id, max(last_id) AS last_id FROM memory_word_segments GROUP BY namespace_id) AS s
    ON s.namespace_id = w.namespace_id
    WHERE w.namespace_id IN (SELECT writable_namespaces()) AND w.part_id > coalesce(s.last_id, 0)
    GROUP BY w.namespace_id HAVING count(*) >= least_parts ORDER BY count(*) DESC LIMIT 1;
  IF one IS NULL THEN RETURN 0; END IF;
  SELECT * INTO segment FROM memory_word_segments WHERE namespace_id = one ORDER BY first_id DESC LIMIT 1;
  SELECT min(part_id) AS first, max(part_id) AS last, count(*) AS parts INTO young FROM (
    SELECT part_id FROM memory_words WHERE namespace_id = one AND part_id > coalesce(segment.last_id, 0)
    ORDER BY part_id LIMIT most) AS oldest;
  IF young.parts < least_parts THEN RETURN 0; END IF;
  IF segment IS NULL OR segment.parts + young.parts > ${mostParts}
    OR young.last - segment.first_id >= 256::int8 ^ segment.width THEN
    segment.namespace_id := one;
    segment.first_id := young.first;
    -- Where a namespace has few of all parts, its ids lie far from each other: there is to be room for more.
    segment.width := CASE WHEN (young.last - young.first) < 256 ^ 2 / 2 THEN 2
      WHEN (young.last - young.first) < 256 ^ 3 / 4 THEN 3 ELSE 4 END;
    INSERT INTO memory_word_segments(namespace_id, first_id, last_id, parts, width)
      VALUES (one, young.first, young.last, 0, segment.width);
  END IF;
  WITH taken AS MATERIALIZED (
    DELETE FROM memory_words WHERE namespace_id = one AND part_id BETWEEN young.first AND young.last
    RETURNING part_id, words
  ), by_part AS (
    INSERT INTO memory_sealed_words(namespace_id, first_id, last_id, part_ids, words)
    SELECT one, min(part_id), max(part_id), array_agg(part_id ORDER BY part_id), array_agg(words::text ORDER BY part_id)
    FROM (SELECT *, (row_number() OVER (ORDER BY part_id) - 1) / ${chunk} AS place FROM taken) AS placed GROUP BY place
  )
  INSERT INTO memory_word_lists AS l(namespace_id, first_id, word, ids)
  SELECT one, segment.first_id, word COLLATE "C", string_agg(
    substring(int8send(part_id - segment.first_id) FROM 9 - segment.width), ''::bytea ORDER BY part_id)
  FROM taken CROSS JOIN unnest(tsvector_to_array(words)) AS word GROUP BY word COLLATE "C"
  ON CONFLICT (namespace_id, first_id, word) DO UPDATE SET ids = l.ids || excluded.ids;
  UPDATE memory_word_segments SET last_id = young.last, parts = parts + young.parts
    WHERE namespace_id = one AND first_id = segment.first_id;
  RETURN young.parts;
END
$$;
`;

const erasing = `
-- A list without some of its parts, which are told as it tells them.
CREATE FUNCTION own_list_without(list bytea, width int4, gone int8[]) RETURNS bytea LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  -- Read from its table once.
  ids bytea := list || ''::bytea;
  size int4 := octet_length(list) / width;
  sought bytea; low int4; high int4; middle int4; one int8;
BEGIN
  IF cardinality(gone) > 16 + size / 32 THEN
    RETURN (SELECT coalesce(string_agg(own, ''::bytea ORDER BY at), '') FROM (
        SELECT at, substring(ids FROM 1 + at * width FOR width) AS own FROM generate_series(0, size - 1) AS at) AS each
      WHERE own NOT IN (SELECT substring(int8send(id) FROM 9 - width) FROM unnest(gone) AS id));
  END IF;
  FOREACH one IN ARRAY gone LOOP
    sought := substring(int8send(one) FROM 9 - width);
    low := 0;
    high := octet_length(ids) / width;
    WHILE low < high LOOP
      middle := (low + high) / 2;
      IF substring(ids FROM 1 + middle * width FOR width) < sought THEN low := middle + 1; ELSE high := middle; END IF;
    END LOOP;
    IF substring(ids FROM 1 + low * width FOR width) = sought THEN
      ids := overlay(ids PLACING ''::bytea FROM 1 + low * width FOR width);
    END IF;
  END LOOP;
  RETURN ids;
END
$$;

CREATE FUNCTION own_words_wait() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  PERFORM FROM memory_word_turn FOR UPDATE;
  RETURN NULL;
END
$$;
-- Before rows are held that a seal waits for.
CREATE TRIGGER waits_for_seal BEFORE DELETE ON memory_words FOR EACH STATEMENT EXECUTE FUNCTION own_words_wait();

-- Which words an erased text had is something it said. Few rows are looked for, each by its key.
CREATE FUNCTION own_words_erased() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET jit = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off AS $$
BEGIN
  PERFORM FROM memory_word_turn FOR UPDATE;
  IF NOT EXISTS (SELECT FROM memory_word_segments) THEN RETURN NULL; END IF;
  WITH found AS MATERIALIZED (
    SELECT c.namespace_id, c.first_id, array_agg(g.id) AS ids FROM gone g CROSS JOIN LATERAL (
      SELECT s.namespace_id, s.first_id, s.last_id FROM memory_sealed_words s
      WHERE s.namespace_id = g.namespace_id AND s.first_id <= g.id ORDER BY s.first_id DESC LIMIT 1) AS c
    WHERE g.id <= c.last_id GROUP BY c.namespace_id, c.first_id
  ), each AS MATERIALIZED (
    SELECT f.namespace_id, f.first_id, u.id, u.words, u.id = ANY(f.ids) AS is_gone
    FROM found f CROSS JOIN LATERAL (SELECT * FROM memory_sealed_words s
      WHERE s.namespace_id = f.namespace_id AND s.first_id = f.first_id OFFSET 0) AS s
    CROSS JOIN unnest(s.part_ids, s.words) AS u(id, words)
  ), kept AS MATERIALIZED (
    SELECT namespace_id, first_id, array_agg(id ORDER BY id) FILTER (WHERE NOT is_gone) AS ids,
      array_agg(words ORDER BY id) FILTER (WHERE NOT is_gone) AS words
    FROM each GROUP BY namespace_id, first_id
  ), fewer_parts AS (
    UPDATE memory_sealed_words s SET part_ids = k.ids, words = k.words FROM kept k
    WHERE s.namespace_id = k.namespace_id AND s.first_id = k.first_id AND k.ids IS NOT NULL
  ), no_parts AS (
    DELETE FROM memory_sealed_words s USING kept k
    WHERE s.namespace_id = k.namespace_id AND s.first_id = k.first_id AND k.ids IS NULL
  ), said AS MATERIALIZED (
    SELECT e.namespace_id, s.first_id, s.width, word, array_agg(e.id - s.first_id) AS gone
    FROM each e CROSS JOIN LATERAL (SELECT s.first_id, s.width FROM memory_word_segments s
      WHERE s.namespace_id = e.namespace_id AND s.first_id <= e.id ORDER BY s.first_id DESC LIMIT 1) AS s
    CROSS JOIN unnest(tsvector_to_array(e.words::tsvector)) AS word
    WHERE e.is_gone GROUP BY e.namespace_id, s.first_id, s.width, word
  ), fewer AS MATERIALIZED (
    SELECT s.namespace_id, s.first_id, s.word, own_list_without(l.ids, s.width, s.gone) AS ids
    FROM said s CROSS JOIN LATERAL (SELECT ids FROM memory_word_lists l
      WHERE l.namespace_id = s.namespace_id AND l.first_id = s.first_id AND l.word = s.word OFFSET 0) AS l
  ), no_ids AS (
    DELETE FROM memory_word_lists l USING fewer f
    WHERE l.namespace_id = f.namespace_id AND l.first_id = f.first_id AND l.word = f.word AND f.ids = ''
  )
  UPDATE memory_word_lists l SET ids = f.ids FROM fewer f
  WHERE l.namespace_id = f.namespace_id AND l.first_id = f.first_id AND l.word = f.word AND f.ids <> '';
  RETURN NULL;
END
$$;
CREATE TRIGGER words_erased AFTER DELETE ON memory_parts REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION own_words_erased();
`;

export const wordFunctions = `${asking}${sealing}${erasing}`;
