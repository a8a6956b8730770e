/*
 * Keys of others whose exported indexes the user trusts: fingerprints in the user's data folder. What such an index says
 * of texts is proved by the texts themselves; that its vectors are theirs can only be believed.
 */
import { join } from "node:path";
import { inTurn } from "../../base/files/in-turn.ts";
import { readBoundedSync } from "../../base/files/read-file.ts";
import { writeAtomically } from "./write-file.ts";

export interface TrustedKey {
  /** Since when, ISO 8601. */
  since: string;
  /** Who said to have made the file it was trusted by; "" where nobody said anything. */
  maker: string;
}

const mostBytes = 1_000_000;

function trustedKeysFile(dataFolder: string): string {
  return join(dataFolder, "trusted-index-keys.json");
}

/** By fingerprint. A list that cannot be read trusts nobody. */
export function readTrustedKeys(dataFolder: string): Map<string, TrustedKey> {
  const keys = new Map<string, TrustedKey>();
  try {
    const rules = { mostBytes, links: "follow" } as const;
    const list: unknown = JSON.parse(
      readBoundedSync(trustedKeysFile(dataFolder), rules).toString("utf8"),
    );
    for (const [key, value] of Object.entries(list as Record<string, Partial<TrustedKey>>)) {
      if (!/^[0-9a-f]{32}$/u.test(key)) continue;
      keys.set(key, { since: String(value?.since ?? ""), maker: String(value?.maker ?? "") });
    }
  } catch {
    return new Map();
  }
  return keys;
}

/** @throws HaypileError HAYPILE_PERMISSION, HAYPILE_DISK_FULL, HAYPILE_IO */
export function trustKey(dataFolder: string, fingerprint: string, maker = ""): void {
  inTurn(dataFolder, () => {
    const keys = readTrustedKeys(dataFolder);
    if (keys.has(fingerprint)) return;
    keys.set(fingerprint, { since: new Date().toISOString(), maker });
    save(dataFolder, keys);
  });
}

/** True when it was trusted before. @throws as trustKey() */
export function distrustKey(dataFolder: string, fingerprint: string): boolean {
  return inTurn(dataFolder, () => {
    const keys = readTrustedKeys(dataFolder);
    if (!keys.delete(fingerprint)) return false;
    save(dataFolder, keys);
    return true;
  });
}

function save(dataFolder: string, keys: ReadonlyMap<string, TrustedKey>): void {
  const text = JSON.stringify(Object.fromEntries(keys), undefined, 2);
  writeAtomically(trustedKeysFile(dataFolder), `${text}\n`);
}
