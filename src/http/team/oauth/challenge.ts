/*
 * How a client learns what to show: the header of a refusal, and the document it points at (RFC 6750, RFC 9728, as MCP asks
 * for them). Without an authorization server there is no document, and clients show a token that they were given.
 */
import { type Scope, scopes } from "../rights/rights.ts";

export interface Resource {
  /** The address that clients know the MCP endpoint by, without "/" at its end. */
  url: string;
  issuer: string;
}

const metadataPath = "/.well-known/oauth-protected-resource";

/** Where the document is served: for the endpoint, and for clients that look at the root. */
export function metadataPaths(resource: Resource): string[] {
  const { pathname } = new URL(resource.url);
  return [...new Set([metadataPath, `${metadataPath}${pathname === "/" ? "" : pathname}`])];
}

function metadataUrl(resource: Resource): string {
  const { origin } = new URL(resource.url);
  return `${origin}${metadataPaths(resource).at(-1)}`;
}

export function metadataOf({ url, issuer }: Resource): Record<string, unknown> {
  return {
    resource: url,
    authorization_servers: [issuer],
    scopes_supported: scopes.slice(0, 2),
    bearer_methods_supported: ["header"],
    resource_name: "Haypile",
  };
}

/** Of a 401. @param isWrong something was shown, and it is not good */
export function challenge(resource: Resource | undefined, isWrong: boolean): string {
  const parts = isWrong ? ['error="invalid_token"'] : [];
  if (resource !== undefined) {
    parts.push(`resource_metadata="${metadataUrl(resource)}"`, `scope="${scopes[0]}"`);
  }
  return parts.length === 0 ? "Bearer" : `Bearer ${parts.join(", ")}`;
}

/** Of a 403 that a token with this scope would not get. */
export function scopeChallenge(resource: Resource | undefined, needed: Scope): string {
  const where = resource === undefined ? [] : [`resource_metadata="${metadataUrl(resource)}"`];
  return `Bearer ${['error="insufficient_scope"', `scope="${needed}"`, ...where].join(", ")}`;
}
