/* The driver of SQLite, loaded when it is needed, and its types as they are called here. */
import { win32 } from "node:path";
import type Driver from "better-sqlite3";
import { HaypileError } from "../../../base/errors.ts";
import { assertNodeVersion } from "../../../base/package/node-version.ts";
import { nativePackages, requireHere } from "../../../base/package/own-package.ts";

export type Database = Driver.Database;
export type Statement = Driver.Statement;

/** Older ones can lose committed transactions of a write-ahead log. */
const oldestSqlite = "3.51.3";

/** The longest path that SQLite opens by itself on Windows, which puts endings after it. */
const longestPlain = 240;

/** A path as SQLite takes it: one that is long for Windows is said past the rules of Win32. */
export function sqliteName(path: string, platform: string = process.platform): string {
  const isLong = platform === "win32" && path.length > longestPlain;
  return isLong ? win32.toNamespacedPath(path) : path;
}

let loadedDriver: typeof Driver | undefined;

/**
 * Loads better-sqlite3 at its first use, so that importing Haypile loads no SQLite.
 *
 * @throws HaypileError HAYPILE_NODE_TOO_OLD, HAYPILE_NATIVE_MISSING, HAYPILE_DB_SQLITE_TOO_OLD
 */
export function loadDriver(): typeof Driver {
  assertNodeVersion();
  if (loadedDriver !== undefined) return loadedDriver;
  const tried: string[] = [];
  let cause: unknown;
  for (const name of driverPackages()) {
    try {
      const driver = requireHere(name) as typeof Driver;
      const db = new driver(":memory:");
      const version = db.prepare("SELECT sqlite_version()").pluck().get() as string;
      db.close();
      assertSqliteVersion(version);
      loadedDriver = driver;
      return driver;
    } catch (error) {
      if (HaypileError.isInstance(error)) throw error;
      cause = error;
      const [message = ""] = (error as Error).message.split("\n");
      tried.push(`${name}: ${message}`);
    }
  }
  throw new HaypileError(
    "HAYPILE_NATIVE_MISSING",
    `The SQLite driver could not be loaded. Install Haypile again on this machine ("npm install"), or, where optional packages are left out, add "npm install ${nativePackages()[0]}".\nTried:\n  ${tried.join("\n  ")}`,
    { cause, data: { tried } },
  );
}

/** Gone when it is closed. @throws HaypileError as loadDriver() */
export function databaseInMemory(): Database {
  const driver = loadDriver();
  return new driver(":memory:");
}

/** In the package of this platform; then the driver with all its builds, which a clone has. */
function driverPackages(): string[] {
  const inside = nativePackages().map((name) => `${name}/better-sqlite3/lib/index.js`);
  return [...inside, "better-sqlite3"];
}

/** @throws HaypileError HAYPILE_DB_SQLITE_TOO_OLD */
export function assertSqliteVersion(version: string): void {
  const numbers = (text: string): number =>
    text.split(".").reduce((sum, part) => sum * 1_000 + Number.parseInt(part, 10), 0);
  if (numbers(version) >= numbers(oldestSqlite)) return;
  throw new HaypileError(
    "HAYPILE_DB_SQLITE_TOO_OLD",
    `SQLite ${oldestSqlite} or newer is needed, this is ${version}, which can lose committed data. Install better-sqlite3 13 or newer.`,
    { data: { version, oldestSqlite } },
  );
}
