/* Texts that look like a credential are not remembered. */
const credentials: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/u, "a private key"],
  [/\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/u, "a cloud access key"],
  [/\bgh[pousr]_[A-Za-z0-9]{36,}\b|\bgithub_pat_\w{22,}\b/u, "a GitHub token"],
  [/\bxox[abprs]-[A-Za-z0-9-]{10,}/u, "a Slack token"],
  [/\bsk-(?:[a-z]+-)*[A-Za-z0-9_-]{32,}/u, "an API key"],
  [/\bAIza[0-9A-Za-z_-]{35}\b/u, "an API key"],
  [/\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/u, "a signed token"],
  [/\b[a-z][a-z0-9+.-]*:\/\/[^\s/:@]+:[^\s/@]{6,}@/iu, "an address with a password"],
];

/** What a text seems to give away; undefined for nothing. */
export function credentialIn(text: string): string | undefined {
  return credentials.find(([pattern]) => pattern.test(text))?.[1];
}
