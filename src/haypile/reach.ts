/*
 * What a command asks for: Haypile in the daemon when one of this user runs, else in this process. A daemon that does
 * not answer, or ends, is no reason for a command to fail: what only reads is asked again here, and what was not sent
 * yet is done here. What was sent and may have been carried out is not repeated; its error says so.
 */
import { existsSync } from "node:fs";
import { HaypileError } from "../base/errors.ts";
import { type Environment, readEnvironment } from "../config/environment/env.ts";
import { differing, givenTo } from "../config/environment/given.ts";
import { rowOf } from "../config/options/options.ts";
import { userFile } from "../config/places/paths.ts";
import {
  ask,
  codeFromTable,
  doorFromTable,
  memoriesFromTable,
  type RunCall,
} from "../ports/calls.ts";
import type { Haypile } from "../ports/haypile.ts";
import { findEndpoint } from "../wire/endpoint.ts";
import { readNote } from "../wire/owner.ts";
import { type HereOptions, openHere } from "./here.ts";
import { connect } from "./there.ts";

export interface ReachOptions {
  /** For the daemon's log. */
  client: string;
  /** It must be this process. */
  isHere: boolean;
  /** Of Haypile in this process. */
  options?: HereOptions | undefined;
  /** Cancels calls in the daemon, and ends waiting for it. */
  signal: AbortSignal;
  /** Told when a daemon is there and the work is done here all the same. */
  note: (text: string) => void;
  /** Told when the work is about to be done here, once. */
  onHere?: (() => void) | undefined;
}

export interface Reached {
  haypile: Haypile;
  /**
   * False: the process that does the work ends with this one, so what goes on in the background must be waited for. It
   * becomes false when the daemon ends.
   */
  readonly goesOn: boolean;
}

/**
 * @throws HaypileError HAYPILE_ABORTED, HAYPILE_PERMISSION where the data folder is another user's,
 *   HAYPILE_CONFIG_INVALID
 */
export async function reach(wanted: ReachOptions): Promise<Reached> {
  const { options, signal, client, note } = wanted;
  const environment = readEnvironment();
  const open = (): Haypile => {
    wanted.onHere?.();
    return openHere(options);
  };
  const here = (): Reached => ({ haypile: open(), goesOn: false });
  if (wanted.isHere) return here();
  const autostart = await startsOne(environment);
  if (!autostart && readNote(findEndpoint(environment)) === undefined) return here();
  try {
    const start = autostart ? {} : { start: false as const };
    const there = await connect({ ...start, client, signal, cancel: signal, environment });
    const others = differing(givenTo(environment), there.settings ?? {});
    if (others.length > 0) {
      await there.close();
      note(
        `the daemon was started without this ${others.join(", ")}; the work is done in this process`,
      );
      return here();
    }
    return untilGone(there, open, note);
  } catch (error) {
    if (!isOfDaemon(error)) throw error;
    if (!isNone(error)) note(`${error.message} The work is done in this process`);
    return here();
  }
}

/** @throws HaypileError HAYPILE_CONFIG_INVALID, HAYPILE_PERMISSION, HAYPILE_IO */
async function startsOne(environment: Environment): Promise<boolean> {
  const isSaid = (environment.variables[rowOf("daemon.autostart").env] ?? "") !== "";
  // The reader of files is loaded where there is one to read.
  if (!isSaid && !existsSync(userFile(environment.configFolder))) return false;
  const { optionsOfUser } = await import("../config/user-options.ts");
  return optionsOfUser(environment, ["daemon.autostart"])["daemon.autostart"] === true;
}

/** The daemon's as long as it is there, then this process's. */
function untilGone(there: Haypile, open: () => Haypile, note: (text: string) => void): Reached {
  let here: Haypile | undefined;
  const orHere = async (
    reads: boolean,
    asked: (haypile: Haypile) => Promise<unknown>,
  ): Promise<unknown> => {
    if (here !== undefined) return await asked(here);
    try {
      return await asked(there);
    } catch (error) {
      if (!isOfDaemon(error) || !(reads || isNone(error))) throw error;
      // One of several that were under way may have come first.
      if (here === undefined) {
        note(hasEnded(error) ? ended : `${error.message} The work is done in this process`);
        here = open();
      }
      return await asked(here);
    }
  };
  const through =
    (object: (haypile: Haypile) => Parameters<typeof ask>[0]): RunCall =>
    (name, { reads }, args) =>
      orHere(reads, async (haypile) => await ask(object(haypile), name, args));
  const current = (): Haypile => here ?? there;
  const close = async (): Promise<void> => {
    await there.close();
    await here?.close();
  };
  const haypile: Haypile = {
    code: (folder, options) => codeFromTable(through((haypile) => haypile.code(folder, options))),
    ...doorFromTable(through((haypile) => haypile)),
    memories: memoriesFromTable(
      through((haypile) => haypile.memories),
      {
        export: (filter) => current().memories.export(filter),
        import: (lines, options) => current().memories.import(lines, options),
        openImport: (options) => current().memories.openImport(options),
        close: async () => undefined,
      },
    ),
    close,
    [Symbol.asyncDispose]: close,
  };
  return {
    haypile,
    get goesOn() {
      return here === undefined;
    },
  };
}

/** The daemon could not be used, whatever was asked of it. */
function isOfDaemon(error: unknown): error is HaypileError {
  if (!HaypileError.isInstance(error)) return false;
  return error.code === "HAYPILE_DAEMON" || isFull(error);
}

/** It has as many clients as it takes. A call that it has no room for is refused here as there. */
function isFull({ code, data }: HaypileError): boolean {
  return code === "HAYPILE_OVERLOADED" && data.state === "full";
}

const ended = "the daemon has ended; the work is done in this process";

/** One that is there still was found in another state. */
function hasEnded({ data }: HaypileError): boolean {
  return data.state === undefined || data.state === "none";
}

/** Nothing was sent: there is none. */
function isNone({ data }: HaypileError): boolean {
  return data.state === "none";
}
