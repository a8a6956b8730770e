/*
 * Keys that sign exported indexes (Ed25519). Each user has one, made when it is first needed, in the data folder and for
 * nobody else; a build server says its own by a file or a variable. A key is known by its fingerprint.
 */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileError, HaypileError } from "../../base/errors.ts";
import { makePrivateFolder, writePrivate } from "../../base/files/private-files.ts";
import { readBoundedSync } from "../../base/files/read-file.ts";
import { hashBytes } from "../../base/files/text-of-file.ts";
import type { Environment } from "../../config/environment/env.ts";
import { readTrustedKeys } from "../../config/file/trusted-keys.ts";

/** The private key itself, as PEM, for machines that keep no files. */
export const keyVariable = "HAYPILE_INDEX_KEY";

const mostKeyBytes = 16_384;

export interface SigningKey {
  /** 32 bytes, base64url. */
  publicKey: string;
  fingerprint: string;
  sign(bytes: Uint8Array): Buffer;
}

export function ownKeyPath(dataFolder: string): string {
  return join(dataFolder, "index-key.pem");
}

/** The fingerprint of a public key: the first 128 bits of its SHA-256, hex. */
export function fingerprintOf(publicKey: string): string {
  return hashBytes(Buffer.from(publicKey, "base64url"));
}

/** A fingerprint as a person may write it: in groups, in capitals; undefined: it is none. */
export function fingerprintIn(said: string): string | undefined {
  const plain = said.replaceAll(/[\s:-]/g, "").toLowerCase();
  return /^[0-9a-f]{32}$/u.test(plain) ? plain : undefined;
}

/**
 * The key that signs: of a file, else of the variable, else the user's own, which is made where there is none.
 * @throws HaypileError HAYPILE_USAGE for what is no such key, HAYPILE_PATH_MISSING, HAYPILE_PERMISSION, HAYPILE_DISK_FULL
 */
export function signingKey(environment: Environment, keyFile?: string): SigningKey {
  if (keyFile !== undefined) return keyIn(readKey(keyFile), keyFile);
  const said = environment.variables[keyVariable];
  if (said !== undefined && said !== "") return keyIn(said, keyVariable);
  const own = ownKeyPath(environment.dataFolder);
  if (!existsSync(own)) makeKey(own, environment.dataFolder);
  return keyIn(readKey(own), own);
}

/** Whether a signature over these bytes is of the key; false for a key that is none. */
export function isSignedBy(publicKey: string, bytes: Uint8Array, signature: Uint8Array): boolean {
  try {
    const key = createPublicKey({
      key: { kty: "OKP", crv: "Ed25519", x: publicKey },
      format: "jwk",
    });
    return verify(null, bytes, key, signature);
  } catch {
    return false;
  }
}

/** The user trusts this key, or has it. */
export function isTrustedKey(environment: Environment, fingerprint: string): boolean {
  if (readTrustedKeys(environment.dataFolder).has(fingerprint)) return true;
  return ownFingerprints(environment).includes(fingerprint);
}

/** Of the keys this user signs with: those that are there, none is made for it. */
export function ownFingerprints(environment: Environment): string[] {
  const found: string[] = [];
  const own = ownKeyPath(environment.dataFolder);
  const said = environment.variables[keyVariable];
  for (const read of [
    () => (existsSync(own) ? keyIn(readKey(own), own) : undefined),
    () => (said === undefined || said === "" ? undefined : keyIn(said, keyVariable)),
  ]) {
    try {
      const key = read();
      if (key !== undefined) found.push(key.fingerprint);
    } catch {
      // It signs nothing, so it trusts nothing.
    }
  }
  return found;
}

/**
 * Makes a key in a file that is not there yet, for its owner alone.
 * @returns its fingerprint
 * @throws HaypileError HAYPILE_USAGE where something is there, HAYPILE_PERMISSION, HAYPILE_PATH_MISSING, HAYPILE_DISK_FULL
 */
export function makeKey(path: string, folder?: string): string {
  const { privateKey } = generateKeyPairSync("ed25519");
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  try {
    if (folder !== undefined) makePrivateFolder(folder);
    writePrivate(path, pem, "wx");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw fileError(error, `write ${path}`);
    // The user's own key: another process was faster, and its key is as good.
    if (folder === undefined) {
      throw new HaypileError(
        "HAYPILE_USAGE",
        `Expected the name of a new file for the key, but ${path} is there already. Nothing was written. Name another file.`,
        { data: { path } },
      );
    }
  }
  return keyIn(readKey(path), path).fingerprint;
}

function readKey(path: string): string {
  try {
    const rules = { mostBytes: mostKeyBytes, links: "follow" } as const;
    return readBoundedSync(path, rules).toString("utf8");
  } catch (error) {
    throw fileError(error, `read the key ${path}`);
  }
}

/** @param from where it was said, for the message: the key itself is never shown */
function keyIn(said: string, from: string): SigningKey {
  let key: KeyObject | undefined;
  try {
    // Some places that keep secrets give line ends back as two letters.
    key = createPrivateKey(said.includes("\n") ? said : said.replaceAll("\\n", "\n"));
  } catch {
    // Told below.
  }
  const publicKey =
    key?.asymmetricKeyType === "ed25519"
      ? createPublicKey(key).export({ format: "jwk" }).x
      : undefined;
  if (key === undefined || publicKey === undefined) {
    throw new HaypileError(
      "HAYPILE_USAGE",
      `Expected a private key (Ed25519, PEM, without a password) in ${from}, but what is there is none. Make one with "haypile index key FILE".`,
      { data: { from } },
    );
  }
  const signer = key;
  return {
    publicKey,
    fingerprint: fingerprintOf(publicKey),
    sign: (bytes) => sign(null, bytes, signer),
  };
}
