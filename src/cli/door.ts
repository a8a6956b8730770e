/* The way of commands to Haypile: the daemon where one runs, this process where a flag says so or none does. */
import type { Command } from "commander";
import type { Reached } from "../haypile/reach.ts";
import { saidByFlags } from "./flags/option-flags.ts";
import { printable } from "./output/format.ts";

export interface DoorFlags {
  db?: string;
  here?: boolean;
  pin?: boolean;
  numaNode?: number;
}

/** Adds --here. */
export function addHereFlag(command: Command): Command {
  return command.option("--here", "do the work in this process, also where a daemon runs");
}

/** What a command is: its flags, whose --db it has, and what ends it. */
export interface Ways {
  /** As a person writes it: "search". */
  command: string;
  flags: DoorFlags;
  /** What --db names. Default: the index. */
  database?: "index" | "memories";
  signal: AbortSignal;
}

/**
 * Runs with Haypile, and closes it. Flags that shape the model or name another database mean this process.
 * @throws HaypileError as reach() and `run`
 */
export async function throughDoor<T>(
  { command, flags, database = "index", signal }: Ways,
  run: (reached: Reached) => Promise<T>,
): Promise<T> {
  const { reach } = await import("../haypile/reach.ts");
  const { db, here, pin, numaNode } = flags;
  const ofModel = { pin, numaNode, ...saidByFlags(flags) };
  const shaped = Object.entries(ofModel).filter(([, value]) => value !== undefined);
  const reached = await reach({
    client: `haypile ${command}`,
    isHere: here === true || db !== undefined || shaped.length > 0,
    options: {
      ...Object.fromEntries(shaped),
      ...(db !== undefined && { [database === "index" ? "database" : "memoriesDatabase"]: db }),
    },
    signal,
    note: (text) => process.stderr.write(`haypile: ${printable(text)}\n`),
  });
  try {
    return await run(reached);
  } finally {
    await reached.haypile.close();
  }
}
