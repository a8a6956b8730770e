/*
 * One client as the file of a server's clients writes it: by the hash of its token, or by the subject of an authorization
 * server. People edit that file, so every field is looked at, and what is wrong is named by its place.
 */
import { isAbsolute, resolve } from "node:path";
import { HaypileError } from "../../../base/errors.ts";
import { likelyName } from "../../../base/text/suggest.ts";
import type { Limits, Rights } from "../rights/rights.ts";

export interface ClientEntry {
  name: string;
  /** SHA-256 of its token, hex. */
  token?: string | undefined;
  /** `sub` of its access tokens; "*" stands for everybody who is not named. */
  subject?: string | undefined;
  /** When the token was made, and when it ends, ISO 8601. */
  created?: string | undefined;
  expires?: string | undefined;
  rights: Rights;
  namespace?: string | undefined;
  limits: Partial<Limits>;
}

const fields = [
  ...["name", "token", "subject", "created", "expires", "read", "write", "folders", "admin"],
  ...["namespace", "perMinute", "concurrent", "bodyBytes"],
];
const ranges = {
  perMinute: [1, 1_000_000],
  concurrent: [1, 1_000],
  bodyBytes: [1_024, 4 * 1024 * 1024],
} as const satisfies Record<keyof Limits, readonly [number, number]>;
const mostItems = 1_000;
const longestText = 1_024;
/** As of memories. */
const longestNamespace = 128;
export const namePattern = /^[\w][\w .@:/-]{0,63}$/u;

/** @param place for messages: "clients[2] of /data/serve-clients.json" @throws HaypileError HAYPILE_CONFIG_INVALID */
export function readEntry(value: unknown, place: string): ClientEntry {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw wrong(place, "an object", value);
  }
  const said = value as Record<string, unknown>;
  for (const name of Object.keys(said)) {
    if (fields.includes(name)) continue;
    const likely = likelyName(name, fields);
    const hint =
      likely === undefined ? ` It has ${fields.join(", ")}.` : ` Did you mean ${likely}?`;
    throw new HaypileError(
      "HAYPILE_CONFIG_INVALID",
      `There is no field ${JSON.stringify(name.slice(0, 64))} of ${place}.${hint}`,
    );
  }
  const { name, token, subject, admin = false, namespace } = said;
  if (typeof name !== "string" || !namePattern.test(name)) {
    throw wrong(`name of ${place}`, "1 to 64 letters, digits, spaces or any of _ . @ : / -", name);
  }
  const hasToken = typeof token === "string" && /^[0-9a-f]{64}$/u.test(token);
  if (token !== undefined && !hasToken) {
    throw wrong(`token of ${place}`, "the SHA-256 of a token in 64 small hex digits", "another");
  }
  const hasSubject = typeof subject === "string" && subject !== "" && subject.length <= longestText;
  if (hasToken === hasSubject || (subject !== undefined && !hasSubject)) {
    throw wrong(place, "either token or subject", subject);
  }
  if (typeof admin !== "boolean") throw wrong(`admin of ${place}`, "true or false", admin);
  if (namespace !== undefined && !isNamespace(namespace)) {
    throw wrong(`namespace of ${place}`, `1 to ${longestNamespace} characters`, namespace);
  }
  const limits = Object.entries(ranges).flatMap(([key, [least, most]]) => {
    const limit = said[key];
    if (limit === undefined) return [];
    if (Number.isInteger(limit) && Number(limit) >= least && Number(limit) <= most) {
      return [[key, limit]];
    }
    throw wrong(`${key} of ${place}`, `a whole number from ${least} to ${most}`, limit);
  });
  return {
    name,
    token: token as string | undefined,
    subject: subject as string | undefined,
    created: timeIn(said.created, `created of ${place}`),
    expires: timeIn(said.expires, `expires of ${place}`),
    rights: {
      read: patternsIn(said.read, `read of ${place}`),
      write: patternsIn(said.write, `write of ${place}`),
      folders: foldersIn(said.folders, `folders of ${place}`),
      admin,
    },
    namespace: namespace as string | undefined,
    limits: Object.fromEntries(limits) as Partial<Limits>,
  };
}

/** As it stands in the file; what is usual is left out. */
export function writtenEntry(entry: ClientEntry): Record<string, unknown> {
  const { rights, limits, ...rest } = entry;
  const { read, write, folders, admin } = rights;
  return {
    ...rest,
    ...(read.length > 0 && { read }),
    ...(write.length > 0 && { write }),
    ...(folders.length > 0 && { folders }),
    ...(admin && { admin }),
    ...limits,
  };
}

function timeIn(value: unknown, place: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string" && value.length <= 40 && Number.isFinite(Date.parse(value))) {
    return value;
  }
  throw wrong(place, "a time as 2027-01-31T00:00:00Z", value);
}

function patternsIn(value: unknown, place: string): string[] {
  return listIn(value, place).map((item) => {
    const isWhole = !item.slice(0, -1).includes("*");
    if (isNamespace(item) && isWhole) return item;
    throw wrong(place, 'namespaces, or beginnings of some with one "*" at the end', item);
  });
}

function foldersIn(value: unknown, place: string): string[] {
  return listIn(value, place).map((item) => {
    if (isAbsolute(item) && !item.includes("\0")) return resolve(item);
    throw wrong(place, "absolute paths of folders", item);
  });
}

function listIn(value: unknown, place: string): string[] {
  if (value === undefined || value === null) return [];
  const isList = Array.isArray(value) && value.length <= mostItems;
  if (isList && value.every((item) => typeof item === "string" && item.length <= longestText)) {
    return value as string[];
  }
  throw wrong(place, `a list of at most ${mostItems} texts`, value);
}

function isNamespace(value: unknown): boolean {
  return typeof value === "string" && value.trim() !== "" && value.length <= longestNamespace;
}

function wrong(place: string, expected: string, value: unknown): HaypileError {
  const shown = (JSON.stringify(value) ?? "nothing").slice(0, 100);
  return new HaypileError(
    "HAYPILE_CONFIG_INVALID",
    `Expected ${expected} for ${place}, but got ${shown}. Correct it there.`,
  );
}
