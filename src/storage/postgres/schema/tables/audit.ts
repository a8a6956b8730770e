/*
 * The record of who wrote, changed, forgot and erased what, who indexed, and who gave which right. Triggers write it, so that
 * whoever comes with psql is in it as well; it has keys and names, never a text. Members may not write it, and may read what
 * they did themselves; admins read all of it. It is only added to: whoever owns the tables would have to switch a trigger off
 * (docs/decisions/0222-audit-by-triggers.md).
 */

/** Run after the tables of rights. */
export const auditTables = `
CREATE TABLE audit(
  id int8 PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  who text NOT NULL DEFAULT session_user,
  -- What the client said of itself (haypile.actor): for servers that log in for others. Not proven.
  said text DEFAULT nullif(left(current_setting('haypile.actor', true), 128), ''),
  what text NOT NULL CHECK (what IN ('wrote', 'changed', 'ended', 'forgot', 'restored', 'erased',
    'made', 'indexed', 'dropped', 'granted', 'revoked')),
  scope text NOT NULL CHECK (scope IN ('namespace', 'namespaces', 'project', 'projects', 'new', 'group')),
  name text COLLATE "C" NOT NULL,
  -- The memory's key, or who got or lost a right.
  subject text,
  can text
);
CREATE INDEX audit_by_name ON audit(scope, name, id);
CREATE INDEX audit_by_who ON audit(who, id);
SELECT guard_table('audit', 'closed');
CREATE POLICY sees ON audit FOR SELECT USING (who = session_user OR (SELECT is_team_admin()));

-- Namespaces and projects of which rows were erased: their bytes are still in the files until they are rewritten (../../team/erase.ts).
CREATE TABLE erased(
  scope text NOT NULL, id int4 NOT NULL, at timestamptz NOT NULL, PRIMARY KEY (scope, id)
);
SELECT guard_table('erased', 'closed');
-- They are rewritten by one client at a time, and not all the time.
CREATE TABLE erasing(
  one bool PRIMARY KEY DEFAULT true CHECK (one), rests_until timestamptz NOT NULL DEFAULT 'epoch'
);
SELECT guard_table('erasing', 'closed');
INSERT INTO erasing DEFAULT VALUES;

-- Null for who can do nothing about them.
CREATE FUNCTION erasures_due() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER AS $$
  SELECT CASE WHEN own_is_owner() THEN EXISTS (SELECT FROM erased) END
$$;
-- Tables, and of partitioned ones the partitions, that hold rows of a namespace or project, or held them.
CREATE FUNCTION own_relations_of(scope_asked text, id_asked int4) RETURNS text[] LANGUAGE plpgsql STABLE AS $$
DECLARE
  found record; holds boolean; relations text[] := '{}';
BEGIN
  FOR found IN SELECT leaf.oid::regclass::text AS name, pg_get_partition_constraintdef(leaf.oid) AS condition
    FROM guarded g CROSS JOIN LATERAL (SELECT g.relation::oid AS oid
      UNION SELECT relid FROM pg_partition_tree(g.relation) WHERE isleaf) t
    JOIN pg_class leaf ON leaf.oid = t.oid AND leaf.relkind = 'r'
    WHERE g.scope = scope_asked ORDER BY 1
  LOOP
    holds := true;
    IF found.condition IS NOT NULL THEN
      BEGIN
        EXECUTE format('SELECT %s FROM (SELECT $1 AS namespace_id, $1 AS project) asked', found.condition)
          INTO holds USING id_asked;
      EXCEPTION WHEN undefined_column THEN
        -- It is split by something else besides: any of them may hold it.
        holds := true;
      END;
    END IF;
    IF holds THEN relations := relations || found.name; END IF;
  END LOOP;
  RETURN relations;
END $$;

CREATE FUNCTION own_only_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit is only added to' USING ERRCODE = '42501';
END $$;
CREATE TRIGGER only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
  FOR EACH STATEMENT EXECUTE FUNCTION own_only_added();

CREATE FUNCTION own_name_of(namespace_asked int4) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER AS $$
  SELECT coalesce((SELECT name FROM namespaces WHERE id = namespace_asked), '#' || namespace_asked)
$$;
CREATE FUNCTION own_memories_added() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  INSERT INTO audit(what, scope, name, subject)
    SELECT DISTINCT CASE WHEN since = created THEN 'wrote' ELSE 'changed' END, 'namespace',
      own_name_of(namespace_id), key FROM added;
  RETURN NULL;
END $$;
CREATE FUNCTION own_memories_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  INSERT INTO audit(what, scope, name, subject)
    SELECT DISTINCT CASE
      WHEN n.deleted IS NOT NULL AND o.deleted IS NULL THEN 'forgot'
      WHEN n.deleted IS NULL AND o.deleted IS NOT NULL THEN 'restored'
      WHEN n.until IS NOT NULL AND o.until IS NULL THEN 'ended'
      ELSE 'changed' END, 'namespace', own_name_of(n.namespace_id), n.key
    FROM added n JOIN gone o ON o.id = n.id
  UNION
    SELECT 'changed', 'namespace', own_name_of(o.namespace_id), o.key
    FROM added n JOIN gone o ON o.id = n.id WHERE o.namespace_id <> n.namespace_id;
  RETURN NULL;
END $$;
CREATE FUNCTION own_memories_erased() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  INSERT INTO audit(what, scope, name, subject)
    SELECT DISTINCT 'erased', 'namespace', own_name_of(namespace_id), key FROM gone;
  INSERT INTO erased(scope, id, at) SELECT 'namespace', namespace_id, max(clock_timestamp()) FROM gone GROUP BY namespace_id
    ON CONFLICT (scope, id) DO UPDATE SET at = excluded.at;
  RETURN NULL;
END $$;
CREATE FUNCTION own_namespace_made() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  INSERT INTO audit(what, scope, name) VALUES ('made', 'namespace', new.name);
  RETURN NULL;
END $$;
CREATE FUNCTION own_project_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    INSERT INTO audit(what, scope, name) VALUES ('dropped', 'project', old.name);
    INSERT INTO erased(scope, id, at) VALUES ('project', old.id, clock_timestamp())
      ON CONFLICT (scope, id) DO UPDATE SET at = excluded.at;
  ELSIF TG_OP = 'INSERT' THEN
    INSERT INTO audit(what, scope, name) VALUES ('made', 'project', new.name);
  ELSIF NOT EXISTS (SELECT FROM audit WHERE scope = 'project' AND name = new.name AND what = 'indexed'
    AND who = session_user AND at > clock_timestamp() - interval '1 minute') THEN
    -- An index run is many writes: one row a minute says it.
    INSERT INTO audit(what, scope, name) VALUES ('indexed', 'project', new.name);
  END IF;
  RETURN NULL;
END $$;
`;

/** Run when the tables of memories and projects are there. */
export const auditTriggers = `
CREATE TRIGGER audit_made AFTER INSERT ON namespaces FOR EACH ROW EXECUTE FUNCTION own_namespace_made();
CREATE TRIGGER audit_added AFTER INSERT ON memory_rows REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION own_memories_added();
CREATE TRIGGER audit_changed AFTER UPDATE ON memory_rows REFERENCING OLD TABLE AS gone NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION own_memories_changed();
CREATE TRIGGER audit_erased AFTER DELETE ON memory_rows REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION own_memories_erased();
CREATE TRIGGER audit_project AFTER INSERT OR UPDATE OR DELETE ON code_projects
  FOR EACH ROW EXECUTE FUNCTION own_project_changed();
`;
