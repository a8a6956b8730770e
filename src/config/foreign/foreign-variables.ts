/*
 * Variables of other systems that are set. They are never obeyed: the other system may be running beside us. Those who look
 * at their settings are told of each, by name alone, since some hold keys.
 */
import type { Environment } from "../environment/env.ts";
import { answerInWords, answerOf, foreignSystems } from "./systems.ts";

/** Other variables of the table, such as REDIS_URL, are set for many programs: nobody is told of them. */
const ofTheirs = /^(?:MEMTRACE|MEMENTO|MEMORY|DEV_CONTEXT|CODESAGE)_/;

export interface ForeignVariable {
  name: string;
  /** The names of the systems that read it. */
  systems: string[];
  /** What it would be here, or why not and what to use. */
  says: string;
}

/** In the order of the table. */
export function foreignVariables({ variables }: Pick<Environment, "variables">): ForeignVariable[] {
  const found = new Map<string, ForeignVariable>();
  for (const { name: system, rows } of foreignSystems) {
    for (const row of rows) {
      if (row.kind !== "variable") continue;
      for (const name of row.names) {
        if (!variables[name] || !ofTheirs.test(name)) continue;
        const known = found.get(name);
        if (known !== undefined) known.systems.push(system);
        else found.set(name, { name, systems: [system], says: answerInWords(answerOf(row)) });
      }
    }
  }
  return [...found.values()];
}

/** "MEMTRACE_TIER is set, which Memtrace reads and Haypile does not. …" */
export function foreignVariableInWords({ name, systems, says }: ForeignVariable): string {
  const who = systems.join(" and ");
  return `${name} is set, which ${who} ${systems.length > 1 ? "read" : "reads"} and Haypile does not. ${says}`;
}
