/* The marks as the user has set them, read again when the file changes, and written as `haypile config set` does. */
import { statSync } from "node:fs";
import { HaypileError } from "../../base/errors.ts";
import type { Environment } from "../../config/environment/env.ts";
import { changeFile } from "../../config/file/change-file.ts";
import { readOptionFile } from "../../config/file/read-file.ts";
import { alertOptions } from "../../config/options/alert-options.ts";
import { type Limits, readLimits } from "../../config/options/limits.ts";
import type { OptionValue } from "../../config/options/option-row.ts";
import { type OptionName, rowOf } from "../../config/options/options.ts";
import { describeType } from "../../config/options/values.ts";
import { userFile } from "../../config/places/paths.ts";
import { optionsOfUser } from "../../config/user-options.ts";
import { hostFacts } from "../../engine/configure.ts";
import type { AlertRule, Threshold, Thresholds } from "../../ports/answers/daemon/stats.ts";

export type AlertOption = keyof typeof alertOptions;

const names = Object.keys(alertOptions) as AlertOption[];
/** What is run, and who is told, is said in the file itself: a page has no word in it. */
const notFromPages: ReadonlySet<string> = new Set(["alerts.command", "alerts.webhook"]);

export class UserThresholds {
  readonly #environment: Environment;
  readonly #path: string;
  #mark: string | undefined;
  #values: Record<AlertOption, OptionValue | undefined>;
  #problem: string | undefined;

  constructor(environment: Environment) {
    this.#environment = environment;
    this.#path = userFile(environment.configFolder);
    const defaults = names.map((name) => [name, rowOf(name).default]);
    this.#values = Object.fromEntries(defaults) as Record<AlertOption, OptionValue | undefined>;
    this.refresh();
  }

  /** Reads the file again if it has changed. @returns what is wrong with it, when that is new */
  refresh(): string | undefined {
    const mark = markOf(this.#path);
    if (mark === this.#mark) return undefined;
    this.#mark = mark;
    try {
      this.#values = optionsOfUser(this.#environment, names);
      this.#problem = undefined;
    } catch (error) {
      this.#problem = error instanceof Error ? error.message : String(error);
    }
    return this.#problem;
  }

  limits(rule: AlertRule): Limits {
    const value = this.text(`alerts.${rule}`);
    return readLimits(value, ["bytes", "share", "ms", "count"], rule === "disk-free") ?? noLimits;
  }

  /** "off" where nothing is set. */
  text(name: AlertOption): string {
    return String(this.#values[name] ?? "off");
  }

  list(): Thresholds {
    const file = this.#fileValues();
    const { variables } = this.#environment;
    const thresholds = names.map((option): Threshold => {
      const isSaid = (variables[rowOf(option).env] ?? "") !== "";
      return {
        option,
        value: this.text(option),
        origin: isSaid ? "environment" : file?.has(option) === true ? "user file" : "default",
        says: rowOf(option).says,
        expects: describeType(option),
        canBeSet: !isSaid && !notFromPages.has(option),
      };
    });
    return { path: this.#path, thresholds, problem: this.#problem };
  }

  /**
   * Writes one mark into the user's file.
   * @throws HaypileError HAYPILE_USAGE for what cannot be set so, and as changeFile()
   */
  set(
    option: unknown,
    value: unknown,
  ): Thresholds & { written: { option: string; value: string } } {
    if (typeof option !== "string" || !Object.hasOwn(alertOptions, option)) {
      throw usage(`Expected one of ${names.join(", ")} as the option, but got ${said(option)}.`);
    }
    const name = option as AlertOption;
    if (notFromPages.has(name)) {
      throw usage(`${name} is set on this machine only: haypile config set ${name} VALUE`);
    }
    const { env } = rowOf(name);
    if ((this.#environment.variables[env] ?? "") !== "") {
      throw usage(
        `${name} is set by the variable ${env} that the daemon was started with, which goes before the file. Unset it and run "haypile restart".`,
      );
    }
    if (typeof value !== "string") {
      throw usage(`Expected ${describeType(name)} for ${name}, but got ${said(value)}.`);
    }
    const environment = this.#environment;
    const facts = hostFacts(environment);
    const change = changeFile(this.#path, name, value, false, environment, facts);
    this.refresh();
    return { ...this.list(), written: { option: name, value: String(change.value) } };
  }

  #fileValues(): ReadonlyMap<OptionName, OptionValue> | undefined {
    try {
      return readOptionFile(this.#path, "user")?.values;
    } catch {
      return undefined;
    }
  }
}

const noLimits: Limits = { warning: undefined, critical: undefined };

function markOf(path: string): string {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats === undefined ? "none" : `${stats.mtimeMs} ${stats.size} ${stats.ino}`;
  } catch {
    return "unreadable";
  }
}

function said(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, 80);
}

function usage(message: string): HaypileError {
  return new HaypileError("HAYPILE_USAGE", message);
}
