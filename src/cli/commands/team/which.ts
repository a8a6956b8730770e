/* Flags that say which rights are meant. */
import type { Command } from "commander";
import type { TeamGrant } from "../../../ports/answers/team.ts";

export interface WhichFlags {
  namespace?: string[] | undefined;
  allNamespaces?: boolean | undefined;
  project?: string[] | undefined;
  allProjects?: boolean | undefined;
  new?: boolean | undefined;
  admin?: boolean | undefined;
}

export function addWhich(command: Command): Command {
  return command
    .option("--namespace <name...>", "these namespaces of memories, also before they are there")
    .option("--all-namespaces", "all of them, and those that come")
    .option("--project <name...>", "these projects, whose code is indexed")
    .option("--all-projects", "all of them, and those that come")
    .option("--new", "to make new namespaces and projects, which the maker then may write")
    .option("--admin", "to give and take rights, and to read the whole audit");
}

export function grantsOf(flags: WhichFlags, isWrite: boolean): TeamGrant[] {
  const can = isWrite ? "write" : "read";
  const named = (scope: "namespace" | "project", names: readonly string[] = []): TeamGrant[] =>
    [...new Set(names)].map((name) => ({ scope, name, can }));
  const whole = (is: boolean | undefined, grant: Omit<TeamGrant, "name">): TeamGrant[] =>
    is === true ? [{ name: "", ...grant }] : [];
  return [
    ...named("namespace", flags.namespace),
    ...whole(flags.allNamespaces, { scope: "namespaces", can }),
    ...named("project", flags.project),
    ...whole(flags.allProjects, { scope: "projects", can }),
    ...whole(flags.new, { scope: "new", can: "write" }),
    ...whole(flags.admin, { scope: "group", can: "admin" }),
  ];
}
