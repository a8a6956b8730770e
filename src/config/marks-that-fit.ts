/* The marks of memory as they are in the end: in their order, below the limit that is in force with them. */
import type { ErrorCode } from "../base/errors.ts";
import { assertMarksInOrder, type MarkName, markNames } from "./options/memory-marks.ts";
import { rowOf } from "./options/options.ts";
import { isSaid, origins, type Settings } from "./resolve.ts";

/**
 * The marks of memory in their order below the limit. Sizes that do not fit a lower limit which came later, from a
 * project, a variable or a flag, give way to the defaults: they were meant for another limit, and no clone can break a
 * configuration by narrowing it.
 * @param code of the error. Default: HAYPILE_USAGE where the caller said one of them, else HAYPILE_CONFIG_INVALID
 * @throws HaypileError `code`
 */
export function withMarksThatFit(settings: Settings, code = codeOf(settings)): Settings {
  if (markNames.every((name) => !isSaid(settings[name]))) return settings;
  const marks = Object.fromEntries(markNames.map((name) => [name, settings[name].value])) as Record<
    MarkName,
    string
  >;
  const where = (name: MarkName | "memory.max"): string => {
    const { origin, from } = settings[name];
    if (origin === "default") return "by default";
    if (origin === "tier" || origin === "profile") return `by the ${origin} ${from}`;
    return origin.endsWith(" file") ? `in ${from}` : `by ${from}`;
  };
  assertMarksInOrder(marks, undefined, code, where);
  const limit = settings["memory.max"];
  try {
    assertMarksInOrder(marks, limit.value, code, where);
    return settings;
  } catch (error) {
    const isLater = (name: MarkName): boolean =>
      origins.indexOf(limit.origin) > origins.indexOf(settings[name].origin);
    if (!isSaid(limit) || !markNames.every(isLater)) throw error;
    const from = "since the sizes that were said do not fit memory.max";
    const usual = markNames.map((name) => [
      name,
      { value: rowOf(name).default, origin: "default", from },
    ]);
    return { ...settings, ...Object.fromEntries(usual) } as Settings;
  }
}

function codeOf(settings: Settings): ErrorCode {
  const isOfCaller = markNames.some((name) => settings[name].origin === "flag");
  return isOfCaller ? "HAYPILE_USAGE" : "HAYPILE_CONFIG_INVALID";
}
