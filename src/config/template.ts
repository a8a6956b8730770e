/* The first text of a haypile.toml: every option as a comment, with what it does and its default. */
import { type OptionName, optionNames, rowOf } from "./options/options.ts";
import { tomlValue } from "./options/values.ts";
import type { Settings } from "./resolve.ts";

/** What stands in place of a default, for people: "by tier", "none". */
export function defaultInWords(name: OptionName, format: (value: never) => string): string {
  const row = rowOf(name);
  if (row.default !== undefined) return format(row.default as never);
  if (row.tier !== undefined) return "by tier";
  return row.storage === undefined ? (row.unset ?? "none") : "by storage profile";
}

/**
 * A template whose values are those of this machine; all of them are comments.
 * @param head lines of comment at the top
 */
export function fileTemplate(settings: Settings, head: readonly string[]): string {
  const lines = head.map((line) => `# ${line}`);
  let section = "";
  for (const name of optionNames) {
    const [of = "", key = ""] = name.split(".");
    if (of !== section) {
      section = of;
      lines.push("", `[${section}]`);
    }
    const { says, unset } = rowOf(name);
    const { value, origin } = settings[name];
    // Of what is set somewhere the default is shown; a template repeats nobody's choice.
    const isOwn = origin === "default" || origin === "tier" || origin === "profile";
    lines.push(`# ${says}`);
    lines.push(
      isOwn && value !== undefined
        ? `# ${key} = ${tomlValue(name, value)}`
        : `# ${key} =    # ${defaultInWords(name, (one) => tomlValue(name, one))}${unset === undefined ? "" : " when left out"}`,
    );
  }
  return `${lines.join("\n")}\n`;
}
