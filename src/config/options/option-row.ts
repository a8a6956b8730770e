/* What a row of the options table may say, and the types of values that follow from it. */
import type { StorageValues, TierValues } from "../../host/values.ts";

export interface OptionRow {
  type: "boolean" | "integer" | "size" | "duration" | "choice" | "text" | "path";
  /** One sentence for people: what it decides. */
  says: string;
  /** Least and most, in the unit of the type: bytes, milliseconds, or plain numbers. */
  range?: readonly [number, number] | undefined;
  /** Of a choice; where one may only narrow, from narrow to wide. */
  choices?: readonly string[] | undefined;
  /** Of a text that has a form of its own: how it is read, and what it is called. */
  form?: TextForm | undefined;
  /** A fixed default. Without it and without the two below: unset, and `unset` says what that means. */
  default?: string | number | boolean | undefined;
  /** The default is this value of the tier. */
  tier?: keyof TierValues | undefined;
  /** The default is this value of the storage profile. */
  storage?: keyof StorageValues | undefined;
  /** Why there is no default. */
  unset?: string | undefined;
  /** Environment variable. */
  env: string;
  /** As the command line writes it; undefined: no flag. */
  flag?: string | undefined;
  /** Its name among the options of open(), for callers of the library. */
  key?: string | undefined;
  /**
   * What a project file may say before somebody trusted it: anything, only less, only off (false),
   * or nothing.
   */
  untrusted: "any" | "lower" | "off" | "never";
}

export interface TextForm {
  /** As it stands in a message: "one or two sizes such as …". */
  says: string;
  /** The text as it is kept; undefined: it is none of these. @param raw what a file, a variable or a caller said */
  read(raw: unknown): string | undefined;
}

/** The type of a row's value. */
export type ValueOf<Row extends OptionRow> = Row["type"] extends "boolean"
  ? boolean
  : Row["type"] extends "integer" | "size" | "duration"
    ? number
    : Row extends { choices: readonly (infer Choice)[] }
      ? Choice
      : string;

export type OptionValue = string | number | boolean;
