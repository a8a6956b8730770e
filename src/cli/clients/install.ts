/* Puts the entry "haypile" into a client's file, or takes it out. No other entry is ever touched. */
import { copyFileSync } from "node:fs";
import { basename } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { fileError, HaypileError } from "../../base/errors.ts";
import { readBoundedSync } from "../../base/files/read-file.ts";
import { readTable, setTable } from "../../config/file/edit-table.ts";
import { writeAtomically } from "../../config/file/write-file.ts";
import { readEntry, setEntry } from "./edit-json.ts";
import { type Client, entryOf, type Places, type ServerCommand } from "./table.ts";

const entryName = "haypile";
/** Some clients keep what was said in the same file. */
const mostBytes = 256_000_000;

export type Outcome = "added" | "updated" | "unchanged" | "removed" | "absent";

export interface Installed {
  client: string;
  file: string;
  outcome: Outcome;
  /** The file as it was; undefined: it was not there, or nothing was written. */
  backup: string | undefined;
}

/**
 * @param command undefined takes the entry out
 * @param options dryRun: nothing is written
 * @throws HaypileError HAYPILE_CONFIG_INVALID for a file that is broken, or whose entry "haypile" is another
 *   server; HAYPILE_PERMISSION, HAYPILE_DISK_FULL, HAYPILE_IO
 */
export function install(
  client: Client,
  command: ServerCommand | undefined,
  places: Places,
  { dryRun = false }: { dryRun?: boolean | undefined } = {},
): Installed {
  const file = client.file(places);
  const before = readText(file);
  const found = entryIn(client, before ?? "", file);
  if (found !== undefined && !isOurs(found)) {
    throw new HaypileError(
      "HAYPILE_CONFIG_INVALID",
      `Expected the server "${entryName}" in ${file} to be Haypile, but it starts something else. Rename it there; nothing was changed.`,
      { data: { path: file } },
    );
  }
  const done = (outcome: Outcome, backup?: string): Installed => ({
    client: client.name,
    file,
    outcome,
    backup,
  });
  if (command === undefined && found === undefined) return done("absent");
  // Cloned, because parsers give objects without a prototype, which count as different.
  const known = structuredClone(found) as object | undefined;
  const wanted = command && { ...known, ...entryOf(client, command) };
  if (wanted !== undefined && isDeepStrictEqual(known, wanted)) return done("unchanged");
  const after = textWith(client, before ?? "", wanted, file);
  let outcome: Outcome = "removed";
  if (wanted !== undefined) outcome = found === undefined ? "added" : "updated";
  if (dryRun) return done(outcome);
  const backup = before === undefined ? undefined : `${file}.haypile-backup`;
  if (backup !== undefined) {
    try {
      copyFileSync(file, backup);
    } catch (error) {
      throw fileError(error, `write ${backup}`);
    }
  }
  writeAtomically(file, after, "theirs");
  return done(outcome, backup);
}

/** The entry as it stands in a file of the client that has no other. */
export function snippet(client: Client, command: ServerCommand): string {
  return textWith(client, "", entryOf(client, command), client.name);
}

function entryIn(client: Client, text: string, file: string): unknown {
  return client.format === "json"
    ? readEntry(text, [client.key, entryName], file)
    : readTable(text, client.key, entryName, file);
}

function textWith(
  client: Client,
  text: string,
  entry: Record<string, unknown> | undefined,
  file: string,
): string {
  if (client.format === "json") return setEntry(text, [client.key, entryName], entry, file);
  const values = entry && {
    command: entry.command as string,
    args: entry.args as string[],
  };
  return setTable(text, client.key, entryName, values, file);
}

/** An entry that starts Haypile, in whatever way. */
function isOurs(entry: unknown): boolean {
  const { command, args } = (entry ?? {}) as { command?: unknown; args?: unknown };
  const words = [command, ...(Array.isArray(args) ? args : [])];
  return words.some((word) => typeof word === "string" && /^@?haypile/.test(basename(word)));
}

function readText(file: string): string | undefined {
  try {
    return readBoundedSync(file, { mostBytes, links: "follow" }).toString("utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw fileError(error, `read ${file}`);
  }
}
