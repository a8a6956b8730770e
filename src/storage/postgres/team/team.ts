/* Who is in a store's team, who may what, and who did what: asked and changed by its owner and its admins. */
import { HaypileError } from "../../../base/errors.ts";
import type {
  AuditFilter,
  AuditRow,
  TeamGrant,
  TeamInit,
  TeamMember,
} from "../../../ports/answers/team.ts";
import type { PgLink, PgValue } from "../link/link.ts";
import { ensureSchema } from "../schema/schema.ts";
import { assertName, makeGroups, quoted } from "./groups.ts";
import { newPassword, scramVerifier } from "./scram.ts";

/** Whether we would make a role with it. */
export function isPassword(text: string): boolean {
  return /^[\x20-\x7e]{8,200}$/u.test(text);
}

export class PgTeam {
  readonly #link: PgLink;

  constructor(link: PgLink) {
    this.#link = link;
  }

  /** Tables, groups, privileges: what is there already stays. @throws HaypileError as ensureSchema() and makeGroups() */
  init(prefix?: string): TeamInit {
    ensureSchema(this.#link);
    return { store: this.#link.name, ...makeGroups(this.#link, prefix) };
  }

  /** @throws HaypileError HAYPILE_STORE_RIGHTS, HAYPILE_USAGE for a role that there is not */
  grant(member: string, grants: readonly TeamGrant[]): void {
    assertName(member);
    this.#doing(member, () =>
      this.#link.transaction(() => {
        for (const { scope, name, can } of grants) {
          this.#link.run("SELECT grant_access($1, $2, $3, $4)", [member, scope, name, can]);
        }
      }),
    );
  }

  /**
   * @param grants undefined: all of them
   * @returns how many were taken
   * @throws HaypileError HAYPILE_STORE_RIGHTS; where another put the member into a group, with what that one has to run
   */
  revoke(member: string, grants: readonly Pick<TeamGrant, "scope" | "name">[] | undefined): number {
    assertName(member);
    const asked = grants ?? [{ scope: null, name: null }];
    return this.#doing(member, () =>
      this.#link.transaction(() => {
        let taken = 0;
        for (const { scope, name } of asked) {
          const [row] = this.#link.rows<{ taken: number }>(
            "SELECT revoke_access($1, $2, $3) AS taken",
            [member, scope, name],
          );
          taken += row?.taken ?? 0;
        }
        return taken;
      }),
    );
  }

  /**
   * Makes a role that can log in.
   * @param password printable ASCII; undefined: one is made up
   * @returns the password that was made up
   * @throws HaypileError HAYPILE_STORE_RIGHTS, HAYPILE_USAGE where there is such a role
   */
  makeLogin(member: string, password?: string): string | undefined {
    assertName(member);
    if (password !== undefined && !isPassword(password)) {
      throw new HaypileError(
        "HAYPILE_USAGE",
        "Expected a password of 8 to 200 printable ASCII characters.",
      );
    }
    const made = password === undefined ? newPassword() : undefined;
    const verifier = scramVerifier(password ?? made ?? "");
    try {
      this.#link.run(`CREATE ROLE ${quoted(member)} LOGIN PASSWORD '${verifier}'`);
    } catch (error) {
      const { sqlState } = HaypileError.isInstance(error) ? error.data : {};
      if (sqlState === "42710") {
        throw usage(`There is a role ${member} on this server already: leave --create out.`, error);
      }
      if (sqlState === "42501") {
        throw new HaypileError(
          "HAYPILE_STORE_RIGHTS",
          `The role ${this.#link.user} may not make roles on the server of ${this.#link.name}. Let its administrator make ${member} (CREATE ROLE ${quoted(member)} LOGIN), then grant without --create.`,
          { cause: error, data: { store: this.#link.name } },
        );
      }
      throw error;
    }
    return made;
  }

  /** For who is no admin: only what is theirs. */
  members(): TeamMember[] {
    const members = new Map<string, TeamMember>();
    type Row = Omit<TeamMember, "grants"> & TeamGrant & { givenBy: string; givenAt: string };
    for (const row of this.#link.rows<Row>("SELECT * FROM team_members()")) {
      const { member, isThere, canLogIn, scope, name, can, givenBy, givenAt } = row;
      const known = members.get(member) ?? { member, isThere, canLogIn, grants: [] };
      members.set(member, known);
      known.grants.push({
        ...{ scope, name, can },
        ...(givenBy === null ? {} : { givenBy, givenAt: isoTime(givenAt) }),
      });
    }
    return [...members.values()];
  }

  /** Newest first. For who is no admin: only what they did. */
  audit({
    namespace,
    project,
    who,
    subject,
    what,
    from,
    before,
    after,
    limit,
  }: AuditFilter): AuditRow[] {
    const conditions: string[] = [];
    const values: PgValue[] = [];
    const add = (condition: string, value: PgValue): void => {
      values.push(value);
      conditions.push(condition.replace("?", `$${values.length}`));
    };
    if (namespace !== undefined) add("scope = 'namespace' AND name = ?", namespace);
    if (project !== undefined) add("scope = 'project' AND name = ?", project);
    if (who !== undefined) add("who = ?", who);
    if (subject !== undefined) add("subject = ?", subject);
    if (what !== undefined) add("what = ANY(?)", what);
    if (from !== undefined) add("at >= to_timestamp(? / 1000.0)", from);
    if (before !== undefined) add("at < to_timestamp(? / 1000.0)", before);
    if (after !== undefined) add("id < ?", after);
    values.push(limit);
    const rows = this.#link.rows<AuditRow & Record<string, unknown>>(
      `SELECT id, at, who, said, what, scope, name, subject, can FROM audit
        ${conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`}
        ORDER BY id DESC LIMIT $${values.length}`,
      values,
    );
    return rows.map(({ said, subject: of, can, at, ...row }) => ({
      ...row,
      at: isoTime(at),
      ...(said === null ? {} : { said }),
      ...(of === null ? {} : { subject: of }),
      ...(can === null ? {} : { can }),
    }));
  }

  #doing<T>(member: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      const { sqlState } = HaypileError.isInstance(error) ? error.data : {};
      if (sqlState === "42704") {
        throw usage(
          `There is no role ${member} on the server of ${this.#link.name}. Let its administrator make it, or say --create.`,
          error,
        );
      }
      // Of own_leave_group().
      if (sqlState === "HP001") throw this.#notOurs(member, error);
      if (sqlState === "55000" || sqlState === "42883") {
        throw usage(
          `The store ${this.#link.name} has no team yet. Run "haypile team init" as who owns it.`,
          error,
        );
      }
      throw error;
    }
  }

  /** Nothing was taken or given: a right that stays would be told as gone. */
  #notOurs(member: string, cause: unknown): HaypileError {
    const rows = this.#link.rows<{ role: string; giver: string }>(
      "SELECT role, giver FROM memberships_of_others($1)",
      [member],
    );
    const sql = rows.map(
      ({ role, giver }) =>
        `REVOKE ${quoted(role)} FROM ${quoted(member)} GRANTED BY ${quoted(giver)};`,
    );
    const givers = [...new Set(rows.map(({ giver }) => giver))].join(", ");
    return new HaypileError(
      "HAYPILE_STORE_RIGHTS",
      `Nothing was taken from ${member}: it is in a group of ${this.#link.name} by a grant of ${givers}, which only that role or an administrator of the server can take. Let one of them run this, then try again: ${sql.join(" ")}`,
      { cause, data: { store: this.#link.name, sql } },
    );
  }
}

function usage(says: string, cause: unknown): HaypileError {
  return new HaypileError("HAYPILE_USAGE", says, { cause });
}

/** timestamptz as its text, which the link gives, of a session in UTC. */
function isoTime(text: string): string {
  return new Date(text).toISOString();
}
