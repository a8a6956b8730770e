/* What is said of a store's team: who may what, who did what. */

/** "namespaces" and "projects": all of them, also those that come; "new": to make new ones; "group": to be an admin. */
export type GrantScope = "namespace" | "namespaces" | "project" | "projects" | "new" | "group";
export type GrantCan = "read" | "write" | "admin";

/** A right of one member. */
export interface TeamGrant {
  scope: GrantScope;
  /** Of the namespace or project; "" where the scope needs none. */
  name: string;
  can: GrantCan;
}

export interface GivenGrant extends TeamGrant {
  /** The role that gave it, and when (ISO 8601). Left out where the server does not say. */
  givenBy?: string | undefined;
  givenAt?: string | undefined;
}

export interface TeamMember {
  /** A role of the server: a person, or a group of the server's own. */
  member: string;
  /** False: the role was dropped, and its grants serve nobody. */
  isThere: boolean;
  /** False: a group, whose members have its grants. */
  canLogIn: boolean;
  grants: GivenGrant[];
}

export interface AuditRow {
  id: number;
  /** ISO 8601, by the server's clock. */
  at: string;
  /** The role that was logged in. */
  who: string;
  /** For whom, as the client itself said; nobody proved it. */
  said?: string | undefined;
  /** "wrote", "changed", "ended", "forgot", "restored", "erased", "made", "indexed", "dropped", "granted" or "revoked". */
  what: string;
  scope: GrantScope;
  name: string;
  /** Id of the memory, or who got or lost a right. */
  subject?: string | undefined;
  can?: GrantCan | undefined;
}

export interface AuditFilter {
  namespace?: string | undefined;
  project?: string | undefined;
  who?: string | undefined;
  subject?: string | undefined;
  what?: readonly string[] | undefined;
  /** Milliseconds since 1970. */
  from?: number | undefined;
  before?: number | undefined;
  /** Only older rows than this id. */
  after?: number | undefined;
  limit: number;
}

/** Roles of the server that have the privileges of a store. */
export interface TeamGroups {
  reader: string;
  writer: string;
  admin: string;
}

export interface TeamInit {
  /** The store, without a password. */
  store: string;
  groups: TeamGroups;
  /** Those that were made now. */
  made: string[];
}

export interface GrantResult {
  member: string;
  grants: TeamGrant[];
  /** Of a role that was made with it and whose password nobody said: it is shown this once. */
  password?: string | undefined;
}

export interface RevokeResult {
  member: string;
  /** How many rights were taken. */
  revoked: number;
}

export interface ErasedBytes {
  /** Tables and partitions that were written anew. */
  rewritten: string[];
  /** Those that others were using all the time, or that hold what others may still see. They are left for the next time. */
  left: string[];
  /** False: the role does not own the tables. What waits, waits for who does. */
  isOwner: boolean;
}
