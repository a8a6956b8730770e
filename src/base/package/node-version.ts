import { HaypileError } from "../errors.ts";

/** Oldest Node the native parts work with: better-sqlite3 13 crashes the process on Node 20. */
export const oldestNode = 22;

/**
 * Throws before anything native is loaded on a Node that cannot run it.
 * @throws HaypileError HAYPILE_NODE_TOO_OLD
 */
export function assertNodeVersion(version: string = process.versions.node): void {
  const major = Number.parseInt(version, 10);
  if (major >= oldestNode) return;
  throw new HaypileError(
    "HAYPILE_NODE_TOO_OLD",
    `Haypile needs Node ${oldestNode} or newer, this is Node ${version}. Install a newer Node and run it again.`,
    { data: { version, oldestNode } },
  );
}
