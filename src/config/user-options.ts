/* Options that need no facts of the machine, for processes that must start fast: user file and environment. */
import type { Environment } from "./environment/env.ts";
import { readOptionFile } from "./file/read-file.ts";
import { userFile } from "./load.ts";
import type { OptionValue } from "./options/option-row.ts";
import { type OptionName, rowOf } from "./options/options.ts";
import { readValue } from "./options/values.ts";

/**
 * The values of some options whose default is fixed.
 * @throws HaypileError HAYPILE_CONFIG_INVALID, HAYPILE_PERMISSION, HAYPILE_IO
 */
export function optionsOfUser<Name extends OptionName>(
  environment: Environment,
  names: readonly Name[],
): Record<Name, OptionValue | undefined> {
  const file = readOptionFile(userFile(environment), "user");
  const values = names.map((name) => {
    const { env, default: usual } = rowOf(name);
    const raw = environment.variables[env];
    if (raw === undefined || raw === "") return [name, file?.values.get(name) ?? usual];
    return [name, readValue(name, raw, { where: `in ${env}`, code: "HAYPILE_CONFIG_INVALID" })];
  });
  return Object.fromEntries(values) as Record<Name, OptionValue | undefined>;
}
