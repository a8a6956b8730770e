/* The way of commands to Haypile: the daemon where one runs, this process where a flag says so or none does. */
import { setFlagsFromString } from "node:v8";
import type { Command } from "commander";
import type { Reached } from "../haypile/reach.ts";
import { printable } from "./output/format.ts";

export interface DoorFlags {
  db?: string | undefined;
  here?: boolean | undefined;
  pin?: boolean | undefined;
  numaNode?: number | undefined;
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
  database?: "index" | "memories" | undefined;
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
  const { db, here } = flags;
  const shaped = database === "index" ? await ofModel(flags) : {};
  const reached = await reach({
    client: `haypile ${command}`,
    isHere: here === true || db !== undefined || Object.keys(shaped).length > 0,
    options: {
      ...shaped,
      [database === "index" ? "database" : "memoriesDatabase"]: db,
    },
    signal,
    note: (text) => process.stderr.write(`haypile: ${printable(text)}\n`),
    onHere: compileAgain,
  });
  try {
    return await run(reached);
  } finally {
    await reached.haypile.close();
  }
}

/** What flags say of the model and how it is run. */
async function ofModel(flags: DoorFlags): Promise<Record<string, unknown>> {
  const { saidByFlags } = await import("./flags/option-flags.ts");
  const { pin, numaNode } = flags;
  const said = Object.entries({ pin, numaNode, ...saidByFlags(flags) });
  return Object.fromEntries(said.filter(([, value]) => value !== undefined));
}

/**
 * bin/haypile.cjs turns V8's compilers off for commands that the daemon may answer: here is work for them. A Node that
 * was started without them (--jitless: it has no WebAssembly either) would crash.
 */
export function compileAgain(): void {
  if (!("WebAssembly" in globalThis)) return;
  setFlagsFromString("--opt");
  setFlagsFromString("--maglev");
}
