/* The project of the current folder, for "--namespace .": the same one that MCP clients in this folder work in. */
import { readEnvironment } from "../../config/environment/env.ts";
import {
  adoptNamespace,
  noteProject,
  type Project,
  projectOf,
} from "../../config/places/projects.ts";
import type { Memories } from "../../ports/memories.ts";
import { printable } from "../output/format.ts";

/** How a namespace is written that means the project here. */
export const here = ".";

export function projectHere(): Project {
  return projectOf(process.cwd(), readEnvironment());
}

/** Each "." becomes all names the project's memories have. */
export function namespacesFor(said: readonly string[]): string[] {
  return said.flatMap((one) => (one === here ? projectHere().namespaces : [one]));
}

/** "." becomes the name that memories of the project are kept under, which is noted. */
export function namespaceFor(said: string): string {
  if (said !== here) return said;
  noteProject(process.cwd(), readEnvironment());
  return projectHere().namespace;
}

/** @throws HaypileError HAYPILE_PERMISSION, HAYPILE_DISK_FULL, HAYPILE_IO */
export function adoptHere(namespace: string): Project {
  return adoptNamespace(process.cwd(), namespace, readEnvironment());
}

/** Says on stderr when the project here has no memories, and another one that looks like it has. */
export async function tellAlike(memories: Memories, said: readonly string[] = []): Promise<void> {
  if (!said.includes(here)) return;
  const { alikeNotes } = await import("../../mcp/project/alike.ts");
  for (const line of await alikeNotes(memories, process.cwd())) {
    process.stderr.write(`haypile: ${printable(line)}\n`);
  }
}
