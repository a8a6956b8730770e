/* Settings as people and programs see them. */
import type { Configuration } from "../../config/load.ts";
import { type OptionName, optionNames, rowOf } from "../../config/options/options.ts";
import { formatValue } from "../../config/options/values.ts";
import type { Origin, Settings } from "../../config/resolve.ts";
import type { SettingInForce, SettingsInForce } from "../../ports/answers/daemon/settings.ts";
import { formatTable, printable } from "./format.ts";
import type { SettingsJson } from "./json-outputs.ts";
import type { SettingJson, SettingsInForceJson } from "./json-settings.ts";

/** "tier standard", "file /home/me/.config/haypile/haypile.toml", "default". */
function originInWords({ origin, from }: { origin: string; from: string }): string {
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

/** The same of a daemon, and what waits for its next start. */
export function rowsInForce({ settings }: SettingsInForce): string[] {
  const rows = settings.map(({ name, value, origin, from, waits }) => {
    const own = name as OptionName;
    const shown =
      value === undefined ? `(${rowOf(own).unset ?? "not set"})` : formatValue(own, value);
    const of = waits ? "until it is started again" : originInWords({ origin, from });
    return { name, shown: printable(shown), of };
  });
  const width = Math.max(...rows.map(({ shown }) => shown.length));
  return formatTable(rows.map(({ name, shown, of }) => [name, `${shown.padEnd(width)}  ${of}`]));
}

const units: Readonly<Record<string, string>> = { size: "bytes", duration: "ms" };

export function settingAsJson(settings: Settings, name: OptionName): SettingJson {
  const { value, origin, from } = settings[name];
  const unit = units[rowOf(name).type];
  return { value: value ?? null, unit, origin, from };
}

export function inForceAsJson(one: SettingInForce): SettingJson & { waits: boolean } {
  const { name, value, origin, from, waits } = one;
  const unit = units[rowOf(name as OptionName).type];
  return { value: value ?? null, unit, origin: origin as Origin, from, waits };
}

export function settingsInForceAsJson({
  pid,
  settings,
  problem,
}: SettingsInForce): SettingsInForceJson {
  const options = settings.map((one) => [one.name, inForceAsJson(one)]);
  return { pid, problem: problem ?? null, options: Object.fromEntries(options) };
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
