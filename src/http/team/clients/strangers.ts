/*
 * How often a server looks at bearers that it does not know. What was good lately is known by what it hashes to, and is not
 * counted, whoever else asks from the same address: behind a proxy all have one. A bearer that costs much to look at (a JWT,
 * whose signature is verified) takes a turn before it is looked at, and has it back where it is good. One that costs nothing
 * is looked at always, and counted where it is wrong: so a right one is never refused for wrong ones before it.
 */
import { createHash } from "node:crypto";
import { isIPv6 } from "node:net";
import { Bucket } from "../rights/bucket.ts";
import type { Client } from "../rights/rights.ts";

/** Wrong bearers a minute that are answered as such. */
export const defaultStrangers = { perMinute: 300, perMinuteOfAll: 1_200 };

/** Bearers that are known; of more the one goes that was shown longest ago. */
const mostKnown = 10_000;
/** Addresses that are counted; of more the one goes that asked longest ago. The bucket of all goes on. */
const mostAddresses = 10_000;

export interface StrangersParts {
  /** Who a bearer is of; undefined: it is not good. */
  clientOf: (bearer: string) => Promise<Client | undefined>;
  /** Whether looking at it is work. */
  isCostly: (bearer: string) => boolean;
  perMinute?: number | undefined;
  perMinuteOfAll?: number | undefined;
  /** Milliseconds, ever larger. */
  now?: (() => number) | undefined;
}

export type Looked = { client: Client | undefined } | { retryAfterS: number };

export class Strangers {
  readonly #parts: StrangersParts;
  readonly #now: () => number;
  readonly #perMinute: number;
  readonly #perMinuteOfAll: number;
  /** By digest, until when it may be good, milliseconds since 1970; in the order in which they were shown last. */
  readonly #known = new Map<string, number>();
  /** In the order in which they asked last. */
  readonly #addresses = new Map<string, Bucket>();
  readonly #all: Bucket;

  constructor(parts: StrangersParts) {
    this.#parts = parts;
    this.#now = parts.now ?? (() => performance.now());
    this.#perMinute = parts.perMinute ?? defaultStrangers.perMinute;
    this.#perMinuteOfAll = parts.perMinuteOfAll ?? defaultStrangers.perMinuteOfAll;
    this.#all = new Bucket(this.#perMinuteOfAll, this.#now());
  }

  /** How much is held: bearers and addresses. */
  get counts(): { known: number; addresses: number } {
    return { known: this.#known.size, addresses: this.#addresses.size };
  }

  /** @param address of the other end of the connection; a header could say any */
  async look(bearer: string, address: string | undefined): Promise<Looked> {
    const { clientOf, isCostly } = this.#parts;
    const place = placeOf(address);
    if (!isCostly(bearer)) {
      const client = await clientOf(bearer);
      return client === undefined ? this.#wrong(place) : { client };
    }
    const digest = createHash("sha256").update(bearer).digest("base64url");
    if (this.#isKnown(digest)) {
      const client = await clientOf(bearer);
      if (client !== undefined) return { client };
      this.#known.delete(digest);
      return this.#wrong(place);
    }
    const taken = this.#take(place);
    if (typeof taken === "number") return { retryAfterS: taken };
    const client = await clientOf(bearer);
    if (client === undefined) return { client };
    for (const bucket of taken) bucket.giveBack();
    this.#keep(digest, client.untilMs ?? Number.POSITIVE_INFINITY);
    return { client };
  }

  #wrong(place: string): Looked {
    const taken = this.#take(place);
    return typeof taken === "number" ? { retryAfterS: taken } : { client: undefined };
  }

  /** A turn of the address and one of all; or in how many seconds there is one. One that has no turn left takes none of all. */
  #take(place: string): readonly Bucket[] | number {
    const nowMs = this.#now();
    const own = this.#addresses.get(place) ?? new Bucket(this.#perMinute, nowMs);
    this.#addresses.delete(place);
    this.#addresses.set(place, own);
    forgetOldest(this.#addresses, mostAddresses);
    const ownWait = own.take(this.#perMinute, nowMs);
    if (ownWait > 0) return ownWait;
    const wait = this.#all.take(this.#perMinuteOfAll, nowMs);
    if (wait === 0) return [own, this.#all];
    own.giveBack();
    return wait;
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
