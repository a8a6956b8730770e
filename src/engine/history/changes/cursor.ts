/* Where a history goes on, as text: it holds all that is needed, so that nothing has to be kept between two pages. */
import { HaypileError } from "../../../base/errors.ts";
import { isSecretPath } from "../../../base/paths/secret-paths.ts";
import type { HistoryPlace } from "../../../ports/answers/history.ts";
import type { Tracked } from "./tracked.ts";
import type { Head } from "./walk.ts";

export interface Place {
  target: string;
  of: HistoryPlace;
  others: number;
  heads: Head[];
}

const version = "h1.";
const longestCursor = 64_000;
const mostHeads = 64;

export function cursorOf({ target, of, others, heads }: Place): string {
  const packed = heads.map(({ commit, path, tracked }) => [commit, path, ...packedOf(tracked)]);
  return `${version}${Buffer.from(JSON.stringify([target, of, others, packed])).toString("base64url")}`;
}

function packedOf(tracked: Tracked): (string | number)[] {
  if (tracked.what === "file") return [];
  if (tracked.what === "lines") return [tracked.from, tracked.to];
  return [tracked.name, tracked.hash ?? "", tracked.nth ?? 0];
}

/** @throws HaypileError HAYPILE_USAGE for what no answer gave, or one to another target */
export function placeOfCursor(cursor: string, target: string): Place {
  const refused = new HaypileError(
    "HAYPILE_USAGE",
    "Expected a cursor that history() gave for this target, but got another text. Leave it out to begin anew.",
    { data: { target } },
  );
  if (!cursor.startsWith(version) || cursor.length > longestCursor) throw refused;
  let read: unknown;
  try {
    read = JSON.parse(Buffer.from(cursor.slice(version.length), "base64url").toString("utf8"));
  } catch {
    throw refused;
  }
  if (!Array.isArray(read)) throw refused;
  const [of, place, others, heads] = read as unknown[];
  const isWhole =
    of === target &&
    Number.isSafeInteger(others) &&
    Array.isArray(heads) &&
    heads.length > 0 &&
    heads.length <= mostHeads &&
    isPlace(place);
  if (!isWhole) throw refused;
  const read_ = (heads as unknown[]).map(headOf);
  if (read_.some((head) => head === undefined)) throw refused;
  return { target, of: place as HistoryPlace, others: others as number, heads: read_ as Head[] };
}

function isPlace(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { path, line, endLine } = value as Partial<HistoryPlace>;
  return typeof path === "string" && Number.isSafeInteger(line) && Number.isSafeInteger(endLine);
}

function headOf(value: unknown): Head | undefined {
  if (!Array.isArray(value)) return undefined;
  const [commit, path, first, second, third] = value as unknown[];
  if (typeof commit !== "string" || !/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/u.test(commit))
    return undefined;
  if (typeof path !== "string" || path === "" || path.includes("\0") || isSecretPath(path)) {
    return undefined;
  }
  if (value.length === 2) return { commit, path, tracked: { what: "file" } };
  if (value.length === 4 && isLine(first) && isLine(second) && second >= first) {
    return { commit, path, tracked: { what: "lines", from: first, to: second } };
  }
  const isSymbol =
    value.length === 5 &&
    typeof first === "string" &&
    first !== "" &&
    typeof second === "string" &&
    Number.isSafeInteger(third);
  if (!isSymbol) return undefined;
  const hash = second === "" ? undefined : second;
  return { commit, path, tracked: { what: "symbol", name: first, hash, nth: third as number } };
}

function isLine(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}
