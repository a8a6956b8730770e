/*
 * How rights are given and taken: functions, so that whoever is an admin of the team may, without owning the tables, and so
 * that each of it is in the audit. Groups are made by ../../team/groups.ts.
 */

/** Run after the tables of rights and audit. */
export const teamTables = `
CREATE FUNCTION own_must_administer() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  IF NOT own_may_administer() THEN
    RAISE EXCEPTION 'only who owns the store, and admins of its team, may do so' USING ERRCODE = '42501';
  END IF;
  IF (SELECT count(*) FROM team_groups) < 3 THEN
    RAISE EXCEPTION 'the store has no groups yet: haypile team init makes them' USING ERRCODE = '55000';
  END IF;
END $$;
CREATE FUNCTION own_group(kind_asked text) RETURNS regrole LANGUAGE sql STABLE SECURITY DEFINER AS $$
  SELECT role FROM team_groups WHERE kind = kind_asked
$$;
CREATE FUNCTION own_role(name_asked text) RETURNS oid LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$
DECLARE
  found oid := (SELECT oid FROM pg_roles WHERE rolname = name_asked);
BEGIN
  IF found IS NULL THEN RAISE EXCEPTION 'no such role: %', name_asked USING ERRCODE = '42704'; END IF;
  RETURN found;
END $$;

-- From version 16 on PostgreSQL takes of a membership only what this grantor gave, and warns of the rest.
CREATE FUNCTION own_leave_group(kind_left text, who oid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  group_left regrole := own_group(kind_left);
  givers text;
BEGIN
  EXECUTE format('REVOKE %s FROM %s', group_left, who::regrole);
  SELECT string_agg(grantor::regrole::text, ', ') INTO givers
    FROM pg_auth_members WHERE roleid = group_left AND member = who;
  IF givers IS NOT NULL THEN
    RAISE EXCEPTION '% is in % by a grant of %, which is not ours to take', who::regrole, group_left, givers
      USING ERRCODE = 'HP001';
  END IF;
END $$;

-- To admins: what they cannot take.
CREATE FUNCTION memberships_of_others(member_name text) RETURNS TABLE(role text, giver text)
LANGUAGE sql STABLE SECURITY DEFINER AS $$
  SELECT pg_get_userbyid(m.roleid)::text, pg_get_userbyid(m.grantor)::text
  FROM pg_auth_members m JOIN team_groups g ON g.role = m.roleid
  WHERE own_may_administer() AND pg_get_userbyid(m.member) = member_name AND pg_get_userbyid(m.grantor) <> current_user
$$;

-- In the group that its grants need, and in no other of these two.
CREATE FUNCTION own_fit_groups(who oid) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  kind_fit text; is_in boolean; is_wanted boolean;
BEGIN
  IF EXISTS (SELECT FROM team_groups WHERE role = who) THEN RETURN; END IF;
  FOREACH kind_fit IN ARRAY ARRAY['reader', 'writer'] LOOP
    is_in := EXISTS (SELECT FROM pg_auth_members WHERE roleid = own_group(kind_fit) AND member = who);
    is_wanted := CASE kind_fit WHEN 'writer' THEN EXISTS (SELECT FROM grants g WHERE g.member = who AND can = 'write')
      ELSE EXISTS (SELECT FROM grants g WHERE g.member = who) END;
    IF is_wanted AND NOT is_in THEN
      EXECUTE format('GRANT %s TO %s', own_group(kind_fit), who::regrole);
    ELSIF is_in AND NOT is_wanted THEN
      PERFORM own_leave_group(kind_fit, who);
    END IF;
  END LOOP;
END $$;

CREATE FUNCTION grant_access(member_name text, scope_given text, name_given text, can_given text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  who oid;
BEGIN
  PERFORM own_must_administer();
  who := own_role(member_name);
  DELETE FROM grants g WHERE NOT EXISTS (SELECT FROM pg_roles r WHERE r.oid = g.member);
  IF scope_given = 'group' THEN
    IF can_given IS DISTINCT FROM 'admin' OR EXISTS (SELECT FROM team_groups WHERE role = who) THEN
      RAISE EXCEPTION 'only admin is given so, and to no group of the store itself' USING ERRCODE = '22023';
    END IF;
    EXECUTE format('GRANT %s TO %s', own_group('admin'), who::regrole);
  ELSE
    INSERT INTO grants(member, scope, name, can) VALUES (who, scope_given, name_given, can_given)
      ON CONFLICT (member, scope, name) DO UPDATE
      SET can = excluded.can, given_by = session_user, given_at = now();
    PERFORM own_fit_groups(who);
  END IF;
  INSERT INTO audit(what, scope, name, subject, can)
    VALUES ('granted', scope_given, name_given, member_name, can_given);
END $$;

-- How many were taken. scope_taken null: all of a member.
CREATE FUNCTION revoke_access(member_name text, scope_taken text, name_taken text) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  who oid; taken int := 0; gone record;
BEGIN
  PERFORM own_must_administer();
  who := own_role(member_name);
  FOR gone IN DELETE FROM grants g WHERE g.member = who
    AND (scope_taken IS NULL OR (g.scope = scope_taken AND g.name = name_taken)) RETURNING g.scope, g.name, g.can
  LOOP
    INSERT INTO audit(what, scope, name, subject, can) VALUES ('revoked', gone.scope, gone.name, member_name, gone.can);
    taken := taken + 1;
  END LOOP;
  IF (scope_taken IS NULL OR scope_taken = 'group')
    AND EXISTS (SELECT FROM pg_auth_members WHERE roleid = own_group('admin') AND member = who) THEN
    PERFORM own_leave_group('admin', who);
    INSERT INTO audit(what, scope, name, subject, can) VALUES ('revoked', 'group', '', member_name, 'admin');
    taken := taken + 1;
  END IF;
  PERFORM own_fit_groups(who);
  RETURN taken;
END $$;

-- Admins see all; others what is theirs.
CREATE FUNCTION team_members() RETURNS TABLE(member text, "isThere" boolean, "canLogIn" boolean, scope text, name text,
  can text, "givenBy" text, "givenAt" timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER AS $$
  SELECT coalesce(r.rolname::text, g.member::oid::text), r.oid IS NOT NULL, coalesce(r.rolcanlogin, false), g.scope,
    g.name, g.can, g.given_by, g.given_at
  FROM grants g LEFT JOIN pg_roles r ON r.oid = g.member
  WHERE own_may_administer() OR pg_has_role(session_user, g.member, 'USAGE')
  UNION ALL
  SELECT r.rolname::text, true, r.rolcanlogin, 'group', '', 'admin', NULL, NULL
  FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member
  WHERE m.roleid = own_group('admin') AND r.oid <> (SELECT oid FROM pg_roles WHERE rolname = current_user)
    AND (own_may_administer() OR pg_has_role(session_user, r.oid, 'USAGE'))
  ORDER BY 1, 4, 5
$$;
`;
