/*
 * The public keys of an authorization server (JWKS): of a file, or of an address that is asked now and then. A key that
 * nobody knows has it asked again, as does a token that names none and fits none, but not more often than every half minute, however many tokens name one; and where it is
 * away, the keys it had serve for a day.
 */
import { statSync } from "node:fs";
import { isIP } from "node:net";
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from "jose";
import { fileError, HaypileError } from "../../../base/errors.ts";
import { readBoundedSync } from "../../../base/files/read-file.ts";
import { log } from "../../../base/log.ts";

const mostBytes = 1024 * 1024;
/** Milliseconds. */
const freshMs = 10 * 60_000;
const pauseMs = 30_000;
const longestMs = 24 * 3_600_000;
const answerMs = 5_000;

interface LocalKeys {
  find: ReturnType<typeof createLocalJWKSet>;
  isEmpty: boolean;
}

/** None of the keys that are there is a token's: no signature was looked at. */
export class NoKey extends Error {
  /** False: there are none at all, which says nothing about the token. */
  readonly isAnyThere: boolean;

  constructor(isAnyThere: boolean) {
    super(
      isAnyThere ? "no key of the authorization server is the token's" : "there are no keys now",
    );
    this.isAnyThere = isAnyThere;
  }
}

export interface Keys {
  /** For jwtVerify() of jose. @throws JWKSMultipleMatchingKeys where a token names none and several fit, NoKey */
  readonly get: JWTVerifyGetKey;
  /** Grows with each answer that keys came with. */
  readonly version: number;
  /** Asks again, where it was not asked just now, because no key that fits was the right one. Never throws. */
  renew(): Promise<void>;
  /** Reads or asks now. @throws HaypileError where there are none */
  prepare(): Promise<void>;
}

/** @param from a path, or an https address; http only of this machine. @throws HaypileError HAYPILE_USAGE */
export function keysFrom(from: string, now?: () => number): Keys {
  if (!/^https?:/iu.test(from)) return new FileKeys(from);
  return new AskedKeys(httpsOrOwn(from, "the address of keys"), now);
}

/** @throws HaypileError HAYPILE_USAGE for one that anybody between could answer */
export function httpsOrOwn(address: string, what: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const isOwn = url?.protocol === "http:" && isLoopback(url.hostname);
  const isPlain = url?.username === "" && url.password === "";
  if (url !== undefined && isPlain && (url.protocol === "https:" || isOwn)) return url;
  throw new HaypileError(
    "HAYPILE_USAGE",
    `Expected https:// for ${what}, but got ${JSON.stringify(address.slice(0, 200))}. Only addresses of this machine may be http, and none may name a user.`,
  );
}

export function isLoopback(host: string): boolean {
  const plain = host.replace(/^\[|\]$/gu, "");
  return (
    plain === "localhost" || plain === "::1" || (isIP(plain) === 4 && plain.startsWith("127."))
  );
}

class FileKeys implements Keys {
  readonly #path: string;
  #seen = "";
  #keys: LocalKeys | undefined;
  #version = 0;

  constructor(path: string) {
    this.#path = path;
  }

  readonly get: JWTVerifyGetKey = async (header, token) => {
    this.#look();
    if (this.#keys === undefined) throw new NoKey(false);
    try {
      return await this.#keys.find(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      throw new NoKey(!this.#keys.isEmpty);
    }
  };

  get version(): number {
    return this.#version;
  }

  renew(): Promise<void> {
    this.#look();
    return Promise.resolve();
  }

  async prepare(): Promise<void> {
    try {
      statSync(this.#path);
    } catch (error) {
      throw fileError(error, `read the keys in ${this.#path}`);
    }
    this.#look();
    if (this.#keys === undefined) {
      throw new HaypileError("HAYPILE_CONFIG_INVALID", `${this.#path} holds no keys (JWKS).`);
    }
  }

  #look(): void {
    try {
      const { ino, mtimeMs, size } = statSync(this.#path);
      const state = `${ino} ${mtimeMs} ${size}`;
      if (state === this.#seen) return;
      this.#seen = state;
      const text = readBoundedSync(this.#path, { mostBytes, links: "follow" }).toString("utf8");
      this.#keys = keysIn(text);
      this.#version += 1;
    } catch (error) {
      log("error", `the keys in ${this.#path} stay as they were: ${String(error)}`);
    }
  }
}

class AskedKeys implements Keys {
  readonly #url: URL;
  readonly #now: () => number;
  #keys: LocalKeys | undefined;
  #version = 0;
  #gotMs = Number.NEGATIVE_INFINITY;
  #triedMs = Number.NEGATIVE_INFINITY;
  #asking: Promise<void> | undefined;

  constructor(url: URL, now: () => number = () => performance.now()) {
    this.#url = url;
    this.#now = now;
  }

  readonly get: JWTVerifyGetKey = async (header, token) => {
    const age = this.#now() - this.#gotMs;
    if (this.#keys === undefined || age > longestMs) await this.#ask();
    // What serves still is not waited for.
    else if (age > freshMs) void this.#ask();
    const found = await this.#find(header, token);
    if (found !== undefined) return found;
    await this.#ask();
    const again = await this.#find(header, token);
    if (again === undefined) throw new NoKey(this.#isUsable && this.#keys?.isEmpty === false);
    return again;
  };

  get version(): number {
    return this.#version;
  }

  async renew(): Promise<void> {
    await this.#ask();
  }

  async prepare(): Promise<void> {
    await this.#ask();
    if (this.#keys !== undefined) return;
    throw new HaypileError(
      "HAYPILE_STORE_AWAY",
      `Expected keys (JWKS) from ${this.#url.href}, but none came. Is the authorization server there, and its certificate known (NODE_EXTRA_CA_CERTS)?`,
    );
  }

  async #find(
    ...asked: Parameters<LocalKeys["find"]>
  ): Promise<Awaited<ReturnType<LocalKeys["find"]>> | undefined> {
    const keys = this.#isUsable ? this.#keys : undefined;
    try {
      return await keys?.find(...asked);
    } catch (error) {
      // Several fit: who asked tries them.
      if (error instanceof errors.JWKSMultipleMatchingKeys) throw error;
      return undefined;
    }
  }

  get #isUsable(): boolean {
    return this.#now() - this.#gotMs <= longestMs;
  }

  #ask(): Promise<void> {
    if (this.#asking !== undefined) return this.#asking;
    if (this.#now() - this.#triedMs < pauseMs) return Promise.resolve();
    this.#triedMs = this.#now();
    this.#asking = this.#get()
      .then((keys) => {
        this.#keys = keys;
        this.#version += 1;
        this.#gotMs = this.#now();
      })
      .catch((error: unknown) => {
        log("error", `no keys from ${this.#url.href}: ${reasonOf(error)}`);
      })
      .finally(() => {
        this.#asking = undefined;
      });
    return this.#asking;
  }

  async #get(): Promise<LocalKeys> {
    const response = await fetch(this.#url, {
      // Another place would be another authorization server.
      redirect: "error",
      signal: AbortSignal.timeout(answerMs),
      headers: { Accept: "application/json" },
    });
    if (!response.ok) throw new Error(`it answered with ${response.status}`);
    const parts: Uint8Array[] = [];
    let bytes = 0;
    for await (const part of response.body ?? []) {
      bytes += part.length;
      if (bytes > mostBytes) throw new Error(`it answered with more than ${mostBytes} bytes`);
      parts.push(part);
    }
    return keysIn(Buffer.concat(parts).toString("utf8"));
  }
}

function keysIn(text: string): LocalKeys {
  const set: unknown = JSON.parse(text);
  // It looks itself whether it is one.
  const find = createLocalJWKSet(set as JSONWebKeySet);
  return { find, isEmpty: find.jwks().keys.length === 0 };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
