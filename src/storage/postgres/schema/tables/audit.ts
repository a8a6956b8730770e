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

-- Namespaces and projects of which rows were erased: their bytes are still in the files until erase_due has been done.
CREATE TABLE erased(
  scope text NOT NULL, name text COLLATE "C" NOT NULL, at timestamptz NOT NULL, PRIMARY KEY (scope, name)
);
SELECT guard_table('erased', 'closed');

CREATE FUNCTION own_only_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit is only added to' USING ERRCODE = '42501';
END $$;
CREATE TRIGGER only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
  FOR EACH STATEMENT EXECUTE FUNCTION own_only_added();

CREATE FUNCTION own_memories_added() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  INSERT INTO namespaces(name) SELECT DISTINCT a.namespace FROM added a
    WHERE NOT EXISTS (SELECT FROM namespaces n WHERE n.name = a.namespace) ON CONFLICT DO NOTHING;
  INSERT INTO audit(what, scope, name, subject)
    SELECT DISTINCT CASE WHEN since = created THEN 'wrote' ELSE 'changed' END, 'namespace', namespace, key FROM added;
  RETURN NULL;
END $$;
CREATE FUNCTION own_memories_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  INSERT INTO audit(what, scope, name, subject)
    SELECT DISTINCT CASE
      WHEN n.deleted IS NOT NULL AND o.deleted IS NULL THEN 'forgot'
      WHEN n.deleted IS NULL AND o.deleted IS NOT NULL THEN 'restored'
      WHEN n.until IS NOT NULL AND o.until IS NULL THEN 'ended'
      ELSE 'changed' END, 'namespace', n.namespace, n.key
    FROM added n JOIN gone o ON o.row_id = n.row_id;
  INSERT INTO audit(what, scope, name, subject)
    SELECT DISTINCT 'changed', 'namespace', o.namespace, o.key
    FROM added n JOIN gone o ON o.row_id = n.row_id WHERE o.namespace <> n.namespace;
  RETURN NULL;
END $$;
CREATE FUNCTION own_memories_erased() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  INSERT INTO audit(what, scope, name, subject) SELECT DISTINCT 'erased', 'namespace', namespace, key FROM gone;
  INSERT INTO erased(scope, name, at) SELECT DISTINCT 'namespace', namespace, clock_timestamp() FROM gone
    ON CONFLICT (scope, name) DO UPDATE SET at = excluded.at;
  RETURN NULL;
END $$;
CREATE FUNCTION own_project_changed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    INSERT INTO audit(what, scope, name) VALUES ('dropped', 'project', old.name);
    INSERT INTO erased(scope, name, at) VALUES ('project', old.id::text, clock_timestamp())
      ON CONFLICT (scope, name) DO UPDATE SET at = excluded.at;
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
CREATE TRIGGER audit_added AFTER INSERT ON memories REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION own_memories_added();
CREATE TRIGGER audit_changed AFTER UPDATE ON memories REFERENCING OLD TABLE AS gone NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION own_memories_changed();
CREATE TRIGGER audit_erased AFTER DELETE ON memories REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION own_memories_erased();
CREATE TRIGGER audit_project AFTER INSERT OR UPDATE OR DELETE ON code_projects
  FOR EACH ROW EXECUTE FUNCTION own_project_changed();
`;
