/* The project that the address of an index's store names. */
import { HaypileError } from "../../base/errors.ts";

const longestName = 200;

/** An address without the name of a project in it, and that. @throws HaypileError HAYPILE_USAGE */
export function withoutProject(address: string): { url: string; project: string | undefined } {
  const url = new URL(address);
  const project = url.searchParams.get("project") ?? undefined;
  if (project === undefined) return { url: address, project };
  url.searchParams.delete("project");
  if (project === "" || project.length > longestName) {
    throw new HaypileError(
      "HAYPILE_USAGE",
      `Expected a name of 1 to ${longestName} characters as "project" in the address of the index's store, but got ${project.length}. Correct index.store.`,
    );
  }
  return { url: url.href, project };
}
