/* Flags made from rows of the options table, and back from flags to what open() is told. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { HaypileError } from "../../base/errors.ts";
import { type OptionName, optionNames, rowOf } from "../../config/options/options.ts";
import { describeType, formatValue, readValue } from "../../config/options/values.ts";
import { defaultInWords } from "../../config/template.ts";

/** Adds the flags of these options; what is not given stays undefined, so that files and tiers count. */
export function addFlags(command: Command, names: readonly OptionName[]): Command {
  for (const name of names) command.addOption(flagOf(name));
  return command;
}

function flagOf(name: OptionName): Option {
  const { flag, says, type, choices } = rowOf(name);
  if (flag === undefined) throw new HaypileError("HAYPILE_INTERNAL", `${name} has no flag.`);
  if (type === "boolean") return new Option(flag, isOff(flag) ? `do not ${says}` : says);
  const unit = flag.includes("-ms ") ? ", milliseconds" : "";
  const byDefault = defaultInWords(name, (value) => formatValue(name, value));
  const option = new Option(flag, `${says}${unit} (default: ${byDefault})`);
  if (choices !== undefined) return option.choices(choices);
  return option.argParser((text: string) => {
    try {
      return readValue(name, text, { where: `by ${flag}`, code: "HAYPILE_USAGE" });
    } catch {
      throw new InvalidArgumentError(`Expected ${describeType(name).replace(/,$/, "")}.`);
    }
  });
}

/** Options of open() that flags of the table say. */
export function saidByFlags(flags: object): Record<string, unknown> {
  const said: Record<string, unknown> = {};
  for (const name of optionNames) {
    const { flag, key, type } = rowOf(name);
    if (flag === undefined || key === undefined) continue;
    const value = (flags as Record<string, unknown>)[attributeOf(flag)];
    // Commander gives a "--no-" flag that was not written the value true.
    const isUnsaid = type === "boolean" && isOff(flag) && value === true;
    if (value !== undefined && !isUnsaid) said[key] = value;
  }
  return said;
}

/** A flag that turns something off. */
function isOff(flag: string): boolean {
  return flag.startsWith("--no-");
}

/** "--no-graph-cache" is graphCache of the flags. */
function attributeOf(flag: string): string {
  const name = /--(?:no-)?([a-z-]+)/.exec(flag)?.[1] ?? "";
  return name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
