/* Names that mean something to who watches a folder. */

/** Git's own: what changes in there is no file of the project. */
export function isGitName(name: string): boolean {
  return name.toLowerCase() === ".git";
}

/** Files that say what is left out: after a change of one every folder may be another. */
export function isRuleFile(name: string): boolean {
  return name === ".gitignore" || name === ".haypileignore";
}
