/*
 * Writes an exported index: a line that names the format, the length of the manifest, the manifest, a signature over all
 * of that, and the records. It is written beside its name and takes it when it is whole and on the disk.
 */
import { createHash } from "node:crypto";
import { closeSync, fsyncSync, lstatSync, type Stats } from "node:fs";
import { dirname } from "node:path";
import { fileError, HaypileError } from "../../base/errors.ts";
import { removeFile, replaceFile } from "../../base/files/patient.ts";
import { flushFolder, openPrivate } from "../../base/files/private-files.ts";
import { randomDigits } from "../../base/text/sha256.ts";
import { assertRoom, writeAll } from "./disk.ts";
import type { SigningKey } from "./keys.ts";
import { artefactFormat, type Manifest, signatureBytes } from "./manifest.ts";
import { beginsLikeOurs } from "./read-file.ts";
import { encodeRecord, recordBytes, type VectorRecord } from "./records.ts";

/** Room beside the file, so that the disk is not filled to its last byte. */
const spareBytes = 1024 * 1024;

/** What is signed, and stands before the signature. */
export function headOf(manifest: Manifest): Buffer {
  const said = Buffer.from(JSON.stringify(manifest), "utf8");
  const length = String(said.length).padStart(8, "0");
  return Buffer.concat([Buffer.from(`haypile index ${artefactFormat}\n${length}\n`), said]);
}

export interface WriteRequest {
  /** Absolute. */
  file: string;
  /** All but what its records say. */
  manifest: Omit<Manifest, "body">;
  key: SigningKey;
  /** As many as the manifest says, in the order of their hashes. */
  pages: AsyncIterable<readonly VectorRecord[]>;
}

/**
 * @returns size of the file, bytes
 * @throws HaypileError HAYPILE_USAGE where something else has the name, HAYPILE_PATH_MISSING, HAYPILE_PERMISSION,
 *   HAYPILE_DISK_FULL, HAYPILE_IO; what `pages` throws
 */
export async function writeArtefact({ file, manifest, key, pages }: WriteRequest): Promise<number> {
  const { dimensions } = manifest.model;
  const each = recordBytes(dimensions);
  // The sum is as long as any other: what is written in its place later fits.
  const space = headOf({ ...manifest, body: "0".repeat(64) }).length + signatureBytes;
  const bytes = space + manifest.vectors * each;
  assertReplaceable(file);
  await assertRoom(dirname(file), bytes + spareBytes, file);
  const beside = `${file}.${process.pid}-${randomDigits()}.tmp`;
  let written = 0;
  try {
    const out = openPrivate(beside, "wx");
    try {
      let at = space;
      const sum = createHash("sha256");
      for await (const page of pages) {
        const buffer = Buffer.allocUnsafe(page.length * each);
        for (const [i, record] of page.entries()) encodeRecord(record, buffer, i * each);
        sum.update(buffer);
        writeAll(out, buffer, at);
        at += buffer.length;
        written += page.length;
      }
      if (written !== manifest.vectors) {
        throw new Error(`${manifest.vectors} vectors were to be written, and ${written} came`);
      }
      const head = headOf({ ...manifest, body: sum.digest("hex") });
      writeAll(out, Buffer.concat([head, key.sign(head)]), 0);
      fsyncSync(out);
    } finally {
      closeSync(out);
    }
    // It may have been put there meanwhile.
    assertReplaceable(file);
    replaceFile(beside, file);
    flushFolder(dirname(file));
    return bytes;
  } catch (error) {
    removeFile(beside);
    throw fileError(error, `write ${file}`);
  }
}

/** A slip in the name must not cost somebody a file. @throws HaypileError HAYPILE_USAGE */
function assertReplaceable(file: string): void {
  let facts: Stats | undefined;
  try {
    facts = lstatSync(file, { throwIfNoEntry: false });
  } catch (error) {
    throw fileError(error, `write ${file}`);
  }
  if (facts === undefined || (facts.isFile() && beginsLikeOurs(file))) return;
  const what = facts.isSymbolicLink()
    ? "a link"
    : facts.isDirectory()
      ? "a folder"
      : "something else";
  throw new HaypileError(
    "HAYPILE_USAGE",
    `Expected the name of a new file, or of an exported index that is to be replaced, but ${file} is ${what}. Nothing was written. Name another file.`,
    { data: { file } },
  );
}
