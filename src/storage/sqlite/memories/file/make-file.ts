/*
 * Makes the file of memories where there is none: private, and with its tables before it has its name. So a file
 * that is there and empty was made by nobody of ours, or has lost what it held.
 */
import { randomBytes } from "node:crypto";
import { closeSync, linkSync, type Stats, statSync } from "node:fs";
import { removeFile } from "../../../../base/files/patient.ts";
import { makePrivateDatabase, openPrivate } from "../../../../base/files/private-files.ts";
import { log } from "../../../../base/log.ts";
import { connect, makeFolder } from "../../file/open.ts";
import { migrate } from "../../file/schema.ts";
import { memoriesSchema } from "./schema.ts";

/** @throws the driver's error when it cannot be written; what keeps a file from being made shows at its opening */
export function makeFile(path: string): void {
  makeFolder(path);
  const stats = lookAt(path);
  if (stats === "refused") return;
  if (stats?.size === 0 && stats.isFile()) {
    log(
      "warn",
      `${path} is there and empty: new memories begin in it. If it held some, they are gone from it.`,
    );
  }
  if (stats !== undefined) return;
  const making = `${path}.new-${process.pid}-${randomBytes(4).toString("hex")}`;
  try {
    closeSync(openPrivate(making, "wx"));
  } catch {
    return;
  }
  try {
    const db = connect(making, { creates: false });
    try {
      db.pragma("auto_vacuum = INCREMENTAL");
      migrate(db, memoriesSchema.steps, memoriesSchema.applicationId, memoriesSchema.factNames);
    } finally {
      db.close();
    }
    linkSync(making, path);
  } catch (error) {
    // Another process was faster, or this file system has no links: the opening makes the tables then.
    if ((error as NodeJS.ErrnoException).syscall !== "link") throw error;
    makePrivateDatabase(path);
  } finally {
    removeFile(making);
    removeFile(`${making}-journal`);
  }
}

function lookAt(path: string): Stats | undefined | "refused" {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return "refused";
  }
}
