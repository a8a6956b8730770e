/* Options as --json prints them. */
import type { ForeignKind } from "../../config/foreign/foreign-row.ts";
import type { OptionValue } from "../../config/options/option-row.ts";
import type { Origin } from "../../config/resolve.ts";

/** A setting with its value, the unit of it, and where it came from. */
export interface SettingJson {
  /** null: not set. */
  value: OptionValue | null;
  /** "bytes" or "ms", of sizes and durations. */
  unit?: string | undefined;
  origin: Origin;
  /** The tier, the profile, the file, the variable or the flag; "" for a default. */
  from: string;
}

/** The options as they are in force in the daemon that runs. */
export interface SettingsInForceJson {
  pid: number;
  /** Why the user's file as it is now cannot be read; null: it can. */
  problem: string | null;
  options: Record<string, SettingJson & { waits: boolean }>;
}

/** How a change of an option reaches the daemon that runs. */
export interface SettingReach {
  pid: number;
  /** "never": its environment goes before the file, or the file cannot be read. */
  when: "now" | "next call" | "restart" | "never";
  /** What the daemon goes by now; null: the option is not set. */
  value: OptionValue | null;
  /** The same for people. */
  says: string;
}

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
