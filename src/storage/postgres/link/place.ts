/* Where a store lies: a URL of PostgreSQL taken apart, and its name without any secret. */
import { isIPv4 } from "node:net";
import { userInfo } from "node:os";
import { HaypileError } from "../../../base/errors.ts";
import type { LinkOptions } from "./link.ts";

/** As libpq names them. "require" is encrypted, and anybody may be at the other end; "verify-full" knows who is. */
export type TlsMode = "disable" | "require" | "verify-ca" | "verify-full";

export interface PgPlace {
  host: string;
  port: number;
  user: string;
  database: string;
  /** Undefined: that of PGPASSWORD or a .pgpass file, or none. Null: none. */
  password: string | null | undefined;
  tls: TlsMode;
  /** Files in PEM: of who signs the server's certificate, and of our own. */
  rootCertificate: string | undefined;
  certificate: string | undefined;
  key: string | undefined;
  application: string | undefined;
  schema: string | undefined;
}

const modes = new Set(["disable", "require", "verify-ca", "verify-full"]);
const known = new Set([
  "sslmode",
  "sslrootcert",
  "sslcert",
  "sslkey",
  "application_name",
  "schema",
  "host",
  "port",
  "user",
]);
/** What PostgreSQL takes without quotes; a longer name would be cut. */
const schemaForm = /^[a-z_][a-z0-9_]{0,50}$/;

/** @throws HaypileError HAYPILE_USAGE: what is wrong with it, without its password */
export function placeOf(options: LinkOptions): PgPlace {
  const { url, password, isPasswordFinal = false, schema, application } = options;
  const said = parsed(url);
  const query = said.searchParams;
  for (const name of query.keys()) {
    if (!known.has(name)) {
      throw wrong(`it has the parameter "${name}"; known are ${[...known].join(", ")}`);
    }
  }
  const text = (name: string): string | undefined => query.get(name) || undefined;
  const host = decoded(said.hostname.replace(/^\[|\]$/gu, "")) || text("host") || "localhost";
  const port = Number(said.port || text("port") || 5432);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw wrong("its port is none");
  const user = decoded(said.username) || text("user") || ownName();
  const database = decoded(said.pathname.slice(1)) || user;
  const tls = text("sslmode") ?? (isOwnMachine(host) ? "disable" : "verify-full");
  if (!modes.has(tls)) {
    throw wrong(`its sslmode is "${tls}"; expected one of ${[...modes].join(", ")}`);
  }
  const ownSchema = schema ?? text("schema");
  if (ownSchema !== undefined && !schemaForm.test(ownSchema)) {
    throw wrong("its schema is no name of small letters, digits and _, up to 51 of them");
  }
  return {
    ...{ host, port, user, database, tls: tls as TlsMode },
    password: password ?? (decoded(said.password) || (isPasswordFinal ? null : undefined)),
    rootCertificate: text("sslrootcert"),
    certificate: text("sslcert"),
    key: text("sslkey"),
    application: application ?? text("application_name"),
    schema: ownSchema,
  };
}

/** For messages: who, where and which database, and the schema where it is not the usual one. */
export function nameOfPlace({ host, port, user, database, schema }: PgPlace): string {
  const where = host.includes(":") || host.startsWith("/") ? `[${host}]` : host;
  const more = schema === undefined || schema === "haypile" ? "" : `?schema=${schema}`;
  return `postgres://${user}@${where}:${port}/${database}${more}`;
}

/** The same of a URL that may be wrong. */
export function nameOfUrl(url: string): string {
  try {
    return nameOfPlace(placeOf({ url }));
  } catch {
    return "postgres://…";
  }
}

function parsed(url: string): URL {
  if (!/^postgres(?:ql)?:\/\//u.test(url)) {
    throw wrong('it does not begin with "postgres://"');
  }
  try {
    // The host may be in the query, for a socket; a URL with a user wants one all the same.
    return new URL(url.replace(/@(?=\/|\?|$)/u, `@${inQuery}`));
  } catch {
    throw wrong("it is no URL (characters such as @ : / # in a name are written %40 %3A %2F %23)");
  }
}

/** Stands where the query names the host. */
const inQuery = "host-in-query";

function decoded(text: string): string {
  if (text === inQuery) return "";
  try {
    return decodeURIComponent(text);
  } catch {
    throw wrong("a % in it is not followed by two digits");
  }
}

/** No variable counts: a daemon has those of whoever began it, and would log in as somebody else. */
function ownName(): string {
  try {
    return userInfo().username;
  } catch {
    throw wrong("it names no user, and the system knows no name for who runs this");
  }
}

/** Nobody else's machine is at the other end. */
export function isOwnMachine(host: string): boolean {
  return (
    host === "localhost" ||
    host === "::1" ||
    (isIPv4(host) && host.startsWith("127.")) ||
    host.startsWith("/")
  );
}

function wrong(what: string): HaypileError {
  return new HaypileError(
    "HAYPILE_USAGE",
    `Expected a store as postgres://USER@HOST:PORT/DATABASE, but ${what}.`,
  );
}
