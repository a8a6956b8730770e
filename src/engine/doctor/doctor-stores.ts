/* Looks at the servers of stores, where the settings name any: whether they answer, who is logged in, what their tables are. */
import { type ErrorCode, HaypileError } from "../../base/errors.ts";
import type { Environment } from "../../config/environment/env.ts";
import { lookAtStore, type StoreLook } from "../../storage/postgres/look.ts";
import { readConfiguration } from "../configure.ts";
import { unfinishedMove } from "../memories/move/move.ts";
import { allStores, indexStore, linkTo, ownFiles, storesOfMemories } from "../store/store-for.ts";
import type { Check } from "../types.ts";

/** A server that takes longer is away, for who waits for the report. */
const longestMs = 3_000;

/** What the settings keep on servers. Never throws. */
export function keptOnServers(environment: Environment): { memories: boolean; indexes: boolean } {
  try {
    return {
      memories: storesOfMemories(environment).others !== ownFiles,
      indexes: indexStore(readConfiguration(undefined, {}, environment)) !== ownFiles,
    };
  } catch {
    return { memories: false, indexes: false };
  }
}

/** Nothing where all is kept in files of this machine. Never throws. */
export async function checkStores(environment: Environment): Promise<Check[]> {
  try {
    const configuration = readConfiguration(undefined, {}, environment);
    const ofMemories = allStores(storesOfMemories(environment));
    const ofIndex = indexStore(configuration);
    const checks: Check[] = [];
    for (const store of new Set([...ofMemories, ofIndex])) {
      if (store === ownFiles) continue;
      const what = [
        ...(ofMemories.includes(store) ? ["memories"] : []),
        ...(ofIndex === store ? ["indexes"] : []),
      ].join(" and ");
      checks.push(
        await checkStore(`store of ${what}`, store, () => {
          const link = linkTo(store, configuration, environment);
          return link && { ...link, connectMs: longestMs };
        }),
      );
    }
    const move = unfinishedMove(environment);
    if (move !== undefined) {
      const detail = `a move of memories to ${move.to} was ended in its last moment, and what was said in ${move.from} just before may be missing there: run "haypile move --to ${move.to}" once more`;
      checks.push({ name: "move", state: "note", detail });
    }
    return checks;
  } catch (error) {
    return [{ name: "store", state: "failed", detail: messageOf(error) }];
  }
}

async function checkStore(
  name: string,
  store: string,
  linkOf: () => ReturnType<typeof linkTo>,
): Promise<Check> {
  try {
    const link = linkOf();
    if (link === undefined) return { name, state: "ok", detail: store };
    let look: StoreLook;
    let lacks = "";
    try {
      look = await lookAtStore(link, longestMs);
    } catch (error) {
      if (link.replica === undefined) throw error;
      // Calls go on without a replica that fails.
      look = await lookAtStore({ ...link, replica: undefined }, longestMs);
      lacks = `. Nothing is asked of its replica: ${messageOf(error)}`;
    }
    const detail = `${inWords(look)}${lacks}`;
    if (look.vector !== undefined && lacks !== "") return { name, state: "note", detail };
    if (look.vector !== undefined) return { name, state: "ok", detail };
    return { name, state: "failed", detail, code: "HAYPILE_STORE_RIGHTS" };
  } catch (error) {
    return { name, state: "failed", detail: messageOf(error), code: codeOf(error) };
  }
}

function inWords(look: StoreLook): string {
  const { name, user, server, vector, version, by, isMine, isReplica, askedMs, behindMs } = look;
  const major = server < 100_000 ? server / 10_000 : Math.floor(server / 10_000);
  const tables =
    version === undefined
      ? "no tables yet"
      : `tables of version ${version}${by === undefined ? "" : ` by Haypile ${by}`}${isMine === true ? ", which this role owns" : ""}`;
  return [
    `${name}: PostgreSQL ${major}.${server % 10_000}`,
    vector === undefined ? "without pgvector (CREATE EXTENSION vector)" : `pgvector ${vector}`,
    tables,
    `as ${user}`,
    ...(isReplica ? ["a replica: nothing can be written"] : []),
    `${askedMs.toFixed(1)} ms a question`,
    ...(behindMs === undefined ? [] : [`the replica is ${Math.round(behindMs)} ms behind`]),
  ].join(", ");
}

function codeOf(error: unknown): ErrorCode | undefined {
  return HaypileError.isInstance(error) ? error.code : undefined;
}

function messageOf(error: unknown): string {
  return HaypileError.isInstance(error) ? error.message : String(error);
}
