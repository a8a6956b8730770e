/*
 * Files that usually hold passwords or keys are never shown, whatever an index holds, and texts that look
 * like a credential are not remembered. Wider than what indexing leaves out: reading is the last gate.
 */
import { isSecretFile } from "../indexing/ignore-defaults.ts";

const secretNames =
  /^(?:\.env(?:\..+)?|\.envrc|id_[a-z0-9]+|\.npmrc|\.yarnrc\.yml|\.netrc|_netrc|\.pypirc|\.pgpass|\.my\.cnf|\.htpasswd|\.git-credentials|\.dockercfg|\.boto|credentials(?:\..+)?|secrets?\.(?:json|ya?ml|toml|ini|env)|service[-_]account.*\.json|kubeconfig|known_hosts|authorized_keys|.*\.(?:pem|key|p12|pfx|jks|keystore|kdbx?|ppk|asc|gpg|ovpn|tfstate|tfvars))$/iu;
const examples = /\.(?:example|sample|template|dist)$/iu;
const secretFolders =
  /(?:^|\/)(?:\.ssh|\.aws|\.gnupg|\.kube|\.docker|\.azure|\.git|\.hg|\.svn)\//iu;

/** True for paths that must not be shown. @param path relative to the indexed folder, with "/" */
export function isSecretPath(path: string): boolean {
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (secretFolders.test(path) || isSecretFile(name)) return true;
  return secretNames.test(name) && !examples.test(name);
}

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
