/* Gathers the layers of a folder: user file, project file, environment, and what the caller said. */
import { lstatSync } from "node:fs";
import { dirname, join } from "node:path";
import { HaypileError } from "../base/errors.ts";
import { hasGitEntry } from "../base/files/repository.ts";
import { realPathSync } from "../base/paths/real-path.ts";
import type { HostFacts } from "../host/facts.ts";
import type { Disk } from "../host/read-facts.ts";
import type { Environment } from "./environment/env.ts";
import { stateOf } from "./environment/given.ts";
import { type OptionFile, readOptionFile } from "./file/read-file.ts";
import { isTrusted, trustFile } from "./file/trust.ts";
import { withMarksThatFit } from "./marks-that-fit.ts";
import type { OptionValue } from "./options/option-row.ts";
import { type OptionName, optionNames, rowOf } from "./options/options.ts";
import { readValue } from "./options/values.ts";
import { fileName, foldersUpward, userFile } from "./places/paths.ts";
import { type OptionLayer, type Resolved, resolveSettings } from "./resolve.ts";

export interface ConfigRequest {
  /** Whose project file counts: the nearest at or above it. Undefined: no project file. */
  folder: string | undefined;
  environment: Environment;
  /** What the caller or the command line said, by option. */
  said: ReadonlyMap<OptionName, unknown>;
  facts: HostFacts;
  disk: Disk | undefined;
}

export interface Configuration extends Resolved {
  facts: HostFacts;
  /** The user's file, whether it is there or not. */
  userFile: { path: string; exists: boolean };
  projectFile: { path: string; isTrusted: boolean } | undefined;
}

/**
 * What every option is for a folder.
 * @throws HaypileError HAYPILE_CONFIG_INVALID for files and variables, HAYPILE_USAGE for what the
 *   caller said, HAYPILE_PERMISSION, HAYPILE_IO
 */
export function loadConfiguration(request: ConfigRequest): Configuration {
  const { environment, facts, disk } = request;
  const userPath = userFile(environment.configFolder);
  const user = readOptionFile(userPath, "user");
  const projectPath = findProjectFile(request.folder, environment);
  const project = projectPath === undefined ? undefined : readOptionFile(projectPath, "project");
  const isTrustedFile =
    project !== undefined && isTrusted(environment.dataFolder, project.path, project.text);
  const layers: OptionLayer[] = [];
  if (user !== undefined) layers.push(fileLayer("user file", user));
  if (project !== undefined) {
    layers.push({ ...fileLayer("project file", project), isUntrusted: !isTrustedFile });
  }
  layers.push(environmentLayer(environment), flagLayer(request.said));
  const resolved = resolveSettings(facts, disk, layers);
  return {
    ...resolved,
    settings: withMarksThatFit(resolved.settings),
    facts,
    userFile: { path: userPath, exists: user !== undefined },
    projectFile: project && { path: project.path, isTrusted: isTrustedFile },
  };
}

/**
 * The nearest haypile.toml at or above a folder that is not the user's own; undefined: none. The search
 * ends at the root of a repository, so that nothing above a clone speaks for it.
 */
export function findProjectFile(
  folder: string | undefined,
  environment: Environment,
): string | undefined {
  if (folder === undefined) return undefined;
  const own = userFile(environment.configFolder);
  for (const at of foldersUpward(folder)) {
    const path = join(at, fileName);
    if (path !== own && isThere(path)) return realPath(path);
    if (hasGitEntry(at)) return undefined;
  }
  return undefined;
}

/** Another one after each change of the file of a folder's project, or of what is trusted; "": there is no such file. */
export function projectState(folder: string, environment: Environment): string {
  const path = findProjectFile(folder, environment);
  if (path === undefined) return "";
  return [path, stateOf(path), stateOf(trustFile(environment.dataFolder))].join("\n");
}

/** A link counts, wherever it leads: it is refused and not passed over. */
function isThere(path: string): boolean {
  try {
    lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

/** The folder's links resolved; the file is named as it lies in the folder, and refused when it is a link. */
function realPath(path: string): string {
  return join(realPathSync(dirname(path)), fileName);
}

function fileLayer(origin: "user file" | "project file", file: OptionFile): OptionLayer {
  return { origin, values: file.values, from: () => file.path };
}

function environmentLayer({ variables }: Environment): OptionLayer {
  const values = new Map<OptionName, OptionValue>();
  for (const name of optionNames) {
    const { env } = rowOf(name);
    const raw = variables[env];
    if (raw === undefined || raw === "") continue;
    values.set(name, readValue(name, raw, { where: `in ${env}`, code: "HAYPILE_CONFIG_INVALID" }));
  }
  return { origin: "environment", values, from: (name) => rowOf(name).env };
}

function flagLayer(said: ReadonlyMap<OptionName, unknown>): OptionLayer {
  const from = (name: OptionName): string => {
    const { flag, key } = rowOf(name);
    return /--[a-z-]+/.exec(flag ?? "")?.[0] ?? key ?? name;
  };
  const values = new Map<OptionName, OptionValue>();
  for (const [name, raw] of said) {
    if (raw === undefined) continue;
    values.set(name, readValue(name, raw, { where: `by ${from(name)}`, code: "HAYPILE_USAGE" }));
  }
  return { origin: "flag", values, from };
}

/** One line about what an untrusted file could not do; undefined: nothing was left out. */
export function trustNote(configuration: Configuration): string | undefined {
  const { ignored, projectFile } = configuration;
  if (ignored.length === 0 || projectFile === undefined) return undefined;
  return `${projectFile.path} is not trusted, so ${ignored.join(", ")} of it ${ignored.length === 1 ? "was" : "were"} left out. Read it, then run "haypile config trust ${dirname(projectFile.path)}".`;
}

/** @throws HaypileError HAYPILE_PATH_MISSING */
export function requireProjectFile(folder: string, environment: Environment): string {
  const path = findProjectFile(folder, environment);
  if (path !== undefined) return path;
  throw new HaypileError(
    "HAYPILE_PATH_MISSING",
    `There is no ${fileName} in ${folder} or above it. Make one with "haypile config init --project".`,
    { data: { folder } },
  );
}
