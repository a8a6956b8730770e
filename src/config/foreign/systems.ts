/*
 * The systems that Haypile takes the place of, with every setting, variable, command and call of theirs. A key of theirs in
 * haypile.toml or behind `haypile config set` is taken where ours means the same, else refused in the words of the table;
 * variables of theirs are told of and never obeyed (decision 0202).
 */
import { isOptionName, type OptionName, rowOf } from "../options/options.ts";
import { agentMemory } from "./agent-memory.ts";
import { codesage } from "./codesage.ts";
import { context42 } from "./context42.ts";
import { knobOf, unitAtEnd } from "./foreign-knobs.ts";
import {
  type ForeignRow,
  type ForeignSystem,
  type Instead,
  insteadInWords,
} from "./foreign-row.ts";
import { memento } from "./memento.ts";
import { memtrace } from "./memtrace.ts";

export const foreignSystems: readonly ForeignSystem[] = [
  memtrace,
  memento,
  context42,
  codesage,
  agentMemory,
];

/** What ours is to a row. */
export type Answer =
  | { state: "option"; option: OptionName; says: string }
  | { state: "works" | "refused"; says: string; use: readonly string[] };

/** What is in the place of a row now. */
export function answerOf({ means }: ForeignRow): Answer {
  if ("knob" in means) return knobAnswer(means.knob);
  if ("option" in means) {
    const { option, says } = means;
    if (!isOptionName(option)) throw new TypeError(`there is no option ${option}`);
    return { state: "option", option, says: says ?? rowOf(option).says };
  }
  const { says, use } = means;
  return { state: "works" in means ? "works" : "refused", says, use };
}

function knobAnswer(name: string): Answer {
  const knob = knobOf(`storage.${name}`)?.knob;
  if (knob === undefined) throw new TypeError(`there is no knob ${name}`);
  return "option" in knob
    ? { state: "option", option: knob.option, says: knob.note }
    : { state: "refused", says: knob.refused, use: [] };
}

/** The answer as one text: what it is here, or why not and what to use. */
export function answerInWords(answer: Answer): string {
  return answer.state === "option"
    ? `Use ${answer.option}: ${answer.says}.`
    : insteadInWords(answer satisfies Instead);
}

/** A key of theirs as it is compared: whatever the case, "-" or "_". Dots part sections. */
const compared = (key: string): string => key.replaceAll(/[-_]/g, "").toLowerCase();

/** Are two names of theirs the same to somebody who writes one of them? */
export const sameName = (a: string, b: string): boolean => compared(a) === compared(b);

/** Rows by their settings and variables, without the knobs of stores; the first system that has a name answers for it. */
const byKey: ReadonlyMap<string, ForeignRow> = new Map(
  foreignSystems
    .flatMap(({ rows }) => rows)
    .filter(({ kind, means }) => (kind === "setting" || kind === "variable") && !("knob" in means))
    .toReversed()
    .flatMap((row) => row.names.map((name): [string, ForeignRow] => [compared(name), row])),
);

/** The same without the prefix of their variables, where the rest is a name of its own: "EMBEDDING_CACHE_SIZE". */
const byRest: ReadonlyMap<string, ForeignRow> = new Map(
  [...byKey].flatMap(([key, row]): [string, ForeignRow][] => {
    const rest = row.kind === "variable" && /^(?:memtrace|codesage|devcontext)(.+)$/.exec(key)?.[1];
    return rest ? [[rest, row]] : [];
  }),
);

export interface ForeignKey {
  row: ForeignRow;
  /** Of a plain number. */
  unit: string | undefined;
}

/**
 * What somebody means by a key or a variable of another system.
 * @param isLoose also by what stands behind the prefix of a variable
 */
export function foreignKeyOf(key: string, isLoose = false): ForeignKey | undefined {
  const row = byKey.get(compared(key)) ?? (isLoose ? byRest.get(compared(key)) : undefined);
  if (row === undefined) return undefined;
  const own = "option" in row.means ? row.means.unit : undefined;
  return { row, unit: own ?? unitAtEnd(key) };
}
