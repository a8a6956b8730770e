/*
 * How often a server looks at bearers that it does not know. What says itself that it is not good, and what a hash tells, is
 * refused at no cost: it is looked at always, and counted where it is wrong, so a right one is never refused for wrong ones before
 * it. Verifying the signature of a JWT is work: it takes a turn of a bucket of its own, and has it back where the token is good.
 * Whoever else asks from the same address (behind a proxy all have one), three are not held up: what was good lately, known by
 * what it hashes to; an access token that has ended, whose client is to get another; and, where others use up the turns of all,
 * addresses that good ones came from.
 */
import { createHash } from "node:crypto";
import { isIPv6 } from "node:net";
import { NoKey } from "../oauth/keys.ts";
import { Bucket } from "../rights/bucket.ts";
import type { Client } from "../rights/rights.ts";
import type { FirstSight } from "./door-keeper.ts";

/** Turns a minute. */
export interface Turns {
  ofAddress: number;
  ofAll: number;
}

/** Wrong bearers that are answered as such: at no cost, and after a look at their signature. */
export const defaultStrangers: { free: Turns; costly: Turns } = {
  free: { ofAddress: 300, ofAll: 1_200 },
  // As many signatures as are a small part of a core's work.
  costly: { ofAddress: 3_000, ofAll: 12_000 },
};

/** Bearers that are known; of more the one goes that was shown longest ago. */
const mostKnown = 10_000;
/** Addresses that are counted, and those that were good; of more the one goes that asked longest ago. The buckets of all go on. */
const mostAddresses = 10_000;
/** Milliseconds that an address counts as good after its last good bearer. */
const goodMs = 60 * 60_000;
/** Where there are no keys: until they are asked for again. */
const keysWaitS = 30;

export interface StrangersParts {
  /** Who a bearer is of; undefined: it is not good. @throws NoKey */
  clientOf: (bearer: string) => Promise<Client | undefined>;
  firstSight: (bearer: string) => FirstSight;
  /** Default: `defaultStrangers`. */
  turns?: { free: Turns; costly: Turns } | undefined;
  /** Milliseconds, ever larger. */
  now?: (() => number) | undefined;
}

/** `isAway`: there are no keys now, so nobody knows whether it is good. */
export type Looked = { client: Client | undefined } | { retryAfterS: number; isAway: boolean };

export class Strangers {
  readonly #parts: StrangersParts;
  readonly #now: () => number;
  readonly #free: Buckets;
  readonly #costly: Buckets;
  /** By digest, until when it may be good, milliseconds since 1970; in the order in which they were shown last. */
  readonly #known = new Map<string, number>();
  /** Since when the last good one came from there; in this order. Strangers put none out. */
  readonly #good = new Map<string, number>();

  constructor(parts: StrangersParts) {
    this.#parts = parts;
    this.#now = parts.now ?? (() => performance.now());
    const { free, costly } = parts.turns ?? defaultStrangers;
    this.#free = new Buckets(free, this.#now());
    this.#costly = new Buckets(costly, this.#now());
  }

  /** How much is held: bearers, addresses that are counted, and those that were good. */
  get counts(): { known: number; addresses: number; good: number } {
    const addresses = Math.max(this.#free.size, this.#costly.size);
    return { known: this.#known.size, addresses, good: this.#good.size };
  }

  /** @param address of the other end of the connection; a header could say any */
  async look(bearer: string, address: string | undefined): Promise<Looked> {
    const place = placeOf(address);
    const sight = this.#parts.firstSight(bearer);
    if (sight === "over") return { client: undefined };
    if (sight === "wrong") return this.#wrong(place);
    if (sight === "signature") return await this.#verified(bearer, place);
    const client = await this.#parts.clientOf(bearer);
    return client === undefined ? this.#wrong(place) : this.#right(client, place);
  }

  async #verified(bearer: string, place: string): Promise<Looked> {
    const digest = createHash("sha256").update(bearer).digest("base64url");
    const isKnown = this.#isKnown(digest);
    const taken = isKnown ? [] : this.#costly.take(place, this.#now(), this.#isGood(place));
    if (typeof taken === "number") return { retryAfterS: taken, isAway: false };
    const giveBack = (): void => {
      for (const bucket of taken) bucket.giveBack();
    };
    try {
      const client = await this.#parts.clientOf(bearer);
      if (client !== undefined) {
        giveBack();
        this.#keep(digest, client.untilMs ?? Number.POSITIVE_INFINITY);
        return this.#right(client, place);
      }
    } catch (error) {
      if (!(error instanceof NoKey)) throw error;
      giveBack();
      if (!error.isAnyThere) return { retryAfterS: keysWaitS, isAway: true };
      // A key that is gone may come again: what was good by it stays known.
      return isKnown ? { client: undefined } : this.#wrong(place);
    }
    if (!isKnown) return { client: undefined };
    this.#known.delete(digest);
    const late = this.#costly.take(place, this.#now(), this.#isGood(place));
    return typeof late === "number" ? { retryAfterS: late, isAway: false } : { client: undefined };
  }

  #wrong(place: string): Looked {
    const taken = this.#free.take(place, this.#now(), false);
    return typeof taken === "number"
      ? { retryAfterS: taken, isAway: false }
      : { client: undefined };
  }

  #right(client: Client, place: string): Looked {
    this.#good.delete(place);
    this.#good.set(place, this.#now());
    forgetOldest(this.#good, mostAddresses);
    return { client };
  }

  #isGood(place: string): boolean {
    return this.#now() - (this.#good.get(place) ?? Number.NEGATIVE_INFINITY) < goodMs;
  }

  #isKnown(digest: string): boolean {
    const untilMs = this.#known.get(digest);
    if (untilMs === undefined) return false;
    this.#known.delete(digest);
    if (untilMs <= Date.now()) return false;
    this.#known.set(digest, untilMs);
    return true;
  }

  #keep(digest: string, untilMs: number): void {
    this.#known.set(digest, untilMs);
    forgetOldest(this.#known, mostKnown);
  }
}

/** Buckets of addresses, and one of all. */
class Buckets {
  readonly #turns: Turns;
  /** In the order in which they asked last. */
  readonly #addresses = new Map<string, Bucket>();
  readonly #all: Bucket;

  constructor(turns: Turns, nowMs: number) {
    this.#turns = turns;
    this.#all = new Bucket(turns.ofAll, nowMs);
  }

  get size(): number {
    return this.#addresses.size;
  }

  /**
   * A turn of the address and one of all; or in how many seconds there is one. One that has no turn left takes none of all.
   * @param isApart it takes none of all either way
   */
  take(place: string, nowMs: number, isApart: boolean): readonly Bucket[] | number {
    const { ofAddress, ofAll } = this.#turns;
    const own = this.#addresses.get(place) ?? new Bucket(ofAddress, nowMs);
    this.#addresses.delete(place);
    this.#addresses.set(place, own);
    forgetOldest(this.#addresses, mostAddresses);
    const ownWait = own.take(ofAddress, nowMs);
    if (ownWait > 0) return ownWait;
    if (isApart) return [own];
    const wait = this.#all.take(ofAll, nowMs);
    if (wait === 0) return [own, this.#all];
    own.giveBack();
    return wait;
  }
}

function forgetOldest(map: Map<string, unknown>, most: number): void {
  if (map.size <= most) return;
  const [oldest = ""] = map.keys();
  map.delete(oldest);
}

/** One network of IPv6 has as many addresses as it likes: the first four groups count. An IPv4 one may come as ::ffff:1.2.3.4. */
function placeOf(address = ""): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/iu, "");
  if (!isIPv6(plain)) return plain;
  const [before = "", after] = plain.split("%")[0]?.split("::") ?? [];
  const first = before === "" ? [] : before.split(":");
  const last = after === undefined || after === "" ? [] : after.split(":");
  const missing = after === undefined ? 0 : 8 - first.length - last.length;
  const groups = [...first, ...Array<string>(Math.max(0, missing)).fill("0"), ...last];
  return `${groups.slice(0, 4).join(":").toLowerCase()}::`;
}
