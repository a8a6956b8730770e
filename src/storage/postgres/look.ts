/* What can be told of a store without changing anything of it. */
import type { LinkOptions } from "./link/link.ts";
import { openLink } from "./link/open.ts";
import { untilThere } from "./link/until-there.ts";
import { readState, type StoreState } from "./schema/state.ts";

export interface StoreLook extends StoreState {
  /** Without any secret. */
  name: string;
  /** Who is logged in. */
  user: string;
  /** One question and its answer, milliseconds. */
  askedMs: number;
  /** How far behind the replica is, milliseconds; undefined: there is none. */
  behindMs: number | undefined;
}

const questions = 5;

/** @throws HaypileError HAYPILE_STORE_AWAY, HAYPILE_STORE_REFUSED, HAYPILE_USAGE */
export async function lookAtStore(options: LinkOptions, waitMs: number): Promise<StoreLook> {
  const { replica } = options;
  const link = openLink({ ...options, replica: undefined });
  try {
    await untilThere(link, waitMs);
    const state = readState(link, link.schema);
    let askedMs = Number.POSITIVE_INFINITY;
    for (let at = 0; at < questions; at += 1) {
      const asked = performance.now();
      link.lists("SELECT 1");
      askedMs = Math.min(askedMs, performance.now() - asked);
    }
    const behindMs =
      replica && (await behind({ ...options, ...replica, replica: undefined }, waitMs));
    return { ...state, name: link.name, user: link.user, askedMs, behindMs };
  } finally {
    link.close();
  }
}

/** 0 where all that came was replayed: then nothing tells how long ago the last of it was written. */
async function behind(options: LinkOptions, waitMs: number): Promise<number> {
  const link = openLink(options);
  try {
    await untilThere(link, waitMs);
    const [row] = link.lists(
      `SELECT CASE WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
        ELSE coalesce(extract(epoch FROM now() - pg_last_xact_replay_timestamp()) * 1000, 0) END::float8`,
    );
    return Number(row?.[0]);
  } finally {
    link.close();
  }
}
