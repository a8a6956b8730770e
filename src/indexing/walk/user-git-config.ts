/*
 * One value out of a user's own configuration of git, as text: the files that git reads for it (GIT_CONFIG_GLOBAL,
 * XDG_CONFIG_HOME, GIT_CONFIG_SYSTEM), those that they include, and those that they include for the repository at hand
 * by its folder (includeIf "gitdir:…"). The configuration of a repository is not read here: it may come from anywhere.
 */
import { dirname, isAbsolute, join, resolve } from "node:path";
import { readBounded } from "../../base/files/read-file.ts";
import { toSlashes } from "../../base/paths/flavour.ts";
import { IgnoreFile } from "./gitignore.ts";

const mostConfigBytes = 1024 * 1024;
/** Files that include others, one in the other, and all files together. */
const mostDeep = 10;
const mostFiles = 64;

export interface UserGit {
  /** Absolute. */
  home: string;
  variables: Readonly<Record<string, string | undefined>>;
  /** Of the repository at hand, links resolved. */
  gitFolder: string;
}

/** Where git keeps files of a user beside ~/.gitconfig. */
export function gitFolderOfUser({ home, variables }: Pick<UserGit, "home" | "variables">): string {
  const said = variables.XDG_CONFIG_HOME;
  return join(said === undefined || said === "" ? join(home, ".config") : said, "git");
}

/** The value that git would take; undefined: none is said. @param key in lower case */
export async function userGitValue(
  user: UserGit,
  section: string,
  key: string,
): Promise<string | undefined> {
  const look: Look = { user, section, key, files: 0 };
  for (const file of configFiles(user)) {
    const value = await lastIn(look, file, 0);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** The one that decides first. */
function configFiles({ home, variables }: UserGit): string[] {
  const { GIT_CONFIG_GLOBAL: global, GIT_CONFIG_SYSTEM: system } = variables;
  const own =
    global === undefined
      ? [join(home, ".gitconfig"), join(gitFolderOfUser({ home, variables }), "config")]
      : global === ""
        ? []
        : [resolve(global)];
  const isWithout = /^(?:1|true|yes|on)$/iu.test(variables.GIT_CONFIG_NOSYSTEM ?? "");
  if (isWithout) return own;
  if (system !== undefined) return system === "" ? own : [...own, resolve(system)];
  return process.platform === "win32" ? own : [...own, "/etc/gitconfig"];
}

interface Look {
  user: UserGit;
  section: string;
  key: string;
  files: number;
}

/** The last one counts, in the order in which git reads: what is included stands where that is said. */
async function lastIn(look: Look, file: string, depth: number): Promise<string | undefined> {
  look.files += 1;
  if (look.files > mostFiles) return undefined;
  const { user, section, key } = look;
  let found: string | undefined;
  let isIn = false;
  let includes = false;
  for (const line of (await textOf(file)).split("\n")) {
    const header = /^\s*\[\s*([^\]]*?)\s*\]/u.exec(line)?.[1];
    if (header !== undefined) {
      isIn = header.toLowerCase() === section;
      includes = header.toLowerCase() === "include" || isMet(header, file, user);
    }
    const [, name, said] = /^\s*([A-Za-z][A-Za-z0-9-]*)\s*=\s*(.*?)\s*$/u.exec(line) ?? [];
    if (name === undefined || said === undefined) continue;
    const value = said.replace(/^"(.*)"$/u, "$1");
    if (isIn && name.toLowerCase() === key) found = value;
    if (!includes || name.toLowerCase() !== "path" || value === "" || depth >= mostDeep) continue;
    const path = inHome(value, user.home);
    const included = isAbsolute(path) ? path : resolve(dirname(file), path);
    found = (await lastIn(look, included, depth + 1)) ?? found;
  }
  return found;
}

/** Whether a header includes files for this repository. */
function isMet(header: string, file: string, { home, gitFolder }: UserGit): boolean {
  const said = /^includeif\s+"(gitdir|gitdir\/i):(.+)"$/isu.exec(header);
  if (said === null) return false;
  const [, kind = "", pattern = ""] = said;
  // join() keeps a "/" at the end, which stands for all below.
  const whole = pattern.startsWith("./") ? join(dirname(file), pattern) : inHome(pattern, home);
  const slashed = toSlashes(whole);
  const anywhere = isAbsolute(whole) ? slashed.replace(/^\/?/u, "/") : `**/${slashed}`;
  const rule = anywhere.endsWith("/") ? `${anywhere}**` : anywhere;
  const rules = new IgnoreFile(rule, { ignoreCase: kind.toLowerCase().endsWith("/i") });
  return rules.test(toSlashes(gitFolder).replace(/^\//u, "")) === true;
}

function inHome(said: string, home: string): string {
  return said === "~" || said.startsWith("~/") ? join(home, said.slice(1)) : said;
}

async function textOf(file: string): Promise<string> {
  try {
    const rules = { mostBytes: mostConfigBytes, links: "follow" } as const;
    const text = (await readBounded(file, rules)).toString("utf8");
    return text.startsWith("\uFEFF") ? text.slice(1) : text;
  } catch {
    return "";
  }
}
