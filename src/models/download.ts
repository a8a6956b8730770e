/*
 * Gets a model's files from a hub, only when the user asks. Files come into ".part" files that a
 * later try goes on with, are checked (size, SHA-256) and then renamed; the model counts as there
 * when its checksums.json is, which is written last.
 */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as wait } from "node:timers/promises";
import { fileError, HaypileError } from "../base/errors.ts";
import { removeFileLater, replaceFileLater } from "../base/files/patient.ts";
import {
  makePrivateFolder,
  privateWriteStream,
  writePrivate,
} from "../base/files/private-files.ts";
import { readBounded } from "../base/files/read-file.ts";
import type { DownloadResult } from "../ports/answers/index-facts.ts";
import type { Checksums } from "./files.ts";
import { type Get, makeGetter, type Proxies } from "./http.ts";
import type { HubFile, ModelRecord } from "./registry.ts";
import { fileSha256 } from "./verify.ts";

const tries = 3;
const firstPauseMs = 500;
const idleMs = 30_000;

export interface DownloadProgress {
  file: string;
  bytesDone: number;
  bytesTotal: number | undefined;
}

export interface DownloadRequest {
  record: ModelRecord;
  /** Base address of the hub, without a slash at its end. */
  endpoint: string;
  modelsFolder: string;
  proxy?: Proxies | undefined;
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: DownloadProgress) => void) | undefined;
  /** Pause before the second try, milliseconds; doubled before each further one. */
  pauseMs?: number | undefined;
}

/** @throws HaypileError HAYPILE_DOWNLOAD_FAILED, HAYPILE_ABORTED, HAYPILE_DISK_FULL, HAYPILE_PERMISSION */
export async function downloadModel(request: DownloadRequest): Promise<DownloadResult> {
  const { record, modelsFolder } = request;
  if (record.hub === undefined) {
    throw new HaypileError(
      "HAYPILE_DOWNLOAD_FAILED",
      `${record.name} is not downloaded: it comes as the npm package ${record.package}.`,
    );
  }
  const folder = join(modelsFolder, record.name);
  try {
    makePrivateFolder(folder);
  } catch (error) {
    throw fileError(error, `make the folder ${folder}`);
  }
  const getter = await makeGetter(request.proxy);
  const checksums: Checksums = {};
  const unverified: string[] = [];
  try {
    for (const file of record.hub.files) {
      const address = `${request.endpoint}/${record.hub.repository}/resolve/${record.hub.revision}/${file.path}`;
      const got = await getFile(getter.get, address, file, folder, request);
      checksums[file.saveAs] = { bytes: got.bytes, sha256: got.sha256 };
      if (!got.verified) unverified.push(file.saveAs);
    }
  } finally {
    await getter.close();
  }
  writePrivate(join(folder, "model.json"), `${JSON.stringify(describe(record), undefined, 2)}\n`);
  writePrivate(join(folder, "checksums.json"), `${JSON.stringify(checksums, undefined, 2)}\n`);
  const bytes = Object.values(checksums).reduce((sum, file) => sum + file.bytes, 0);
  return { name: record.name, folder, bytes, unverified };
}

function describe(record: ModelRecord): Record<string, unknown> {
  const { name, kind, dimensions, maxTokens, pooling, prefixes, quantisation, licence } = record;
  return { name, kind, dimensions, maxTokens, pooling, prefixes, quantisation, licence };
}

interface GotFile {
  bytes: number;
  sha256: string;
  verified: boolean;
}

async function getFile(
  get: Get,
  address: string,
  file: HubFile,
  folder: string,
  request: DownloadRequest,
): Promise<GotFile> {
  let pauseMs = request.pauseMs ?? firstPauseMs;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await tryFile(get, address, file, folder, request);
    } catch (error) {
      const failure = asFailure(error, address, request.signal);
      if (!(failure.data.again === true) || attempt === tries) throw failure;
      await wait(pauseMs, undefined, request.signal ? { signal: request.signal } : {}).catch(
        () => {},
      );
      pauseMs *= 2;
    }
  }
}

async function tryFile(
  get: Get,
  address: string,
  file: HubFile,
  folder: string,
  { signal, onProgress }: DownloadRequest,
): Promise<GotFile> {
  const target = join(folder, file.saveAs);
  const part = `${target}.part`;
  const have = await stat(part).then(
    (stats) => stats.size,
    () => 0,
  );
  // The version the part is of. A server that has another by now sends the whole file.
  const tagFile = `${part}.etag`;
  const tag = await readBounded(tagFile, { mostBytes: 4_096, links: "follow" }).then(
    (bytes) => bytes.toString("utf8"),
    () => undefined,
  );
  // A stalled connection ends after a while without bytes; `idle` is pushed back by each piece.
  const idle = new AbortController();
  const timer = setTimeout(() => idle.abort(), idleMs);
  try {
    const { response, stated } = await get(address, {
      headers: {
        "accept-encoding": "identity",
        ...(have > 0 && { range: `bytes=${have}-` }),
        ...(have > 0 && tag !== undefined && { "if-range": tag }),
      },
      signal: signal === undefined ? idle.signal : AbortSignal.any([signal, idle.signal]),
    });
    const resumed = response.status === 206;
    if (response.status === 416) {
      await response.body?.cancel();
      await removeFileLater(part);
      throw again(`${address} has changed since the last try.`);
    }
    if (!response.ok || response.body === null) {
      await response.body?.cancel();
      throw refused(response.status, address);
    }
    await keepTag(tagFile, response.headers.get("etag"));

    const length = Number(response.headers.get("content-length") ?? Number.NaN);
    const start = resumed ? have : 0;
    const total =
      file.bytes ?? stated.bytes ?? (Number.isFinite(length) ? start + length : undefined);
    let bytesDone = start;
    const body = Readable.fromWeb(response.body as never);
    body.on("data", (piece: Buffer) => {
      bytesDone += piece.length;
      timer.refresh();
      onProgress?.({ file: file.saveAs, bytesDone, bytesTotal: total });
    });
    await pipeline(body, privateWriteStream(part, resumed ? "a" : "w"));
    return await accept(part, target, address, {
      bytes: total,
      sha256: file.sha256 ?? stated.sha256,
    });
  } finally {
    clearTimeout(timer);
  }
}

async function accept(
  part: string,
  target: string,
  address: string,
  expected: { bytes: number | undefined; sha256: string | undefined },
): Promise<GotFile> {
  const { size } = await stat(part);
  if (expected.bytes !== undefined && size < expected.bytes) {
    throw again(`${address} ended after ${size} of ${expected.bytes} bytes.`);
  }
  const sha256 = await fileSha256(part);
  const sizeDiffers = expected.bytes !== undefined && size !== expected.bytes;
  if (sizeDiffers || (expected.sha256 !== undefined && sha256 !== expected.sha256)) {
    await removeFileLater(part);
    const wanted = sizeDiffers ? `${expected.bytes} bytes` : `SHA-256 ${expected.sha256}`;
    const found = sizeDiffers ? `${size} bytes` : sha256;
    throw new HaypileError(
      "HAYPILE_DOWNLOAD_FAILED",
      `What ${address} gave is not the expected file: expected ${wanted}, found ${found}. It was removed; try again or use another --endpoint.`,
      { data: { address, expected: wanted, found } },
    );
  }
  await replaceFileLater(part, target);
  await removeFileLater(`${part}.etag`);
  return { bytes: size, sha256, verified: expected.sha256 !== undefined };
}

/** Only a strong tag says that two answers are the same byte for byte. */
async function keepTag(path: string, tag: string | null): Promise<void> {
  if (tag !== null && !tag.startsWith("W/")) writePrivate(path, tag);
  else await removeFileLater(path);
}

function refused(status: number, address: string): HaypileError {
  const advice =
    status === 404
      ? "There is no such file there. Check --endpoint."
      : status === 401 || status === 403
        ? "It wants a login, which Haypile does not do. Get the files by hand and use --model-dir."
        : "Try again later.";
  const message = `${address} answered with status ${status}. ${advice}`;
  return status >= 500 || status === 429
    ? again(message)
    : new HaypileError("HAYPILE_DOWNLOAD_FAILED", message, { data: { address, status } });
}

function again(message: string): HaypileError {
  return new HaypileError("HAYPILE_DOWNLOAD_FAILED", message, { data: { again: true } });
}

function asFailure(error: unknown, address: string, signal: AbortSignal | undefined): HaypileError {
  if (HaypileError.isInstance(error)) return error;
  if (signal?.aborted === true) {
    return new HaypileError(
      "HAYPILE_ABORTED",
      "The download was stopped. What came is kept; the next try goes on from there.",
    );
  }
  const errno = (error as NodeJS.ErrnoException).code;
  if (errno !== undefined && ["ENOSPC", "EDQUOT", "EACCES", "EPERM", "EROFS"].includes(errno)) {
    return fileError(error, "write the model's files");
  }
  const cause = (
    error as { cause?: { message?: string | undefined; code?: string | undefined } | undefined }
  ).cause;
  const reason = cause?.message ?? cause?.code ?? (error as Error).message;
  return new HaypileError(
    "HAYPILE_DOWNLOAD_FAILED",
    `${address} could not be read: ${reason}. Check the connection and run it again: it goes on from where it stopped.`,
    { cause: error, data: { again: true, address } },
  );
}
