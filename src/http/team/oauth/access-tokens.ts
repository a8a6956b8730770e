/*
 * Access tokens of an authorization server, as a resource server of OAuth 2.1 takes them: a JWT that this server's own
 * address is the audience of, of the one issuer that is trusted, signed by a key of that one, and not over. Anything else
 * is no token, whatever else is right with it: one for another service is not good here (RFC 8707, RFC 9068).
 */
import {
  errors,
  type JWTPayload,
  type JWTVerifyOptions,
  type JWTVerifyResult,
  jwtVerify,
} from "jose";
import { type Scope, wholeScopes } from "../rights/rights.ts";
import type { Keys } from "./keys.ts";

export interface AccessTokenRules {
  /** Exactly as the tokens say it. */
  issuer: string;
  /** Addresses this server is meant by. */
  audiences: readonly string[];
  keys: Keys;
}

export interface AccessToken {
  subject: string;
  scopes: readonly Scope[];
  /** As long as it is let in, milliseconds since 1970: a minute longer than it says itself. */
  untilMs: number;
}

/** By a pair of keys only: who can look at a token must not be able to make one. */
const algorithms = [
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  ...["ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
];
/** Clocks differ, seconds. */
const tolerance = 60;
/** Keys; an authorization server has one or two of a kind. */
const mostTried = 8;
/** Without control characters: it stands in logs and in the audit. */
const longestSubject = 1_024;
/** "at+jwt" is what they should be; "JWT" or nothing is what many are. A token for signing in says "aud" of another. */
const types = [undefined, "at+jwt", "application/at+jwt", "jwt"];

/** Undefined: it is none that is good here. */
export async function readAccessToken(
  token: string,
  { issuer, audiences, keys }: AccessTokenRules,
): Promise<AccessToken | undefined> {
  try {
    const { payload, protectedHeader } = await verified(token, keys, {
      issuer,
      audience: [...audiences],
      algorithms,
      clockTolerance: tolerance,
      requiredClaims: ["exp", "sub", "aud", "iss"],
    });
    if (!types.includes(protectedHeader.typ?.toLowerCase())) return undefined;
    const { sub = "", exp = 0 } = payload;
    if (sub === "" || sub.length > longestSubject || /\p{Cc}/u.test(sub)) return undefined;
    return {
      subject: sub,
      scopes: wholeScopes(scopesIn(payload)),
      untilMs: (exp + tolerance) * 1000,
    };
  } catch {
    // Why is nobody's business who shows a wrong one.
    return undefined;
  }
}

/** A token that does not say by which key it was signed is tried with each that fits. @throws where it is not good */
async function verified(
  token: string,
  { get }: Keys,
  options: JWTVerifyOptions,
): Promise<JWTVerifyResult> {
  try {
    return await jwtVerify(token, get, options);
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    let tried = 0;
    for await (const key of error) {
      tried += 1;
      if (tried > mostTried) break;
      try {
        return await jwtVerify(token, key, options);
      } catch (wrong) {
        if (!(wrong instanceof errors.JWSSignatureVerificationFailed)) throw wrong;
      }
    }
    throw error;
  }
}

/** "scope" as the standard has it; some write "scp", or a list. */
function scopesIn({ scope, scp }: JWTPayload & { scope?: unknown; scp?: unknown }): string[] {
  return [scope, scp].flatMap((said) => {
    if (typeof said === "string") return said.split(" ");
    return Array.isArray(said) ? said.filter((one) => typeof one === "string") : [];
  });
}
