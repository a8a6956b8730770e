/*
 * A store with a team, on the server of the run: an owner who is no superuser, groups, and roles that log in without a
 * password. Roles are of the whole server, so all names have something random in them.
 */
import { randomBytes } from "node:crypto";
import pg from "pg";
import type { PgLink } from "../../../src/storage/postgres/link/link.ts";
import { openLink } from "../../../src/storage/postgres/link/open.ts";
import { PgTeam } from "../../../src/storage/postgres/team/team.ts";
import { type TestDatabase, testDatabase } from "../postgres.ts";

export interface TeamStore {
  database: TestDatabase;
  /** As who owns the tables. */
  link: PgLink;
  team: PgTeam;
  /** A new role that can log in: its whole name. */
  person(name: string): Promise<string>;
  /** A connection as a role, such as psql makes: it is closed with the store. */
  as(role: string): Promise<Psql>;
  /** Another link, closed with the store. */
  linkAs(role: string): PgLink;
  close(): Promise<void>;
}

/** What a person with psql can do. */
export class Psql {
  readonly #client: pg.Client;
  /** Notices of the server. */
  readonly notices: string[] = [];
  /** Payloads that came by NOTIFY. */
  readonly told: string[] = [];

  constructor(client: pg.Client) {
    this.#client = client;
    client.on("notice", ({ message, detail, hint, where }) =>
      this.notices.push([message, detail, hint, where].join("\n")),
    );
    client.on("notification", ({ payload }) => this.told.push(payload ?? ""));
  }

  /** Rows as lists of texts. @throws pg.DatabaseError */
  async ask(text: string, values: unknown[] = []): Promise<(string | null)[][]> {
    const asText = { getTypeParser: () => (value: string) => value };
    const got = await this.#client.query({
      text,
      values,
      rowMode: "array",
      types: asText as never,
    });
    const last = Array.isArray(got) ? got.at(-1) : got;
    return last?.rows ?? [];
  }

  /** What it says instead of an answer: SQLSTATE and all texts of the error; undefined: it did it. */
  async refusal(text: string, values: unknown[] = []): Promise<string | undefined> {
    try {
      await this.ask(text, values);
      return undefined;
    } catch (error) {
      const { code, message, detail, hint, where } = error as pg.DatabaseError;
      return [code, message, detail, hint, where].join("\n");
    }
  }

  async close(): Promise<void> {
    await this.#client.end().catch(() => undefined);
  }
}

/** @param database is closed with the store. Default: a new one on the server of the run */
export async function teamStore(of?: TestDatabase): Promise<TeamStore> {
  const database = of ?? (await testDatabase());
  const mark = randomBytes(4).toString("hex");
  const roles: string[] = [];
  const links: PgLink[] = [];
  const clients: Psql[] = [];
  const linkAs = (role: string): PgLink => {
    const link = openLink({ url: database.urlAs(role) });
    links.push(link);
    return link;
  };
  const name = new URL(database.url).pathname.slice(1);
  const owner = `owner_${mark}`;
  roles.push(owner);
  await database.ask(
    `CREATE ROLE ${owner} LOGIN CREATEROLE; GRANT CREATE ON DATABASE ${name} TO ${owner}`,
  );
  const link = linkAs(owner);
  const team = new PgTeam(link);
  const { groups } = team.init(`g_${mark}`);
  roles.push(...Object.values(groups));
  return {
    database,
    link,
    team,
    linkAs,
    person: async (called) => {
      const role = `${called}_${mark}`;
      await database.ask(`CREATE ROLE ${role} LOGIN`);
      roles.push(role);
      return role;
    },
    as: async (role) => {
      const client = new pg.Client({ connectionString: database.urlAs(role) });
      client.on("error", () => undefined);
      await client.connect();
      await client.query("SET search_path = haypile, public");
      const psql = new Psql(client);
      clients.push(psql);
      return psql;
    },
    close: async () => {
      for (const one of links) one.close();
      for (const one of clients) await one.close();
      const server = new URL(database.url);
      await database.close();
      server.pathname = "/postgres";
      const client = new pg.Client({ connectionString: server.href });
      await client.connect();
      // Who was granted a role by another goes first.
      for (const role of roles.reverse()) await client.query(`DROP ROLE IF EXISTS ${role}`);
      await client.end();
    },
  };
}
