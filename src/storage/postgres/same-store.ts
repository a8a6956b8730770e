/*
 * Whether two addresses lead to one store. Names do not tell: a socket and a port, or two names of one machine, may be one
 * server, and one name of a socket's folder another on each machine. So one end takes a lock that nobody else has, and the
 * other one looks whether it is there: locks are seen in one server alone, neither in its replicas nor in copies of it.
 */
import { randomInt } from "node:crypto";
import type { LinkOptions } from "./link/link.ts";
import { openLink } from "./link/open.ts";
import { placeOf } from "./link/place.ts";
import { untilThere } from "./link/until-there.ts";

const usualSchema = "haypile";

/** The same server by its address, and on it the same database and schema; who logs in there may differ. */
export function isSameAddress(a: LinkOptions, b: LinkOptions): boolean {
  const [one, other] = [placeOf(a), placeOf(b)];
  return mayBeOne(a, b) && one.host === other.host && one.port === other.port;
}

/** The same, and who logs in there: whatever one may do, the other may. @throws HaypileError HAYPILE_USAGE for one that is none */
export function isSameLogin(a: LinkOptions, b: LinkOptions): boolean {
  return isSameAddress(a, b) && placeOf(a).user === placeOf(b).user;
}

/**
 * Asks the servers, whoever logs in there.
 * @param waitMs for each server to answer
 * @throws HaypileError HAYPILE_STORE_AWAY, HAYPILE_STORE_REFUSED, HAYPILE_USAGE for an address that is none. Nobody is asked
 *   where the addresses name other databases or schemas, or one server
 */
export async function isSameStore(
  a: LinkOptions,
  b: LinkOptions,
  waitMs: number,
): Promise<boolean> {
  if (!mayBeOne(a, b)) return false;
  if (isSameAddress(a, b)) return true;
  const [one, other] = [a, b].map((options) => openLink({ ...options, replica: undefined }));
  if (one === undefined || other === undefined) return false;
  try {
    await untilThere(one, waitMs);
    await untilThere(other, waitMs);
    const session = one.session();
    try {
      const lock = [randomInt(2 ** 31), randomInt(2 ** 31)];
      await session.later("SELECT pg_advisory_lock($1::int4, $2::int4)", lock);
      const [seen] = await other.later<{ isSeen: boolean }>(
        `SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND granted
           AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
           AND classid = $1::int8::oid AND objid = $2::int8::oid) AS "isSeen"`,
        lock,
      );
      return seen?.isSeen === true;
    } finally {
      await session.end();
    }
  } finally {
    one.close();
    other.close();
  }
}

function mayBeOne(a: LinkOptions, b: LinkOptions): boolean {
  const [one, other] = [placeOf(a), placeOf(b)];
  return (
    one.database === other.database && (one.schema ?? usualSchema) === (other.schema ?? usualSchema)
  );
}
