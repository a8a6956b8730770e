/*
 * Where a store is, as people say it: a file of this machine, or the address of a PostgreSQL server. An address holds no
 * password: it would stand in lists of processes, in histories of shells and in every place that shows an option.
 */
import type { TextForm } from "./option-row.ts";

/** What is said for the files of this machine. */
export const ownFiles = "sqlite";

const mostChars = 2_048;
const mostStores = 1_000;
const secretKeys = new Set(["password", "sslpassword"]);

/** An address without a password; undefined: it is none, or has one. */
export function serverAddress(raw: unknown): URL | undefined {
  if (typeof raw !== "string" || raw.length > mostChars || !URL.canParse(raw.trim()))
    return undefined;
  const url = new URL(raw.trim());
  if (!["postgres:", "postgresql:"].includes(url.protocol)) return undefined;
  return url.hash === "" && !holdsSecret(raw) ? url : undefined;
}

/** Whether a text is an address with a password in it. */
export function holdsSecret(raw: unknown): boolean {
  if (typeof raw !== "string") return false;
  if (/^\s*[a-z][a-z\d+.-]*:\/\/[^/?#@]*:[^/?#]*@/iu.test(raw)) return true;
  const query = /\?([^#]*)/u.exec(raw)?.[1] ?? "";
  return (
    /^\s*postgres(?:ql)?:/iu.test(raw) &&
    [...new URLSearchParams(query).keys()].some((key) => secretKeys.has(key.toLowerCase()))
  );
}

/** The text with the passwords of all addresses in it taken out, for messages. */
export function withoutSecrets(text: string): string {
  return text
    .replace(/([a-z][a-z\d+.-]*:\/\/[^\s/?#@:"']*):[^\s"']*@/giu, "$1:***@")
    .replace(/([?&](?:ssl)?password=)[^&#\s"']*/giu, "$1***");
}

const addressSays =
  'the address of a PostgreSQL server such as "postgres://me@db.example/haypile", without a password in it';

/** The form of an option that holds a store. */
export const storeForm: TextForm = {
  says: `"${ownFiles}", or ${addressSays}`,
  read: (raw) => readStore(raw),
};

/** The form of an option that holds a server. */
export const serverForm: TextForm = {
  says: `"off", or ${addressSays}`,
  read: (raw) => (raw === "off" || raw === false ? "off" : serverAddress(raw)?.href),
};

function readStore(raw: unknown): string | undefined {
  if (raw === ownFiles || raw === false) return ownFiles;
  return serverAddress(raw)?.href;
}

/** Stores by namespace: a table in a file, the same as JSON elsewhere. */
export const storesForm: TextForm = {
  says: `a table whose keys are namespaces, or the beginning of one and "*", and whose values are each ${storeForm.says},`,
  read: (raw) => {
    const stores = readStores(raw);
    return stores && JSON.stringify(Object.fromEntries(stores));
  },
};

/** The stores of a table, or of its JSON, in order; undefined: it is none. */
export function readStores(raw: unknown): [namespace: string, store: string][] | undefined {
  const table = typeof raw === "string" ? parsed(raw) : raw;
  if (typeof table !== "object" || table === null || Array.isArray(table)) return undefined;
  const entries = Object.entries(table);
  if (entries.length > mostStores) return undefined;
  const stores: [string, string][] = [];
  for (const [namespace, value] of entries) {
    const store = readStore(value);
    if (store === undefined || !isNamespace(namespace)) return undefined;
    stores.push([namespace, store]);
  }
  return stores.sort(([a], [b]) => (a < b ? -1 : 1));
}

/** A name of 1 to 128 characters, the last of which may be a star. */
function isNamespace(text: string): boolean {
  return text.trim() !== "" && [...text].length <= 128 && !/\*(?!$)|[\0\n\r]/u.test(text);
}

/** The store that is said for a namespace: by its whole name, else by the longest beginning; undefined: none is. */
export function storeOfNamespace(
  stores: readonly (readonly [namespace: string, store: string])[],
  namespace: string,
): string | undefined {
  let best: readonly [string, string] | undefined;
  for (const one of stores) {
    const [pattern, store] = one;
    if (pattern === namespace) return store;
    const fits = pattern.endsWith("*") && namespace.startsWith(pattern.slice(0, -1));
    if (fits && pattern.length > (best?.[0].length ?? 0)) best = one;
  }
  return best?.[1];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
