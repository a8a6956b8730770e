/*
 * Files that usually hold passwords or keys are never shown, whatever an index holds. Wider than what indexing
 * leaves out: reading is the last gate.
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
