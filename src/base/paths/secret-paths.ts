/*
 * Files that usually hold passwords or keys, by their names. Indexing leaves out those that hold nothing else;
 * showing is the last gate, and its list is wider.
 */

const examples = /\.(?:example|sample|template|dist)$/iu;
const never =
  /^(?:\.npmrc|\.netrc|\.pypirc|\.pgpass|\.htpasswd|\.git-credentials|id_(?:rsa|dsa|ecdsa|ed25519))$|\.(?:pem|key|p12|pfx|jks|keystore|kdbx|ppk)$/iu;
const secretNames =
  /^(?:\.env(?:\..+)?|\.envrc|id_[a-z0-9]+|\.npmrc|\.yarnrc\.yml|\.netrc|_netrc|\.pypirc|\.pgpass|\.my\.cnf|\.htpasswd|\.git-credentials|\.dockercfg|\.boto|credentials(?:\..+)?|secrets?\.(?:json|ya?ml|toml|ini|env)|service[-_]account.*\.json|kubeconfig|known_hosts|authorized_keys|.*\.(?:pem|key|p12|pfx|jks|keystore|kdbx?|ppk|asc|gpg|ovpn|tfstate|tfvars))$/iu;
const secretFolders =
  /(?:^|\/)(?:\.ssh|\.aws|\.gnupg|\.kube|\.docker|\.azure|\.git|\.hg|\.svn)(?:\/|$)/iu;

/** True for names of files that never come into an index, unless a rule brings them back. */
export function isSecretFile(name: string): boolean {
  if (/^\.env(?:\..+)?$/iu.test(name)) return !examples.test(name);
  return never.test(name);
}

/** True for paths that must not be shown. @param path relative to the indexed folder, with "/" */
export function isSecretPath(path: string): boolean {
  const plain = asFileSystemsSee(path);
  const name = plain.slice(plain.lastIndexOf("/") + 1);
  if (secretFolders.test(plain) || isSecretFile(name)) return true;
  return secretNames.test(name) && !examples.test(name);
}

/**
 * Names that some file system takes for the same: with signs that nobody sees, in wide letters, with dots or
 * blanks at the end, with the name of a stream behind a colon.
 */
function asFileSystemsSee(path: string): string {
  return path
    .normalize("NFKC")
    .replace(/\p{Default_Ignorable_Code_Point}/gu, "")
    .replaceAll("\\", "/")
    .split("/")
    .map((name) => name.replace(/:.*$/su, "").replace(/[. ]+$/u, "") || name)
    .join("/");
}
