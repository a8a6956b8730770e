/*
 * The file of ignore rules that holds for all of a user's repositories: core.excludesFile, or where git looks for it
 * by default. Of git's configuration this one value is read, as text (user-git-config.ts).
 */
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { type ReadRules, readBounded } from "../../base/files/read-file.ts";
import { configValue, type Repository } from "../../base/files/repository.ts";
import { leavesMachine } from "../../base/paths/windows-names.ts";
import { readEnvironment } from "../../config/environment/env.ts";
import { gitFolderOfUser, userGitValue } from "./user-git-config.ts";

const mostRuleBytes = 1024 * 1024;

export interface ExcludesFile {
  path: string;
  text: string;
}

/** Undefined: there is none, or it is no regular file of a sane size. */
export async function excludesFileOf(repository: Repository): Promise<ExcludesFile | undefined> {
  const { folder, commonFolder, gitFolder } = repository;
  const home = homedir();
  const own = inHome(configValue(commonFolder, "core", "excludesfile"), home, folder);
  // A repository may come from anywhere: what it names is read only where it is a plain file of this machine.
  if (own !== undefined) {
    return leavesMachine(folder, own) ? undefined : await readRules(own, "refuse");
  }
  const { variables } = readEnvironment();
  const said = await userGitValue({ home, variables, gitFolder }, "core", "excludesfile");
  const path =
    said === undefined
      ? join(gitFolderOfUser({ home, variables }), "ignore")
      : inHome(said, home, folder);
  return path === undefined ? undefined : await readRules(path, "follow");
}

function inHome(said: string | undefined, home: string, folder: string): string | undefined {
  if (said === undefined || said === "") return undefined;
  if (said === "~" || said.startsWith("~/")) return join(home, said.slice(1));
  return isAbsolute(said) ? said : resolve(folder, said);
}

async function readRules(
  path: string,
  links: ReadRules["links"],
): Promise<ExcludesFile | undefined> {
  const text = await readText(path, mostRuleBytes, links);
  return text === undefined ? undefined : { path, text };
}

async function readText(
  path: string,
  mostBytes: number,
  links: ReadRules["links"],
): Promise<string | undefined> {
  try {
    const text = (await readBounded(path, { mostBytes, links })).toString("utf8");
    return text.startsWith("\uFEFF") ? text.slice(1) : text;
  } catch {
    return undefined;
  }
}
