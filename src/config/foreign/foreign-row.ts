/*
 * What a row of the table of other systems says: a setting, variable, command or call of theirs, and what is in its place
 * here. src/config/foreign/systems.ts has the systems, scripts/lib/coming-page.ts makes docs/coming-from.md of them.
 */
import type { OptionValue } from "../options/option-row.ts";

/** What of theirs it is: a key of a file, an environment variable, a command or flag, a call or tool, a line they print. */
export type ForeignKind = "setting" | "variable" | "command" | "call" | "output";

export interface ForeignRow {
  kind: ForeignKind;
  /** As they write it; several that ours answers alike. */
  names: readonly string[];
  means: Meaning;
}

export interface ForeignSystem {
  /** As `haypile config from` takes it. */
  id: string;
  name: string;
  /** What it is. */
  says: string;
  rows: readonly ForeignRow[];
}

export type Meaning =
  /** An option of ours that takes the same value, by `haypile config set THEIRS VALUE` too. */
  | {
      option: string;
      says?: string | undefined;
      /** Of a plain number, where the name ends in none. */
      unit?: string | undefined;
      /** What its values are called here, where they have other names. */
      values?: Readonly<Record<string, OptionValue>> | undefined;
    }
  /** It works here, but not by the value they write. */
  | ({ works: true } & Instead)
  /** It is not to be had, with the reason. */
  | ({ refused: true } & Instead)
  /** A knob of a store: src/config/foreign/foreign-knobs.ts has the answer. */
  | { knob: string };

export interface Instead {
  /** One or two sentences. */
  says: string;
  /** What to use: options, commands ("haypile …"), calls ("engine.footprint()"), tools ("MCP find_code"). */
  use: readonly string[];
}

type Names = string | readonly string[];

const list = (names: Names): readonly string[] => (typeof names === "string" ? [names] : names);

/** Rows of one kind, so that a table is easy to read. */
export function rowsOf(kind: ForeignKind) {
  const row = (names: Names, means: Meaning): ForeignRow => ({ kind, names: list(names), means });
  return {
    /** Our option takes its value. */
    takes: (
      names: Names,
      option: string,
      more: Omit<Extract<Meaning, { option: string }>, "option"> = {},
    ): ForeignRow => row(names, { option, ...more }),
    /** It works here by other means. */
    works: (names: Names, says: string, ...use: string[]): ForeignRow =>
      row(names, { works: true, says, use }),
    refuses: (names: Names, says: string, ...use: string[]): ForeignRow =>
      row(names, { refused: true, says, use }),
    /** A key of their [storage]. */
    knob: (name: string): ForeignRow => row(name, { knob: name }),
  };
}

/** The sentences with what to use behind them. */
export function insteadInWords({ says, use }: Instead): string {
  if (use.length === 0) return says;
  const named = use.map((one) => (one.startsWith("haypile ") ? `"${one}"` : one));
  const last = named.pop();
  return `${says} Use ${named.length === 0 ? last : `${named.join(", ")} or ${last}`}.`;
}
