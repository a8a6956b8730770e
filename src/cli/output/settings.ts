/* Settings as people and programs see them. */
import type { Configuration } from "../../config/load.ts";
import { type OptionName, optionNames, rowOf } from "../../config/options/options.ts";
import { formatValue } from "../../config/options/values.ts";
import type { Setting, Settings } from "../../config/resolve.ts";
import { formatTable, printable } from "./format.ts";
import type { SettingJson, SettingsJson } from "./json-outputs.ts";

/** "tier standard", "file /home/me/.config/haypile/haypile.toml", "default". */
function originInWords({ origin, from }: Setting): string {
  if (origin === "default" && from === "") return "default";
  return `${origin} ${printable(from)}`;
}

/** One line an option: name, value with its unit, origin. */
export function settingRows(
  settings: Settings,
  names: readonly OptionName[] = optionNames,
): string[] {
  const values = names.map((name) => {
    const { value } = settings[name];
    const shown =
      value === undefined ? `(${rowOf(name).unset ?? "not set"})` : formatValue(name, value);
    return printable(shown);
  });
  const width = Math.max(...values.map((value) => value.length));
  return formatTable(
    names.map((name, i) => [
      name,
      `${(values[i] ?? "").padEnd(width)}  ${originInWords(settings[name])}`,
    ]),
  );
}

const units: Readonly<Record<string, string>> = { size: "bytes", duration: "ms" };

export function settingAsJson(settings: Settings, name: OptionName): SettingJson {
  const { value, origin, from } = settings[name];
  const unit = units[rowOf(name).type];
  return { value: value ?? null, unit, origin, from };
}

export function settingsAsJson(configuration: Configuration): SettingsJson {
  const { facts, score, tier, settings, userFile, projectFile, ignored } = configuration;
  return {
    host: facts,
    score,
    tier,
    options: Object.fromEntries(optionNames.map((name) => [name, settingAsJson(settings, name)])),
    userFile,
    projectFile: projectFile ?? null,
    ignored,
  };
}
