/*
 * Vectors of memories and of chunks. A row holds the int8 values that a file of SQLite would, as half floats, which keep
 * whole numbers up to 2,048 as they are; their scale stands beside. A namespace or project with many vectors has a graph
 * of its own: an index of its rows alone. What a search finds by it is compared once more in whole floats
 * (docs/decisions/0216-vectors-in-pgvector.md). No foreign keys: whoever removes a part or a chunk removes its vectors.
 */
import { partitioned } from "./partitions.ts";

interface Kind {
  /** Of the functions: "memory". */
  name: string;
  /** The column that says whose a row is. */
  owner: string;
  /** "namespaces" or "projects" of those that the caller sees. */
  owners: string;
  id: string;
  idType: string;
  /** How near a row is to `asked`. */
  score: string;
  /** The note of the model that `said` has to equal; NULL: nothing is compared. */
  note: string;
}

const memories: Kind = {
  name: "memory",
  owner: "namespace_id",
  owners: "namespaces",
  id: "part_id",
  idType: "int8",
  score: "-(v::vector <#> $2) * scale",
  note: "(SELECT value FROM memory_meta WHERE name = 'model')",
};

const chunks: Kind = {
  name: "code",
  owner: "project",
  owners: "projects",
  id: "chunk_id",
  idType: "int4",
  score: "1 - (v::vector <=> $2)",
  note: "said",
};

/** Rows inline, also long ones: a search reads most of them. */
function inline(table: string): string {
  return `DO $do$ DECLARE one regclass; BEGIN
  FOR one IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = '${table}'::regclass LOOP
    EXECUTE format('ALTER TABLE %s SET (toast_tuple_target = 8160)', one);
  END LOOP;
END $do$;`;
}

/**
 * The nearest rows of some owners. Those of `exactly` are all compared. Of those of `by_graph` the `look` nearest come by
 * the graph, whatever the filter says, and the nearest that it lets through of them are told: fewer than `wanted` where it
 * lets few through near the question. What is let through: the ids in the list, or those whose bit is set (bit 0: `base`),
 * or all. A row without an id says that the vectors are not of the model that was meant.
 */
function nearest({ name, owner, owners, id, idType, score, note }: Kind): string {
  const rows = `SELECT ${id}, scale, v FROM ${name}_vectors WHERE scale > 0 AND ${owner}`;
  const scored = `SELECT ${id}::int8, (CASE WHEN vector_dims(v) = %1$s THEN ${score} END)::float8`;
  return `
CREATE FUNCTION ${name}_nearest(asked vector, wanted int4, said text, exactly int4[], ids ${idType}[],
  by_graph int4[], look int4[], base int8, bits bytea)
RETURNS TABLE(found int8, score float8) LANGUAGE plpgsql SECURITY DEFINER SET jit = off AS $$
DECLARE
  seen int4[] := ARRAY(SELECT visible_${owners}());
  exact int4[] := ARRAY(SELECT one FROM unnest(exactly) one WHERE one = ANY(seen));
  half halfvec := asked::halfvec;
  let_through text := CASE
    WHEN ids IS NOT NULL THEN '${id} = ANY($5)'
    WHEN bits IS NOT NULL THEN 'CASE WHEN ${id} >= $6 AND ${id} < $6 + 8 * octet_length($7) THEN get_bit($7, ${id} - $6) = 1 ELSE false END'
    ELSE 'true' END;
  by_all text := format($q$WITH near AS MATERIALIZED (
    ${rows} = ANY($1) AND vector_dims(v) = %1$s AND %2$s ORDER BY v <=> $4 LIMIT $3) ${scored} FROM near ORDER BY 2 DESC NULLS LAST LIMIT $8$q$,
    vector_dims(asked), let_through);
  by_graph_of_one text := format($q$WITH near AS MATERIALIZED (
    ${rows} = $1 AND vector_dims(v) = %1$s ORDER BY (v::halfvec(%1$s)) <=> $4 LIMIT %3$s), kept AS MATERIALIZED (
    SELECT * FROM near WHERE %2$s ORDER BY v <=> $4 LIMIT $8) ${scored} FROM kept ORDER BY 2 DESC NULLS LAST LIMIT $9$q$,
    vector_dims(asked), let_through, CASE let_through WHEN 'true' THEN '$8' ELSE '$3' END);
  slack int4 := wanted + wanted / 2 + 16;
BEGIN
  IF said IS DISTINCT FROM ${note} THEN
    RETURN QUERY SELECT NULL::int8, NULL::float8;
    RETURN;
  END IF;
  IF cardinality(exact) > 0 THEN
    RETURN QUERY EXECUTE by_all USING exact, asked, slack, half, ids, base, bits, wanted;
  END IF;
  IF coalesce(cardinality(by_graph), 0) = 0 THEN RETURN; END IF;
  PERFORM set_config('hnsw.iterative_scan', 'relaxed_order', true);
  -- The client knows how many rows there are; what the planner knows of a young table may be old.
  PERFORM set_config('enable_sort', 'off', true);
  FOR at IN 1 .. cardinality(by_graph) LOOP
    CONTINUE WHEN NOT by_graph[at] = ANY(seen);
    PERFORM set_config('hnsw.ef_search', least(look[at], 1000)::text, true);
    RETURN QUERY EXECUTE by_graph_of_one USING by_graph[at], asked, look[at], half, ids, base, bits, slack, wanted;
  END LOOP;
END $$;`;
}

/**
 * Makes the graph of an owner that has more vectors than `above`, and drops that of one that has less than half of it.
 * True: it is there. Others search meanwhile, and wait with new vectors of the same partition.
 */
function graph({ name, owner, owners }: Kind): string {
  const rows = `SELECT FROM ${name}_vectors WHERE ${owner} = one`;
  return `
CREATE FUNCTION ${name}_vector_graph(one int4, above int4) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  graph text := '${name}_graph_' || one;
  place regclass;
  size int4;
  many int8;
BEGIN
  IF NOT one IN (SELECT writable_${owners}()) THEN RETURN false; END IF;
  SELECT count(*) INTO many FROM (${rows} LIMIT above::int8 + 1) first;
  IF many > above AND to_regclass(graph) IS NOT NULL THEN RETURN true; END IF;
  IF many > above / 2 AND many <= above THEN RETURN to_regclass(graph) IS NOT NULL; END IF;
  IF NOT pg_try_advisory_xact_lock(hashtextextended(current_schema() || graph, 216)) THEN RETURN false; END IF;
  IF many <= above THEN
    IF to_regclass(graph) IS NOT NULL THEN EXECUTE format('DROP INDEX %I', graph); END IF;
    RETURN false;
  END IF;
  SELECT tableoid::regclass, vector_dims(v) INTO place, size FROM ${name}_vectors WHERE ${owner} = one LIMIT 1;
  -- A row of the model before that was deleted just now is looked at as well.
  EXECUTE format(
    'CREATE INDEX IF NOT EXISTS %I ON %s USING hnsw ((v::halfvec(%s)) halfvec_cosine_ops) WITH (m = 24, ef_construction = 128) WHERE ${owner} = %s AND vector_dims(v) = %s',
    graph, place, size, one, size);
  -- ANALYZE would keep some of these vectors in the catalog, where nobody erases them.
  EXECUTE format('ALTER INDEX %I ALTER COLUMN 1 SET STATISTICS 0', graph);
  -- It waited for whoever wrote there, who may have taken all of them away, or put others in their place.
  IF EXISTS (${rows} AND vector_dims(v) = size) THEN RETURN true; END IF;
  EXECUTE format('DROP INDEX %I', graph);
  RETURN false;
END $$;`;
}

/** Run with the schema of the store as search_path, followed by that of pgvector. */
export const vectorsTables = `
CREATE TABLE memory_vectors(
  namespace_id int4 NOT NULL,
  part_id int8 NOT NULL,
  text_hash uuid,
  scale real NOT NULL,
  v halfvec NOT NULL,
  PRIMARY KEY (namespace_id, part_id)
) PARTITION BY HASH (namespace_id);
${partitioned("memory_vectors")}
CREATE INDEX memory_vectors_by_text ON memory_vectors(text_hash) WHERE text_hash IS NOT NULL;
CREATE INDEX memory_vectors_by_part ON memory_vectors(part_id);
SELECT guard_table('memory_vectors', 'namespace');
CREATE INDEX memory_pending_by_text ON memory_pending(text_hash) WHERE text_hash IS NOT NULL;

CREATE TABLE memory_next_vectors(
  namespace_id int4 NOT NULL,
  part_id int8 NOT NULL,
  text_hash uuid,
  scale real NOT NULL,
  v halfvec NOT NULL,
  PRIMARY KEY (namespace_id, part_id)
) PARTITION BY HASH (namespace_id);
${partitioned("memory_next_vectors")}
CREATE INDEX memory_next_vectors_by_part ON memory_next_vectors(part_id);
SELECT guard_table('memory_next_vectors', 'namespace');

CREATE TABLE code_vectors(
  project int4 NOT NULL,
  chunk_id int4 NOT NULL,
  scale real NOT NULL,
  v halfvec NOT NULL,
  PRIMARY KEY (project, chunk_id)
) PARTITION BY HASH (project);
${partitioned("code_vectors")}
SELECT guard_table('code_vectors', 'project');

CREATE TABLE code_static_vectors(
  project int4 NOT NULL,
  chunk_id int4 NOT NULL,
  scale real NOT NULL,
  v halfvec NOT NULL,
  PRIMARY KEY (project, chunk_id)
) PARTITION BY HASH (project);
${partitioned("code_static_vectors")}
SELECT guard_table('code_static_vectors', 'project');

CREATE TABLE code_next_vectors(
  project int4 NOT NULL,
  chunk_id int4 NOT NULL,
  scale real NOT NULL,
  v halfvec NOT NULL,
  PRIMARY KEY (project, chunk_id)
) PARTITION BY HASH (project);
${partitioned("code_next_vectors")}
SELECT guard_table('code_next_vectors', 'project');
${["memory_vectors", "memory_next_vectors", "code_vectors", "code_static_vectors", "code_next_vectors"].map(inline).join("\n")}
${nearest(memories)}
${nearest(chunks)}
${graph(memories)}
${graph(chunks)}

-- Whether any memory of the store has a vector, also of namespaces that the caller does not see: all are of one model.
CREATE FUNCTION memory_has_vectors() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER AS $$
  SELECT EXISTS (SELECT FROM memory_vectors)
$$;

-- Vectors of another model are made and put in place by somebody who may write every namespace.
CREATE FUNCTION memory_writes_all() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER AS $$
  SELECT NOT EXISTS (SELECT FROM namespaces WHERE id NOT IN (SELECT writable_namespaces()))
$$;

-- They are of one length, and the vectors that come may be of another.
CREATE FUNCTION memory_drop_graphs() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE one regclass;
BEGIN
  -- Without others that are to come they are wanted.
  IF NOT memory_writes_all() OR NOT EXISTS (SELECT FROM memory_next_vectors) THEN RETURN; END IF;
  FOR one IN SELECT indexrelid::regclass FROM pg_index
    WHERE indrelid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = 'memory_vectors'::regclass)
      AND indexrelid::regclass::text LIKE '%memory\\_graph\\_%' LOOP
    EXECUTE format('DROP INDEX %s', one);
  END LOOP;
END $$;
CREATE FUNCTION code_drop_graph(one int4) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  IF NOT one IN (SELECT writable_projects()) THEN RETURN; END IF;
  EXECUTE format('DROP INDEX IF EXISTS %I', 'code_graph_' || one);
END $$;
`;
