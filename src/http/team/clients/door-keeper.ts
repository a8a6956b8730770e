/* Who a bearer is of: a token of the server's file, or an access token of the authorization server. Nobody else is anybody. */
import { realPath } from "../../../base/paths/real-path.ts";
import { type AccessTokenRules, glance, readAccessToken } from "../oauth/access-tokens.ts";
import { type Client, noRights, within } from "../rights/rights.ts";
import { type ClientBook, looksLikeToken } from "./client-book.ts";
import type { ClientEntry } from "./client-entry.ts";

export interface DoorKeeperParts {
  book: ClientBook;
  /** Undefined: there is no authorization server. */
  oauth: AccessTokenRules | undefined;
}

/**
 * What is seen of a bearer at no cost. "hash": knowing whose it is costs a hash; "signature": it costs verifying one. "over": an
 * access token for this server that has ended; "wrong": one that cannot be good.
 */
export type FirstSight = "hash" | "signature" | "over" | "wrong";

const usualNamespace = "default";

export class DoorKeeper {
  readonly #parts: DoorKeeperParts;

  constructor(parts: DoorKeeperParts) {
    this.#parts = parts;
  }

  /** Undefined: what was shown is not good. @throws NoKey where a signature could not be looked at */
  async clientOf(bearer: string): Promise<Client | undefined> {
    const { book, oauth } = this.#parts;
    if (looksLikeToken(bearer)) {
      const entry = book.ofToken(bearer);
      if (entry === undefined) return undefined;
      const untilMs = entry.expires === undefined ? undefined : Date.parse(entry.expires);
      return asClient(entry, { key: `token ${entry.name}`, name: entry.name, untilMs });
    }
    if (oauth === undefined || !looksLikeJwt(bearer)) return undefined;
    const token = await readAccessToken(bearer, oauth);
    if (token === undefined) return undefined;
    const { subject, scopes, untilMs } = token;
    const key = `subject ${subject}`;
    const entry = book.ofSubject(subject);
    // Who the authorization server knows and this one does not has a name, and no rights.
    if (entry === undefined) {
      const namespace = usualNamespace;
      return { key, name: subject, rights: noRights, namespace, limits: {}, scopes, untilMs };
    }
    return asClient(entry, { key, name: subject, scopes, untilMs });
  }

  firstSight(bearer: string): FirstSight {
    const { oauth } = this.#parts;
    if (oauth === undefined || looksLikeToken(bearer) || !looksLikeJwt(bearer)) return "hash";
    const seen = glance(bearer, oauth);
    return seen === "may be good" ? "signature" : seen;
  }

  /** Whether what was good when an answer began is so still; asked while the answer goes on. */
  isGoodStill(bearer: string, { untilMs, name, scopes }: Client): boolean {
    if (untilMs !== undefined && untilMs <= Date.now()) return false;
    const { book } = this.#parts;
    return scopes === undefined
      ? book.ofToken(bearer)?.name === name
      : book.ofSubject(name) !== undefined;
  }
}

function looksLikeJwt(bearer: string): boolean {
  return bearer.split(".").length === 3;
}

function asClient(
  { rights, namespace, limits }: ClientEntry,
  who: Pick<Client, "key" | "name" | "untilMs"> & { scopes?: Client["scopes"] },
): Client {
  const { scopes } = who;
  const folders = rights.folders.map((folder) => realPath(folder));
  return {
    ...who,
    rights: within({ ...rights, folders }, scopes),
    namespace: namespace ?? firstWritten(rights.write),
    limits,
    scopes,
  };
}

/** Where what is said to no namespace goes: the first that the client may write to by its whole name. */
function firstWritten(write: readonly string[]): string {
  return write.find((pattern) => !pattern.endsWith("*")) ?? usualNamespace;
}
