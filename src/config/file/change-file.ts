/* `config set`, `config init` and `config trust` as functions: which file, what becomes of its trust. */
import { HaypileError } from "../../base/errors.ts";
import { inTurn } from "../../base/files/in-turn.ts";
import type { HostFacts } from "../../host/facts.ts";
import { readHostFacts } from "../../host/read-facts.ts";
import type { Environment } from "../environment/env.ts";
import { withMarksThatFit } from "../marks-that-fit.ts";
import { type MarkName, markNames } from "../options/memory-marks.ts";
import type { OptionValue } from "../options/option-row.ts";
import type { OptionName } from "../options/options.ts";
import { readStores } from "../options/store-address.ts";
import { readValue } from "../options/values.ts";
import { userFile } from "../places/paths.ts";
import { type OptionLayer, resolveSettings } from "../resolve.ts";
import { setOption, setStoreOf } from "./edit-file.ts";
import {
  type FileOwner,
  type OptionValues,
  optionOf,
  parseOptions,
  readOptionFile,
  readText,
} from "./read-file.ts";
import { isTrusted, trust } from "./trust.ts";
import { writeAtomically } from "./write-file.ts";

export interface Change {
  path: string;
  name: OptionName;
  value: OptionValue;
}

/**
 * Sets one option in a file, which is made when missing. A file that was trusted, or is new, is trusted
 * after it: the user wrote this line.
 *
 * @param isProject whether trust matters for the file
 * @param facts of this machine, by which a limit that nobody said is known
 * @throws HaypileError HAYPILE_USAGE for key and value, HAYPILE_CONFIG_INVALID for what the file holds
 *   already, HAYPILE_PERMISSION, HAYPILE_DISK_FULL, HAYPILE_IO
 */
export function changeFile(
  path: string,
  key: string,
  text: string,
  isProject: boolean,
  environment: Environment,
  facts: HostFacts = readHostFacts(),
): Change {
  const { dataFolder } = environment;
  const source = { where: 'in "haypile config set"', code: "HAYPILE_USAGE" } as const;
  const namespace = namespaceIn(key);
  const meant: { name: OptionName; raw: unknown } | undefined =
    namespace === undefined
      ? optionOf(key, text, source)
      : { name: storesOption, raw: { [namespace]: text } };
  if (meant === undefined) {
    throw new HaypileError("HAYPILE_USAGE", `${key} is "${text}" anyway; nothing is to be set.`);
  }
  const { name } = meant;
  const value = readValue(name, meant.raw, source);
  return inTurn(dataFolder, () => {
    const before = readText(path, ownerOf(isProject));
    const after =
      namespace === undefined
        ? setOption(before ?? "", name, value, path)
        : setStoreOf(before ?? "", namespace, storeIn(value, namespace), path);
    const check = (text: string): void =>
      assertMarks(path, parseOptions(text, path), isProject, environment, facts);
    // Of marks that are wrong already, each can be put right by itself.
    if (!isMark(name) || isRight(() => check(before ?? ""))) check(after);
    const keepsTrust = isProject && (before === undefined || isTrusted(dataFolder, path, before));
    writeAtomically(path, after, isProject ? "project" : "ours");
    if (keepsTrust) trust(dataFolder, path, after);
    return { path, name, value };
  });
}

const storesOption: OptionName = "memories.stores";

/** "memories.stores.team-*" is the store of these namespaces. */
function namespaceIn(key: string): string | undefined {
  const begin = `${storesOption}.`;
  return key.startsWith(begin) && key.length > begin.length ? key.slice(begin.length) : undefined;
}

function storeIn(value: OptionValue, namespace: string): string {
  return new Map(readStores(value)).get(namespace) as string;
}

const isMark = (name: OptionName): boolean => markNames.includes(name as MarkName);

function isRight(check: () => void): boolean {
  try {
    check();
    return true;
  } catch {
    return false;
  }
}

/** A mark that does not go with the others, or with the limit of this machine, is refused before it stands in the file. */
function assertMarks(
  path: string,
  values: OptionValues,
  isProject: boolean,
  { configFolder }: Environment,
  facts: HostFacts,
): void {
  const layer = (origin: OptionLayer["origin"], from: string, said: OptionValues): OptionLayer => ({
    origin,
    values: said,
    from: () => from,
  });
  const user = isProject ? readOptionFile(userFile(configFolder), "user") : undefined;
  const layers = [
    ...(user === undefined ? [] : [layer("user file", user.path, user.values)]),
    layer(isProject ? "project file" : "user file", path, values),
  ];
  withMarksThatFit(resolveSettings(facts, undefined, layers).settings, "HAYPILE_USAGE");
}

/**
 * Writes a first file. @throws HaypileError HAYPILE_USAGE when there is one, and as changeFile()
 */
export function initFile(
  path: string,
  text: string,
  isProject: boolean,
  { dataFolder }: Environment,
): void {
  inTurn(dataFolder, () => writeFirst(path, text, isProject, dataFolder));
}

function writeFirst(path: string, text: string, isProject: boolean, dataFolder: string): void {
  if (readText(path, ownerOf(isProject)) !== undefined) {
    throw new HaypileError(
      "HAYPILE_USAGE",
      `Expected no file at ${path} yet, but there is one. Change it with "haypile config set", or delete it first.`,
      { data: { path } },
    );
  }
  writeAtomically(path, text, isProject ? "project" : "ours");
  if (isProject) trust(dataFolder, path, text);
}

/**
 * Trusts a project file as it is now. Its content is checked first.
 * @throws HaypileError HAYPILE_CONFIG_INVALID, HAYPILE_PATH_MISSING, and as changeFile()
 */
export function trustProjectFile(path: string, { dataFolder }: Environment): void {
  const text = readText(path, "project");
  if (text === undefined) {
    throw new HaypileError("HAYPILE_PATH_MISSING", `There is no file ${path}. Check the path.`);
  }
  parseOptions(text, path);
  trust(dataFolder, path, text);
}

function ownerOf(isProject: boolean): FileOwner {
  return isProject ? "project" : "user";
}
