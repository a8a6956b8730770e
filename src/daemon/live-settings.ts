/*
 * The options of a daemon while it runs. The user's file is looked at when a command connects, when "haypile config set"
 * says so, and every few seconds: what can change at once does, the rest waits for the next start and is named. Variables
 * of the daemon's own environment go first, as everywhere.
 */
import { HaypileError } from "../base/errors.ts";
import { type LogLevel, setLogLevel } from "../base/log.ts";
import type { Environment } from "../config/environment/env.ts";
import { type Given, givenTo, isOfWork } from "../config/environment/given.ts";
import type { OptionValue } from "../config/options/option-row.ts";
import { type OptionName, optionNames } from "../config/options/options.ts";
import { type TakesEffect, takesEffect } from "../config/options/takes-effect.ts";
import { fileName } from "../config/places/paths.ts";
import type { Settings } from "../config/resolve.ts";
import { optionsOfUser } from "../config/user-options.ts";
import type { HaypileHere } from "../haypile/here.ts";
import type { SettingsInForce } from "../ports/answers/daemon/settings.ts";
import type { EventLog } from "./log/log-file.ts";

/** Between two looks at the file while nobody connects. */
const everyMs = 5_000;

type Said = Readonly<Record<OptionName, OptionValue | undefined>>;

export interface LiveSettingsParts {
  environment: Environment;
  haypile: Pick<HaypileHere, "adjust">;
  log: EventLog;
}

export class LiveSettings {
  readonly #parts: LiveSettingsParts;
  readonly #atStart: Given;
  readonly #timer: NodeJS.Timeout;
  /** What is in force, as file and environment say it. */
  #inForce: Said;
  /** Options whose change waits for a start. */
  readonly #waiting = new Set<OptionName>();
  #seen: string | undefined;
  #last: Settings | undefined;
  #problem: string | undefined;

  /** @throws HaypileError HAYPILE_CONFIG_INVALID */
  constructor(parts: LiveSettingsParts) {
    this.#parts = parts;
    this.#atStart = givenTo(parts.environment);
    this.#seen = this.#atStart[fileName];
    this.#inForce = optionsOfUser(parts.environment, optionNames);
    this.#timer = setInterval(() => this.#look(), everyMs);
    this.#timer.unref();
  }

  /** What commands compare with what they were given: the file as it is now, once all of it is in force. */
  given(): Given {
    this.#look();
    const isBehind = this.#problem !== undefined || [...this.#waiting].some(isOfWork);
    if (isBehind) return this.#atStart;
    const { [fileName]: _before, ...rest } = this.#atStart;
    return this.#seen === undefined ? rest : { ...rest, [fileName]: this.#seen };
  }

  /** Every option as it is in force here, and which of them wait for a start. */
  async answer(): Promise<SettingsInForce> {
    this.#look();
    const settings = await this.#settings();
    const all = optionNames.map((name): SettingsInForce["settings"][number] => {
      const { value, origin, from } = settings[name];
      const isWaiting = this.#waiting.has(name);
      const kept = isWaiting ? this.#inForce[name] : value;
      return { name, value: kept, origin, from, waits: isWaiting };
    });
    return { pid: process.pid, settings: all, problem: this.#problem };
  }

  /** A file that cannot be read changes nothing of what was said before. */
  async #settings(): Promise<Settings> {
    const { readConfiguration } = await import("../engine/configure.ts");
    try {
      this.#last = readConfiguration(undefined, {}, this.#parts.environment).settings;
    } catch (error) {
      if (this.#last === undefined || !HaypileError.isInstance(error)) throw error;
      this.#problem ??= error.message;
    }
    return this.#last;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const { environment, log } = this.#parts;
    const state = givenTo(environment)[fileName];
    if (state === this.#seen) return;
    this.#seen = state;
    try {
      this.#take(optionsOfUser(environment, optionNames));
      this.#problem = undefined;
    } catch (error) {
      if (!HaypileError.isInstance(error)) throw error;
      // What it goes by stays, and the command that reads the file says what is wrong with it.
      this.#problem = error.message;
      log.write("warn", "settings", { error: error.message });
    }
  }

  #take(said: Said): void {
    const { haypile, log } = this.#parts;
    const changed = optionNames.filter((name) => said[name] !== this.#inForce[name]);
    const by = (when: TakesEffect): OptionName[] =>
      changed.filter((name) => takesEffect(name) === when);
    const adjusted = haypile.adjust(by("next call").length > 0);
    // A limit where there was none, or none where there was one: work is laid out another way.
    const isLimitNew =
      adjusted !== undefined &&
      changed.includes("memory.max") &&
      (!adjusted.isLimited || said["memory.max"] === undefined);
    const waits = (name: OptionName): boolean =>
      takesEffect(name) === "restart" || (name === "memory.max" && isLimitNew);
    this.#waiting.clear();
    for (const name of changed) if (waits(name)) this.#waiting.add(name);
    const inForce = changed.filter((name) => !waits(name));
    this.#inForce = {
      ...this.#inForce,
      ...Object.fromEntries(inForce.map((name) => [name, said[name]])),
    };
    if (inForce.includes("log.level")) setLogLevel(said["log.level"] as LogLevel);
    log.write("info", "settings", {
      inForce: inForce.join(", "),
      waiting: [...this.#waiting].join(", "),
    });
  }
}
