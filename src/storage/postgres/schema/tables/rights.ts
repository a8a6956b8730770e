/*
 * Who may see and do what. A row of `grants` gives a role of the server (a person, or a group of the DBA's) a namespace, a
 * project, all of one kind, or the right to make new ones. Policies and functions go by session_user, which no SET ROLE and no
 * SECURITY DEFINER changes. Whoever owns the tables, and a superuser, is not held by any of it: that is how one who works
 * alone needs no grants (docs/decisions/0221-rights-by-rows.md).
 *
 * Functions that members must not call begin with `own_`. What the seal (../seal.ts) does to all functions is not said here.
 */
import { shareFunction } from "../seal.ts";

/**
 * Ids that the caller may read or write. Every statement under a policy asks one of these: so it is one function that keeps
 * its plans, and calls none of the others.
 */
function seen(name: string, table: string, scope: string, can: "read" | "write"): string {
  return `
CREATE FUNCTION ${name}() RETURNS SETOF int4 LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 20 AS $$
DECLARE
  is_all boolean := pg_has_role(session_user, current_user, 'USAGE');
  names text[];
BEGIN
  IF NOT is_all THEN
    SELECT coalesce(bool_or(g.scope = '${scope}s'), false), array_agg(g.name) FILTER (WHERE g.scope = '${scope}')
      INTO is_all, names FROM grants g
      WHERE g.scope IN ('${scope}', '${scope}s')${can === "write" ? " AND g.can = 'write'" : ""}
        AND pg_has_role(session_user, g.member, 'USAGE');
  END IF;
  IF is_all THEN
    RETURN QUERY SELECT t.id FROM ${table} t;
  ELSE
    RETURN QUERY SELECT t.id FROM ${table} t WHERE t.name = ANY(names);
  END IF;
END $$;`;
}

/** Questions by name: of namespaces and of projects, which are alike. */
function byScope(one: string): string {
  const asks = (can: string, more = ""): string =>
    `SELECT own_is_owner() OR own_granted('${one}', name_asked, '${can}') OR own_granted('${one}s', '', '${can}')${more}`;
  const named = (name: string, body: string): string =>
    `CREATE FUNCTION ${name}(name_asked text) RETURNS boolean LANGUAGE sql VOLATILE SECURITY DEFINER AS $$ ${body} $$;`;
  return `
${named(`sees_${one}`, asks("read"))}
${named(`writes_${one}`, asks("write"))}
${named(`may_make_${one}`, asks("write", ` OR own_may_take('${one}', name_asked)`))}
${named(`take_${one}`, asks("write", ` OR own_take('${one}', name_asked)`))}
CREATE FUNCTION may_read_${one}(asked int4) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER AS $$
  SELECT EXISTS (SELECT FROM visible_${one}s() seen WHERE seen = asked)
$$;
CREATE FUNCTION may_write_${one}(asked int4) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER AS $$
  SELECT EXISTS (SELECT FROM writable_${one}s() seen WHERE seen = asked)
$$;`;
}

/** Run with the schema of the store as search_path, followed by that of pgvector; before all other tables. */
export const rightsTables = `
CREATE TABLE grants(
  member regrole NOT NULL,
  scope text NOT NULL CHECK (scope IN ('namespace', 'namespaces', 'project', 'projects', 'new')),
  name text COLLATE "C" NOT NULL,
  can text NOT NULL CHECK (can IN ('read', 'write')),
  given_by text NOT NULL DEFAULT session_user,
  given_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (member, scope, name),
  CHECK (scope IN ('namespace', 'project') OR name = '')
);
CREATE TABLE team_groups(
  kind text PRIMARY KEY CHECK (kind IN ('reader', 'writer', 'admin')),
  role regrole NOT NULL
);
CREATE TABLE namespaces(
  id int4 PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  name text COLLATE "C" NOT NULL UNIQUE,
  made_by text NOT NULL DEFAULT session_user,
  made_at timestamptz NOT NULL DEFAULT now()
);
-- Not by hand: functions of the owner alone write there, whatever rights somebody has in a namespace.
CREATE TABLE guarded(relation regclass PRIMARY KEY, scope text NOT NULL, by_hand boolean NOT NULL DEFAULT true);

CREATE FUNCTION own_is_owner() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER AS $$
  SELECT pg_has_role(session_user, current_user, 'USAGE')
$$;
CREATE FUNCTION own_holds(kind_asked text) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER AS $$
  SELECT EXISTS (SELECT FROM team_groups
    WHERE kind = kind_asked AND pg_has_role(session_user, role, 'USAGE'))
$$;
CREATE FUNCTION own_may_administer() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER AS $$
  SELECT own_is_owner() OR own_holds('admin')
$$;
CREATE FUNCTION is_team_admin() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER AS $$
  SELECT own_may_administer()
$$;
CREATE FUNCTION own_granted(scope_asked text, name_asked text, can_asked text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER AS $$
  SELECT EXISTS (SELECT FROM grants
    WHERE scope = scope_asked AND name = name_asked AND (can = can_asked OR can = 'write')
      AND pg_has_role(session_user, member, 'USAGE'))
$$;

${seen("visible_namespaces", "namespaces", "namespace", "read")}
${seen("writable_namespaces", "namespaces", "namespace", "write")}
${seen("visible_projects", "code_projects", "project", "read")}
${seen("writable_projects", "code_projects", "project", "write")}

CREATE FUNCTION own_may_take(scope_asked text, name_asked text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER AS $$
BEGIN
  IF NOT own_granted('new', '', 'write') OR EXISTS
    (SELECT FROM grants WHERE scope = scope_asked AND name = name_asked) THEN RETURN false; END IF;
  IF scope_asked = 'namespace' THEN
    RETURN NOT EXISTS (SELECT FROM namespaces WHERE name = name_asked);
  END IF;
  RETURN NOT EXISTS (SELECT FROM code_projects WHERE name = name_asked);
END $$;
CREATE FUNCTION own_take(scope_asked text, name_asked text) RETURNS boolean
LANGUAGE plpgsql VOLATILE SECURITY DEFINER AS $$
BEGIN
  IF NOT own_may_take(scope_asked, name_asked) THEN RETURN own_granted(scope_asked, name_asked, 'write'); END IF;
  -- Two who come at once: the second waits here for the first, and then finds it taken; by the same member, it is its own.
  PERFORM pg_advisory_xact_lock(hashtextextended(scope_asked || ' ' || name_asked, 20));
  IF NOT own_may_take(scope_asked, name_asked) THEN RETURN own_granted(scope_asked, name_asked, 'write'); END IF;
  INSERT INTO grants(member, scope, name, can)
    SELECT oid, scope_asked, name_asked, 'write' FROM pg_roles WHERE rolname = session_user;
  INSERT INTO audit(what, scope, name, subject, can)
    VALUES ('granted', scope_asked, name_asked, session_user, 'write');
  RETURN true;
END $$;

-- Those with take_ are for policies: they make what is new the maker's own.
${byScope("namespace")}
${byScope("project")}
CREATE FUNCTION may_write(name_asked text) RETURNS boolean LANGUAGE sql VOLATILE SECURITY DEFINER AS $$
  SELECT may_make_namespace(name_asked)
$$;
CREATE FUNCTION may_write(asked int4) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER AS $$
  SELECT may_write_namespace(asked)
$$;
CREATE FUNCTION is_reader_only() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER AS $$
  SELECT NOT (own_is_owner() OR EXISTS (SELECT FROM grants
    WHERE can = 'write' AND pg_has_role(session_user, member, 'USAGE')))
$$;

-- Changes when the form of the tables or the rights of the caller do: what a client holds is then to be read anew.
CREATE FUNCTION store_mark() RETURNS text LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$
DECLARE
  latest text := (SELECT max(version) FROM schema_versions);
BEGIN
  IF pg_has_role(session_user, current_user, 'USAGE') THEN RETURN latest || ':owner'; END IF;
  RETURN latest || ':' || hashtextextended(coalesce((
    SELECT string_agg(DISTINCT concat_ws(',', scope, name, can), ';') FROM grants
    WHERE pg_has_role(session_user, member, 'USAGE')), ''), 0);
END $$;

CREATE FUNCTION guard_table(guarded_table regclass, scope_wanted text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  sees text; adds text; changes text;
BEGIN
  CASE scope_wanted
    WHEN 'namespace' THEN
      sees := 'namespace_id IN (SELECT visible_namespaces())';
      changes := 'namespace_id IN (SELECT writable_namespaces())';
      adds := changes;
    WHEN 'namespaces' THEN
      sees := 'sees_namespace(name)';
      adds := 'take_namespace(name)';
    WHEN 'project' THEN
      sees := 'project IN (SELECT visible_projects())';
      changes := 'project IN (SELECT writable_projects())';
      adds := changes;
    WHEN 'projects' THEN
      sees := 'sees_project(name)';
      changes := 'writes_project(name)';
      adds := 'take_project(name)';
    WHEN 'shared' THEN sees := 'true'; changes := 'true'; adds := 'true';
    WHEN 'readable' THEN sees := 'true';
    WHEN 'closed' THEN
    ELSE RAISE EXCEPTION 'no such scope: %', scope_wanted;
  END CASE;
  INSERT INTO guarded(relation, scope) VALUES (guarded_table, scope_wanted);
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', guarded_table);
  IF sees IS NOT NULL THEN
    EXECUTE format('CREATE POLICY sees ON %s FOR SELECT USING (%s)', guarded_table, sees);
  END IF;
  IF adds IS NOT NULL THEN
    EXECUTE format('CREATE POLICY adds ON %s FOR INSERT WITH CHECK (%s)', guarded_table, adds);
  END IF;
  IF changes IS NOT NULL THEN
    EXECUTE format('CREATE POLICY changes ON %s FOR UPDATE USING (%s) WITH CHECK (%s)', guarded_table, changes, changes);
    EXECUTE format('CREATE POLICY removes ON %s FOR DELETE USING (%s)', guarded_table, changes);
  END IF;
END $$;

${shareFunction}
SELECT guard_table(t::regclass, 'closed') FROM unnest(ARRAY['grants', 'team_groups', 'guarded']) t;
SELECT guard_table('namespaces', 'namespaces');
SELECT guard_table('schema_versions', 'readable');
`;
