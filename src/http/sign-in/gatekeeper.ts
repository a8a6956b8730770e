/* Who gets in: the user's token, or a session that a one-time code was given for. A listener without a token lets all read. */
import { isSameToken } from "../../mcp/http/token.ts";
import type { Codes } from "./codes.ts";
import type { Secret } from "./secret.ts";
import type { Sessions } from "./sessions.ts";

export interface GatekeeperParts {
  /** Undefined: a listener without a token. */
  secret: Secret | undefined;
  codes: Codes;
  sessions: Sessions;
}

export class Gatekeeper {
  readonly #parts: GatekeeperParts;

  constructor(parts: GatekeeperParts) {
    this.#parts = parts;
  }

  get isReadOnly(): boolean {
    return this.#parts.secret === undefined;
  }

  /** @param given what the request shows as its bearer */
  isIn(given: string | undefined): boolean {
    const { secret, sessions } = this.#parts;
    if (secret === undefined) return true;
    const token = secret.current();
    if (token === undefined || given === undefined) return false;
    return isSameToken(given, token) || sessions.read(given, token) !== undefined;
  }

  /** The token of a new session; else why there is none. */
  signIn(code: string): string | "wrong" | "too many" {
    const { secret, codes, sessions } = this.#parts;
    const judgement = codes.take(code);
    const token = secret?.current();
    if (judgement !== "right") return judgement;
    return token === undefined ? "wrong" : sessions.begin(token);
  }

  renewed(given: string): string | undefined {
    const { secret, sessions } = this.#parts;
    const token = secret?.current();
    if (token === undefined) return undefined;
    const session = sessions.read(given, token);
    return session === undefined ? undefined : sessions.renew(session, token);
  }

  /** Ends a session; the user's token is ended by deleting its file. */
  signOut(given: string): void {
    const { secret, sessions } = this.#parts;
    const token = secret?.current();
    const session = token === undefined ? undefined : sessions.read(given, token);
    if (session !== undefined) sessions.end(session);
  }
}
