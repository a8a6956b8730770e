/* Options as --json prints them. */
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
