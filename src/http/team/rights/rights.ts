/*
 * What a client of a server may do: which namespaces it reads and writes, which folders of the server's machine it asks
 * about, and whether it looks after the store. What is not granted is refused: there is no right by default.
 */
import { HaypileError } from "../../../base/errors.ts";

export interface Rights {
  /** Namespaces: a name, a beginning with "*" at its end, or "*" for all. */
  readonly read: readonly string[];
  /** The same; what is written can be read, too. */
  readonly write: readonly string[];
  /** Folders whose indexes may be asked, absolute, with links resolved. */
  readonly folders: readonly string[];
  /** Calls that look after the store, and what the server says of itself. No paths of the server's machine by it. */
  readonly admin: boolean;
}

export interface Limits {
  /** Requests a minute; as many may come at once. */
  readonly perMinute: number;
  /** Requests that are worked on at once. */
  readonly concurrent: number;
  /** Longest body, bytes. */
  readonly bodyBytes: number;
}

/** Who a request comes from, once that is proved. */
export interface Client {
  /** "token ID" or "subject ISSUER SUB": limits and turns are by it. */
  readonly key: string;
  /** As it is told in logs and to the store. */
  readonly name: string;
  readonly rights: Rights;
  /** Where memories go for which no namespace is said. */
  readonly namespace: string;
  readonly limits: Partial<Limits>;
  /** Of what it showed; undefined: a token of the file, whose rights are all there is. */
  readonly scopes: readonly Scope[] | undefined;
  /** When what it showed ends, milliseconds since 1970; undefined: it does not. */
  readonly untilMs: number | undefined;
}

/** What access tokens of an authorization server are asked for. Each holds those before it. */
export const scopes = ["haypile:read", "haypile:write", "haypile:admin"] as const;
export type Scope = (typeof scopes)[number];

export const noRights: Rights = { read: [], write: [], folders: [], admin: false };

/** Scopes with those that they hold. */
export function wholeScopes(said: Iterable<string>): Scope[] {
  const highest = Math.max(
    -1,
    ...[...said].map((one) => (scopes as readonly string[]).indexOf(one)),
  );
  return scopes.slice(0, highest + 1);
}

/** What is left of rights when a token was given for less. */
export function within(rights: Rights, said: readonly Scope[] | undefined): Rights {
  if (said === undefined) return rights;
  return {
    read: said.includes("haypile:read") ? [...rights.read, ...rights.write] : [],
    write: said.includes("haypile:write") ? rights.write : [],
    folders: said.includes("haypile:read") ? rights.folders : [],
    admin: rights.admin && said.includes("haypile:admin"),
  };
}

export function mayRead({ read, write }: Rights, namespace: string): boolean {
  return fits(read, namespace) || fits(write, namespace);
}

export function mayWrite({ write }: Rights, namespace: string): boolean {
  return fits(write, namespace);
}

export function readsAll({ read, write }: Rights): boolean {
  return read.includes("*") || write.includes("*");
}

export function writesAll({ write }: Rights): boolean {
  return write.includes("*");
}

export function fits(patterns: readonly string[], namespace: string): boolean {
  return patterns.some((pattern) =>
    pattern.endsWith("*") ? namespace.startsWith(pattern.slice(0, -1)) : pattern === namespace,
  );
}

/** The same answer whether it is there or not: who may not see a namespace does not learn of it. */
export function refused(what: string): HaypileError {
  return new HaypileError(
    "HAYPILE_STORE_RIGHTS",
    `This client has no right to ${what}. Who runs the server gives it: haypile tokens, or the client's entry in its file.`,
  );
}
