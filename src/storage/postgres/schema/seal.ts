/*
 * What holds for every table and function of a store, whoever made it: looked after, and set, at the end of each change of
 * the schema. A table that nobody guarded is guarded by its columns, and without such a column closed to all but the owner.
 */

/** Run after all tables, as their owner, with the schema of the store as search_path. It may run again and again. */
export const seal = `
DO $seal$
DECLARE
  here oid := current_schema()::regnamespace;
  path text := concat_ws(', ', quote_ident(current_schema()), (SELECT quote_ident(n.nspname) FROM pg_extension e
    JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'vector' AND n.oid <> here), 'pg_temp');
  found record;
BEGIN
  FOR found IN SELECT c.oid::regclass AS name, CASE
      WHEN c.relname = 'code_projects' THEN 'projects'
      WHEN EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'namespace_id') THEN 'namespace'
      WHEN EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'project') THEN 'project'
      ELSE 'closed' END AS scope
    FROM pg_class c WHERE c.relnamespace = here AND c.relkind IN ('r', 'p', 'f') AND NOT c.relispartition
      AND NOT EXISTS (SELECT FROM guarded g WHERE g.relation = c.oid)
  LOOP PERFORM guard_table(found.name, found.scope); END LOOP;

  -- A view asks with the rights of its owner unless it says otherwise; a materialised one always holds what the owner saw.
  SELECT string_agg(c.oid::regclass::text, ', ') AS names INTO found FROM pg_class c
    WHERE c.relnamespace = here AND (c.relkind = 'm' OR c.relkind = 'v'
      AND NOT coalesce('security_invoker=true' = ANY(c.reloptions), false));
  IF found.names IS NOT NULL THEN RAISE EXCEPTION 'views that show what their owner sees: %', found.names; END IF;

  -- The policies of a table do not hold where somebody asks one of its partitions: nobody may.
  FOR found IN SELECT c.oid::regclass AS name FROM pg_class c
    WHERE c.relnamespace = here AND c.relispartition AND c.relkind IN ('r', 'p') AND NOT c.relrowsecurity
  LOOP EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', found.name); END LOOP;

  -- A function that has the rights of its owner finds nothing that its caller has put in the way; pg_temp, unless named, is first.
  FOR found IN SELECT p.oid::regprocedure AS name FROM pg_proc p
    WHERE p.pronamespace = here AND p.prosecdef
      AND NOT coalesce('search_path=' || path = ANY(p.proconfig), false)
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
  LOOP EXECUTE format('ALTER FUNCTION %s SET search_path = %s', found.name, path); END LOOP;

  -- How rows are deleted is no reason to keep them for long: dead ones are cleared as soon as the server comes by.
  FOR found IN SELECT c.oid::regclass AS name FROM pg_class c
    WHERE c.relnamespace = here AND c.relkind = 'r' AND c.reloptions IS NULL
      AND EXISTS (SELECT FROM guarded g WHERE g.scope IN ('namespace', 'project')
        AND g.relation IN (SELECT c.oid UNION ALL SELECT pg_partition_root(c.oid)))
  LOOP
    EXECUTE format('ALTER TABLE %s SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 20)', found.name);
  END LOOP;

  -- ANALYZE keeps samples of what it reads in the catalog, where nobody erases them: none of texts, words and vectors.
  FOR found IN SELECT c.oid::regclass AS name, a.attname AS col FROM pg_class c
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
      JOIN pg_type t ON t.oid = a.atttypid
    WHERE c.relnamespace = here AND c.relkind IN ('r', 'p')
      AND EXISTS (SELECT FROM guarded g WHERE g.scope IN ('namespace', 'project')
        AND g.relation IN (SELECT c.oid UNION ALL SELECT pg_partition_root(c.oid)))
      AND t.typcategory NOT IN ('N', 'B', 'D') AND t.typname <> 'uuid'
      AND a.attname NOT IN ('key', 'from_key', 'to_key', 'relation', 'kind', 'language')
      AND coalesce(a.attstattarget, -1) <> 0
  LOOP EXECUTE format('ALTER TABLE %s ALTER COLUMN %I SET STATISTICS 0', found.name, found.col); END LOOP;
  FOR found IN SELECT i.indexrelid::regclass AS name, a.attnum AS col FROM pg_index i
      JOIN pg_class c ON c.oid = i.indexrelid AND c.relnamespace = here AND c.relkind = 'i'
      JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE i.indkey[a.attnum - 1] = 0 AND coalesce(a.attstattarget, -1) <> 0
  LOOP EXECUTE format('ALTER INDEX %s ALTER COLUMN %s SET STATISTICS 0', found.name, found.col); END LOOP;

  -- Who has lost all rights, or never had one, is told so, and not that there are no tables.
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO PUBLIC', current_schema());
  EXECUTE format('REVOKE ALL ON ALL FUNCTIONS IN SCHEMA %s FROM PUBLIC', quote_ident(current_schema()));
  PERFORM own_share();
END $seal$;
`;

/** Gives the groups of a team what they need; without groups nothing. Part of the tables of rights. */
export const shareFunction = `
CREATE FUNCTION own_share() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  reader text := (SELECT role::text FROM team_groups WHERE kind = 'reader');
  writer text := (SELECT role::text FROM team_groups WHERE kind = 'writer');
  found record;
BEGIN
  IF reader IS NULL OR writer IS NULL THEN RETURN; END IF;
  FOR found IN SELECT relation, scope, by_hand FROM guarded WHERE scope <> 'closed' OR relation = 'audit'::regclass LOOP
    EXECUTE format('GRANT SELECT ON %s TO %s', found.relation, reader);
    IF found.scope = 'namespaces' THEN
      EXECUTE format('GRANT INSERT ON %s TO %s', found.relation, writer);
    ELSIF found.by_hand AND found.scope NOT IN ('readable', 'closed') THEN
      EXECUTE format('GRANT INSERT, UPDATE, DELETE ON %s TO %s', found.relation, writer);
    END IF;
  END LOOP;
  FOR found IN SELECT p.oid::regprocedure AS name FROM pg_proc p
    WHERE p.pronamespace = current_schema()::regnamespace AND p.prokind = 'f' AND p.prorettype <> 'trigger'::regtype
      AND NOT starts_with(p.proname, 'own_') AND p.proname <> 'guard_table'
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
  LOOP EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %s', found.name, reader); END LOOP;
  FOR found IN SELECT c.oid::regclass AS name FROM pg_class c
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'S'
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'i')
  LOOP EXECUTE format('GRANT USAGE ON SEQUENCE %s TO %s', found.name, writer); END LOOP;
END $$;
`;
