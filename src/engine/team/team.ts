/*
 * The team of a store: opened for one command, as the role that the address names. That may be another one than daily work
 * uses: who owns a store is nobody's everyday role (docs/team.md).
 */
import { statSync } from "node:fs";
import { fileError, HaypileError } from "../../base/errors.ts";
import { readBoundedSync } from "../../base/files/read-file.ts";
import { type Environment, readEnvironment } from "../../config/environment/env.ts";
import { holdsSecret, serverAddress } from "../../config/options/store-address.ts";
import type {
  AuditFilter,
  AuditRow,
  ErasedBytes,
  GrantResult,
  RevokeResult,
  TeamGrant,
  TeamInit,
  TeamMember,
} from "../../ports/answers/team.ts";
import type { LinkOptions, PgLink } from "../../storage/postgres/link/link.ts";
import { openLink } from "../../storage/postgres/link/open.ts";
import { checkVersion } from "../../storage/postgres/schema/schema.ts";
import { eraseBytes } from "../../storage/postgres/team/erase.ts";
import { isPassword, PgTeam } from "../../storage/postgres/team/team.ts";
import { readConfiguration } from "../configure.ts";
import { passwordFor } from "../store/password.ts";
import { withoutProject } from "../store/project-of-address.ts";
import { storeFor } from "../store/store-for.ts";

/** What makes a role that can log in. */
export interface NewLogin {
  /** A file whose first line is its password. Default: one is made up. */
  passwordFile?: string | undefined;
}

const mostPasswordBytes = 10_000;

export class Team {
  readonly #link: PgLink;
  readonly #team: PgTeam;

  private constructor(link: PgLink) {
    this.#link = link;
    this.#team = new PgTeam(link);
  }

  /**
   * @param store its address. Default: that of the settings
   * @throws HaypileError HAYPILE_USAGE where there is none, or it has a password in it; HAYPILE_CONFIG_INVALID
   */
  static open(store?: string, environment: Environment = readEnvironment()): Team {
    return new Team(openLink({ ...optionsFor(store, environment), application: "haypile team" }));
  }

  /** The store, without a password. */
  get name(): string {
    return this.#link.name;
  }

  /** Makes what is missing: tables, groups, privileges. @param groups what the names of the groups begin with */
  init(groups?: string): TeamInit {
    return this.#team.init(groups);
  }

  /** @param login the role itself is made, too: with what it is granted, or not at all */
  grant(member: string, grants: TeamGrant[], login?: NewLogin): GrantResult {
    checkVersion(this.#link);
    if (login === undefined) {
      this.#team.grant(member, grants);
      return { member, grants };
    }
    const { passwordFile } = login;
    const said = passwordFile === undefined ? undefined : firstLine(passwordFile);
    // A role that stayed where its grants fail would have a password that nobody was told.
    const password = this.#link.transaction(() => {
      const made = this.#team.makeLogin(member, said);
      this.#team.grant(member, grants);
      return made;
    });
    return { member, grants, ...(password === undefined ? {} : { password }) };
  }

  /** @param grants undefined: all that the member has */
  revoke(
    member: string,
    grants: readonly Pick<TeamGrant, "scope" | "name">[] | undefined,
  ): RevokeResult {
    checkVersion(this.#link);
    return { member, revoked: this.#team.revoke(member, grants) };
  }

  members(): TeamMember[] {
    checkVersion(this.#link);
    return this.#team.members();
  }

  audit(filter: AuditFilter): AuditRow[] {
    checkVersion(this.#link);
    return this.#team.audit(filter);
  }

  erase(signal?: AbortSignal): Promise<ErasedBytes> {
    checkVersion(this.#link);
    return eraseBytes(this.#link, { signal });
  }

  close(): void {
    this.#link.close();
  }
}

function optionsFor(store: string | undefined, environment: Environment): LinkOptions {
  if (store === undefined) {
    const configuration = readConfiguration(undefined, {}, environment);
    const options =
      storeFor("memories", configuration, environment) ??
      storeFor("index", configuration, environment);
    if (options !== undefined) return { ...options, replica: undefined };
    throw new HaypileError(
      "HAYPILE_USAGE",
      'Expected a team\'s store, but memories and indexes are kept in files of this machine. Name one: --store postgres://OWNER@HOST/DATABASE, or "haypile config set store …" (docs/team.md).',
    );
  }
  const url = serverAddress(store);
  if (url === undefined) {
    throw new HaypileError(
      "HAYPILE_USAGE",
      holdsSecret(store)
        ? "Expected an address without a password for --store: others see the arguments of a command. Say it in HAYPILE_STORE_PASSWORD, PGPASSWORD or a file that PGPASSFILE names."
        : "Expected the address of a PostgreSQL server for --store, such as postgres://owner@db.example/haypile.",
    );
  }
  // The file of the settings has the password of the role that is named there.
  const own = withoutProject(url.href).url;
  const password = passwordFor({ url: new URL(own), file: undefined, isOfUser: true }, environment);
  return { url: own, password };
}

/** @throws HaypileError HAYPILE_PATH_MISSING, HAYPILE_PERMISSION, HAYPILE_IO, HAYPILE_USAGE for one that others may read */
function firstLine(path: string): string {
  let text: string;
  try {
    const { mode, uid } = statSync(path);
    if (process.platform !== "win32" && uid === process.getuid?.() && (mode & 0o077) !== 0) {
      throw new HaypileError(
        "HAYPILE_USAGE",
        `Expected the file of the password, ${path}, to be readable by you alone, but others may read it. Run: chmod 600 ${path}`,
        { data: { path } },
      );
    }
    const bytes = readBoundedSync(path, { mostBytes: mostPasswordBytes, links: "follow" });
    text = bytes.toString("utf8");
  } catch (error) {
    if (HaypileError.isInstance(error)) throw error;
    throw fileError(error, `read the password in ${path}`);
  }
  const line = text.replace(/^\ufeff/u, "").split(/\r?\n/u, 1)[0] ?? "";
  if (isPassword(line)) return line;
  throw new HaypileError(
    "HAYPILE_USAGE",
    `Expected a password of 8 to 200 printable ASCII characters in the first line of ${path}, but it has ${line.length === 0 ? "none" : `${line.length} characters, or others`}. Put one there.`,
    { data: { path } },
  );
}
