/* Looks through what is stored: the memories of the user, and every index on this machine. */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { HaypileError } from "../../base/errors.ts";
import { modelInWords } from "../../base/model-name.ts";
import { defaultDatabasePath, memoriesPath, modelsFolder } from "../../config/places/paths.ts";
import { isOnNetwork } from "../../host/network-disk.ts";
import { locateModel, nameOf } from "../../models/files.ts";
import { isKnownModel } from "../../models/registry.ts";
import { checkIndexDatabase } from "../../storage/sqlite/file/check-index.ts";
import { IndexModel } from "../../storage/sqlite/file/index-model.ts";
import { checkMemoryDatabase } from "../../storage/sqlite/memories/file/check.ts";
import { isOf } from "../migration/target.ts";
import type { Check } from "../types.ts";

/**
 * @param dataFolder where memories and indexes lie
 * @param elsewhere what the settings keep on a server: the files are looked at all the same, and said to be files
 */
export function checkData(
  dataFolder: string,
  elsewhere: { memories: boolean; indexes: boolean } = { memories: false, indexes: false },
): Check[] {
  const inFiles = (isElsewhere: boolean, check: Check): Check =>
    isElsewhere && check.state === "ok"
      ? { ...check, detail: `in files of this machine: ${check.detail}` }
      : check;
  return [
    ...networkCheck(dataFolder),
    inFiles(elsewhere.memories, memoriesCheck(memoriesPath(dataFolder))),
    ...indexChecks(dataFolder).map((check) => inFiles(elsewhere.indexes, check)),
  ];
}

function networkCheck(dataFolder: string): Check[] {
  if (isOnNetwork(dataFolder) !== true) return [];
  const detail = `${dataFolder} is on a disk of another machine: two machines that use it at once can damage what is stored. HAYPILE_DATA_DIR names a folder of this machine`;
  return [{ name: "data folder", state: "note", detail }];
}

/** Indexes whose vectors are of another format than their model makes here, or whose model is not here. */
export async function formatChecks(dataFolder: string): Promise<Check[]> {
  const folder = join(defaultDatabasePath(dataFolder, ""), "..");
  const files = namesIn(folder).filter((file) => file.endsWith(".db"));
  const found = await Promise.all(
    files.map(async (file) => await formatCheck(join(folder, file), modelsFolder(dataFolder))),
  );
  return found.flatMap((detail, at) =>
    detail === undefined ? [] : [{ name: `vectors of ${files[at]}`, state: "note", detail }],
  );
}

async function formatCheck(path: string, models: string): Promise<string | undefined> {
  const index = new IndexModel(path);
  try {
    const own = index.model();
    if (own === undefined) return undefined;
    const noted = index.folder();
    const isByFolder = noted !== undefined && existsSync(noted);
    if (!isByFolder && !isKnownModel(own.id)) return undefined;
    const query = isByFolder ? { modelFolder: noted } : { model: own.id };
    const here = await locateModel({ ...query, modelsFolder: models });
    const model = nameOf(here);
    if (isOf({ model, saysVectors: here.saysVectors }, own)) return undefined;
    return `they are of ${modelInWords(own)}, and those made here are of ${modelInWords(model)}: "haypile index" or "haypile migrate-model" makes them anew`;
  } catch (error) {
    const isMissing = HaypileError.isInstance(error) && error.code === "HAYPILE_MODEL_MISSING";
    // What is wrong with the file itself is told by its own check.
    return isMissing ? `${error.message} "haypile migrate-model" changes to another` : undefined;
  } finally {
    index.close();
  }
}

function memoriesCheck(path: string): Check {
  const name = "memories";
  if (!existsSync(path)) return { name, state: "ok", detail: "none yet" };
  try {
    const { texts, findings } = checkMemoryDatabase(path);
    if (findings.length === 0) {
      const all =
        texts === 1 ? "1 text, as it was written" : `${texts} texts, all as they were written`;
      return { name, state: "ok", detail: all };
    }
    const ways =
      '"haypile memories rescue" makes a good file of what can be read and keeps this one';
    return { name, state: "damaged", detail: `${path}: ${findings.join("; ")}. ${ways}.` };
  } catch (error) {
    return { name, ...failure(error) };
  }
}

function indexChecks(dataFolder: string): Check[] {
  const folder = join(defaultDatabasePath(dataFolder, ""), "..");
  const files = namesIn(folder).filter((file) => file.endsWith(".db"));
  const checks = files.map((file): Check => {
    const name = `index ${file}`;
    try {
      const finding = checkIndexDatabase(join(folder, file));
      if (finding === undefined) return { name, state: "ok", detail: "sound" };
      const way = `Delete it with its -wal and -shm files and index again`;
      return { name, state: "damaged", detail: `${join(folder, file)}: ${finding}. ${way}.` };
    } catch (error) {
      return { name, ...failure(error) };
    }
  });
  const broken = checks.filter(({ state }) => state !== "ok");
  const sound = checks.length - broken.length;
  return [{ name: "indexes", state: "ok", detail: `${sound} sound` }, ...broken];
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

/** What cannot be opened is damaged, unless it is only in use or refused. */
function failure(error: unknown): Pick<Check, "state" | "detail"> {
  const message = error instanceof Error ? error.message : String(error);
  const isOurs = HaypileError.isInstance(error);
  const isDamage =
    isOurs && ["HAYPILE_DB_CORRUPT", "HAYPILE_DB_NOT_A_DATABASE"].includes(error.code);
  const code = isOurs ? ` [${error.code}]` : "";
  return { state: isDamage ? "damaged" : "failed", detail: `${message}${code}` };
}
