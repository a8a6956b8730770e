/* What a daemon that runs goes by, for "haypile config": asked over its socket, which makes it read the user's file again. */
import type { Environment } from "../config/environment/env.ts";
import type { OptionValue } from "../config/options/option-row.ts";
import type { OptionName } from "../config/options/options.ts";
import { isOfCalls, takesEffect } from "../config/options/takes-effect.ts";
import { formatValue } from "../config/options/values.ts";
import type { SettingInForce, SettingsInForce } from "../ports/answers/daemon/settings.ts";
import { findEndpoint } from "../wire/endpoint.ts";
import { readNote } from "../wire/owner.ts";
import type { SettingReach } from "./output/json-settings.ts";

const atOpening = ", where an index is not in use then";

/**
 * Undefined: no daemon runs; none is started.
 * @throws HaypileError HAYPILE_DAEMON where there is one that does not answer
 */
export async function settingsOfDaemon(
  environment: Environment,
): Promise<SettingsInForce | undefined> {
  if (readNote(findEndpoint(environment)) === undefined) return undefined;
  const { connect } = await import("../haypile/there.ts");
  const daemon = await connect({ start: false, client: "haypile config", environment }).catch(
    (error: { data?: { state?: unknown } | undefined }) => {
      // Its note is there, and it is not.
      if (error.data?.state === "none") return undefined;
      throw error;
    },
  );
  if (daemon === undefined) return undefined;
  try {
    return await daemon.configuration();
  } finally {
    await daemon.close();
  }
}

/** What one process has for all projects. */
const ofDaemon = /^(?:memory|daemon|http|page|alerts|upkeep|watch|memories|snapshots)\./;

/** The same of an option of a project's file; undefined: nothing is known of it. */
export function reachInProject(
  name: OptionName,
  value: OptionValue,
  { pid }: SettingsInForce,
): SettingReach | undefined {
  const daemon = `the daemon (process ${pid})`;
  if (takesEffect(name) === "next call") {
    const says = `${daemon} goes by it from the next call in this project on${isOfCalls(name) ? "" : atOpening}`;
    return { pid, when: "next call", value, says };
  }
  if (!ofDaemon.test(name)) return undefined;
  const says = `${daemon} is one for all projects and goes by your own file in ${name}; that of a project counts where a command works by itself`;
  return { pid, when: "never", value, says };
}

/** When a change that was written reaches the daemon. */
export function reachOf(
  name: OptionName,
  { pid, settings, problem }: SettingsInForce,
): SettingReach {
  const found = settings.find((one) => one.name === name) as SettingInForce;
  const { waits, origin, from, value = null } = found;
  const kept = value === null ? "not set" : formatValue(name, value);
  const daemon = `the daemon (process ${pid})`;
  if (problem !== undefined) {
    return { pid, when: "never", value, says: `${daemon} stays as it was: ${problem}` };
  }
  if (origin === "environment") {
    const says = `${daemon} goes by ${name} = ${kept}, since ${from} of its environment goes before the file`;
    return { pid, when: "never", value, says };
  }
  if (waits) {
    const says = `${daemon} goes by it when it is started again ("haypile restart"); until then ${name} is ${kept}`;
    return { pid, when: "restart", value, says };
  }
  const when = takesEffect(name);
  const says =
    when === "next call"
      ? `${daemon} goes by it from the next call on${isOfCalls(name) ? "" : atOpening}`
      : `${daemon} goes by it from now on`;
  return { pid, when: when === "restart" ? "now" : when, value, says };
}
