/*
 * Access tokens of an authorization server, as a resource server of OAuth 2.1 takes them: a JWT that this server's own
 * address is the audience of, of the one issuer that is trusted, signed by a key of that one, and not over. Anything else
 * is no token, whatever else is right with it: one for another service is not good here (RFC 8707, RFC 9068).
 */
import {
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  type JWTVerifyOptions,
  type JWTVerifyResult,
  jwtVerify,
} from "jose";
import { type Scope, wholeScopes } from "../rights/rights.ts";
import { type Keys, NoKey } from "./keys.ts";

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

/** As much as a request may bring. */
const mostChars = 16_384;

/**
 * What a token says itself, without a look at its signature, which costs nothing. It may lie.
 * @returns "over": it was for this server, and its client gets another; "wrong": it cannot be good, whoever signed it
 */
export function glance(
  token: string,
  { issuer, audiences }: Omit<AccessTokenRules, "keys">,
): "may be good" | "over" | "wrong" {
  if (token.length > mostChars) return "wrong";
  try {
    const { alg = "", typ } = decodeProtectedHeader(token);
    if (!algorithms.includes(alg) || !isTypeFine(typ)) return "wrong";
    const { iss, aud, exp } = decodeJwt(token);
    const meant = [aud].flat();
    if (iss !== issuer || !audiences.some((one) => meant.includes(one))) return "wrong";
    if (typeof exp !== "number") return "wrong";
    return exp <= Math.floor(Date.now() / 1000) - tolerance ? "over" : "may be good";
  } catch {
    return "wrong";
  }
}

/** Undefined: it is none that is good here. @throws NoKey where no signature could be looked at */
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
    if (!isTypeFine(protectedHeader.typ)) return undefined;
    const { sub = "", exp = 0 } = payload;
    if (sub === "" || sub.length > longestSubject || /\p{Cc}/u.test(sub)) return undefined;
    return {
      subject: sub,
      scopes: wholeScopes(scopesIn(payload)),
      untilMs: (exp + tolerance) * 1000,
    };
  } catch (error) {
    if (error instanceof NoKey) throw error;
    // Why is nobody's business who shows a wrong one.
    return undefined;
  }
}

/** One that says no key and fits none is tried with keys that come meanwhile. @throws where it is not good, NoKey */
async function verified(
  token: string,
  keys: Keys,
  options: JWTVerifyOptions,
): Promise<JWTVerifyResult> {
  const { version } = keys;
  try {
    return await byEach(token, keys, options);
  } catch (error) {
    const isUnsigned = error instanceof errors.JWSSignatureVerificationFailed;
    if (!isUnsigned || decodeProtectedHeader(token).kid !== undefined) throw error;
    await keys.renew();
    if (keys.version === version) throw error;
    return await byEach(token, keys, options);
  }
}

/** A token that does not say by which key it was signed is tried with each that fits. @throws where it is not good, NoKey */
async function byEach(
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
    throw new errors.JWSSignatureVerificationFailed();
  }
}

function isTypeFine(typ: string | undefined): boolean {
  return types.includes(typ?.toLowerCase());
}

/** "scope" as the standard has it; some write "scp", or a list. */
function scopesIn({ scope, scp }: JWTPayload & { scope?: unknown; scp?: unknown }): string[] {
  return [scope, scp].flatMap((said) => {
    if (typeof said === "string") return said.split(" ");
    return Array.isArray(said) ? said.filter((one) => typeof one === "string") : [];
  });
}
