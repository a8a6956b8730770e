/* What is here in the place of another system's settings and commands, for people and for programs. */
import { HaypileError } from "../../base/errors.ts";
import { likelyName } from "../../base/text/suggest.ts";
import type { ForeignKind, ForeignRow, ForeignSystem } from "../../config/foreign/foreign-row.ts";
import { answerInWords, answerOf, foreignSystems, sameName } from "../../config/foreign/systems.ts";
import { formatTable } from "./format.ts";

/** What is here in the place of something of another system. */
export interface ForeignRowJson {
  kind: ForeignKind;
  /** As they write it. */
  names: string[];
  /** "option": ours takes the same value; "works": by what is named in `use`, or by itself. */
  state: "option" | "works" | "refused";
  /** Options, commands, calls and tools to use. */
  use: string[];
  /** What ours is, or why not. */
  says: string;
}

export interface ForeignSystemJson {
  /** As "haypile config from" takes it. */
  system: string;
  name: string;
  says: string;
  rows: ForeignRowJson[];
}

/**
 * The systems that are meant by a word, with the rows that are.
 * @param what the name of a system, or one of their keys, variables or commands; undefined: all of all
 * @throws HaypileError HAYPILE_USAGE
 */
export function systemsMeant(what: string | undefined): readonly ForeignSystem[] {
  if (what === undefined) return foreignSystems;
  const system = foreignSystems.find(({ id, name }) => sameName(id, what) || sameName(name, what));
  if (system !== undefined) return [system];
  const found = foreignSystems
    .map((one) => ({ ...one, rows: one.rows.filter((row) => isNamed(row, what)) }))
    .filter(({ rows }) => rows.length > 0);
  if (found.length > 0) return found;
  const all = foreignSystems.flatMap(({ id, rows }) => [id, ...rows.flatMap(({ names }) => names)]);
  const likely = likelyName(what, all);
  throw new HaypileError(
    "HAYPILE_USAGE",
    `Expected ${foreignSystems.map(({ id }) => id).join(", ")}, or a setting, variable or command of one of them, but got "${what}".${likely === undefined ? ' "haypile config from" names all.' : ` Did you mean ${likely}?`}`,
    { data: { likely } },
  );
}

function isNamed({ names }: ForeignRow, what: string): boolean {
  return names.some((name) => sameName(name, what));
}

/** Two lines a row: theirs, and below it ours. */
export function systemLines({ name, says, rows }: ForeignSystem): string[] {
  return [
    `${name}: ${says}`,
    ...rows.flatMap((row) => [`  ${row.names.join(", ")}`, `      ${rowInWords(row)}`]),
  ];
}

function rowInWords(row: ForeignRow): string {
  const answer = answerOf(row);
  if (answer.state === "option") return `${answer.option}: ${answer.says}`;
  return `${answer.state === "refused" ? "refused: " : ""}${answerInWords(answer)}`;
}

/** A line a system: how many of its names an option of ours takes, work otherwise, and are refused. */
export function overviewLines(systems: readonly ForeignSystem[]): string[] {
  const rows = systems.map((system): [string, string] => {
    const counts = { option: 0, works: 0, refused: 0 };
    for (const row of system.rows) counts[answerOf(row).state] += row.names.length;
    const { option, works, refused } = counts;
    return [
      system.id,
      `${system.says}: ${option} names taken by an option, ${works} work by other means, ${refused} refused`,
    ];
  });
  return [...formatTable(rows), 'Each one: "haypile config from NAME", or docs/coming-from.md.'];
}

export function systemAsJson({ id, name, says, rows }: ForeignSystem): ForeignSystemJson {
  return { system: id, name, says, rows: rows.map(rowAsJson) };
}

function rowAsJson(row: ForeignRow): ForeignRowJson {
  const answer = answerOf(row);
  const { state, says } = answer;
  const use = answer.state === "option" ? [answer.option] : [...answer.use];
  return { kind: row.kind, names: [...row.names], state, use, says };
}
