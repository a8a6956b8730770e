/* Puts the entry "haypile" into a client's file, or takes it out. No other entry is ever touched. */
import { basename } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { HaypileError } from "../../base/errors.ts";
import { readTable, setTable } from "../../config/file/edit-table.ts";
import { commit } from "./commit.ts";
import { missingOn, readEntry, setEntry } from "./edit-json.ts";
import type { Outcome, Part, PlannedPart } from "./parts.ts";
import { PlannedFiles } from "./planned-files.ts";
import { type Client, entryOf, type Places, type ServerCommand } from "./table.ts";

const entryName = "haypile";

export interface Installed {
  client: string;
  part: Part;
  file: string;
  outcome: Outcome;
  /** The file as it was; undefined: it was not there, or nothing was written. */
  backup: string | undefined;
}

/**
 * The entry of the server alone, in the file of the user.
 *
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
  const files = new PlannedFiles();
  const planned = planServer(client, command, files, client.file(places));
  const [changed] = files.changed;
  const backup =
    dryRun || changed === undefined ? undefined : commit(changed, false, undefined).backup;
  return { ...planned, backup };
}

/**
 * What becomes of the entry.
 * @param command undefined takes it out
 * @throws HaypileError as install()
 */
export function planServer(
  client: Client,
  command: ServerCommand | undefined,
  files: PlannedFiles,
  path: string,
): PlannedPart {
  const planned = files.open(path);
  const { file } = planned;
  const text = planned.after ?? "";
  const found = entryIn(client, text, file);
  if (found !== undefined && !isOurs(found)) {
    throw new HaypileError(
      "HAYPILE_CONFIG_INVALID",
      `Expected the server "${entryName}" in ${file} to be Haypile, but it starts something else. Rename it there; nothing was changed.`,
      { data: { path: file } },
    );
  }
  const part = `${client.name} server`;
  const as = (outcome: Outcome): PlannedPart => ({
    client: client.name,
    part: "server",
    file,
    outcome,
  });
  if (found !== undefined) planned.hadOurs = true;
  if (command === undefined && found === undefined) return as("absent");
  // Cloned, because parsers give objects without a prototype, which count as different.
  const known = structuredClone(found) as object | undefined;
  const wanted = command && { ...known, ...entryOf(client, command) };
  if (wanted !== undefined && isDeepStrictEqual(known, wanted)) return as("unchanged");
  if (wanted === undefined) planned.removed.add(part);
  else planned.added.add(part);
  if (wanted !== undefined && client.format === "json") {
    planned.made.push(...missingOn(text, [client.key], file).map((way) => way.map(String)));
  }
  planned.after = textWith(client, text, wanted, file);
  if (wanted === undefined) return as("removed");
  return as(found === undefined ? "added" : "updated");
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
