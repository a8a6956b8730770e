/* Listing, getting and checking models, for the faces. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { HaypileError } from "../../base/errors.ts";
import { readEnvironment } from "../../config/environment/env.ts";
import { modelsFolder } from "../../config/places/paths.ts";
import { type DownloadProgress, downloadModel } from "../../models/download.ts";
import { findFolder, findWholeFolder, locateModel, locateWhole } from "../../models/files.ts";
import { findModel, models } from "../../models/registry.ts";
import { verifyFiles } from "../../models/verify.ts";
import type { DownloadResult } from "../../ports/answers/index-facts.ts";
import { readConfiguration } from "../configure.ts";

export interface ListedModel {
  name: string;
  kind: string;
  dimensions: number;
  licence: string;
  quantisation: string;
  /** "package" or "downloaded"; undefined = not on this machine. */
  source: string | undefined;
  folder: string | undefined;
  /** Size of its files, bytes; 0 when it is not here. */
  bytes: number;
  /** Folder of its whole weights, where these are installed beside 8-bit ones. */
  wholeFolder: string | undefined;
  /** Size of that folder, bytes; 0 when it is not here. */
  wholeBytes: number;
}

/** Every known model, and whether it is here. */
export async function listModels(): Promise<ListedModel[]> {
  const folder = modelsFolder(readEnvironment().dataFolder);
  return await Promise.all(
    models.map(async (record) => {
      const found = findFolder(record, folder);
      const whole = findWholeFolder(record, folder);
      return {
        name: record.name,
        kind: record.kind,
        dimensions: record.dimensions,
        licence: record.licence,
        quantisation: record.quantisation,
        source: found?.source,
        folder: found?.folder,
        bytes: found === undefined ? 0 : await folderBytes(found.folder),
        wholeFolder: whole?.folder,
        wholeBytes: whole === undefined ? 0 : await folderBytes(whole.folder),
      };
    }),
  );
}

/**
 * Downloads a model: the one thing in Haypile that opens a connection.
 * @throws HaypileError HAYPILE_MODEL_UNKNOWN, HAYPILE_DOWNLOAD_FAILED, HAYPILE_ABORTED
 */
export async function addModel(
  name: string,
  options: {
    endpoint?: string | undefined;
    signal?: AbortSignal | undefined;
    onProgress?: ((progress: DownloadProgress) => void) | undefined;
  } = {},
): Promise<DownloadResult> {
  const environment = readEnvironment();
  const record = findModel(name);
  const { settings } = readConfiguration(".", {}, environment);
  const network = settings["model.network"];
  if (network.value === false) {
    throw new HaypileError(
      "HAYPILE_DOWNLOAD_FAILED",
      `Expected to be allowed to open connections, but model.network is false (${network.origin} ${network.from}). Set it to true there, or copy the model's files here.`,
      { data: { option: "model.network", origin: network.origin, from: network.from } },
    );
  }
  return await downloadModel({
    record,
    endpoint: (
      options.endpoint ??
      settings["model.endpoint"].value ??
      environment.hubEndpoint
    ).replace(/\/+$/, ""),
    modelsFolder: modelsFolder(environment.dataFolder),
    proxy: environment.proxy,
    signal: options.signal,
    onProgress: options.onProgress,
  });
}

export interface VerifiedModel {
  name: string;
  folder: string;
  files: number;
}

/**
 * Compares the files of one model, or of every model on this machine, with their checksums.
 * @throws HaypileError HAYPILE_MODEL_DAMAGED, HAYPILE_MODEL_MISSING, HAYPILE_MODEL_UNKNOWN
 */
export async function verifyModels(name?: string): Promise<VerifiedModel[]> {
  const folder = modelsFolder(readEnvironment().dataFolder);
  const wanted =
    name === undefined
      ? models.filter((record) => findFolder(record, folder) !== undefined)
      : [findModel(name)];
  const verified: VerifiedModel[] = [];
  for (const record of wanted) {
    const model = await locateModel({ model: record.name, modelsFolder: folder });
    if (model.checksums === undefined) {
      throw new HaypileError(
        "HAYPILE_MODEL_DAMAGED",
        `The model folder ${model.folder} has no checksums.json to compare with. Get the model's files again.`,
      );
    }
    await verifyFiles(model.folder, model.checksums);
    verified.push({
      name: record.name,
      folder: model.folder,
      files: Object.keys(model.checksums).length,
    });
    const whole = await locateWhole(record, folder);
    if (whole?.checksums === undefined) continue;
    await verifyFiles(whole.folder, whole.checksums);
    const files = Object.keys(whole.checksums).length;
    verified.push({ name: `${record.name} fp32`, folder: whole.folder, files });
  }
  return verified;
}

async function folderBytes(folder: string): Promise<number> {
  const names = await readdir(folder);
  const sizes = await Promise.all(names.map(async (file) => (await stat(join(folder, file))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
