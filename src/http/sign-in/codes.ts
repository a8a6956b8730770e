/*
 * Codes that work once: `haypile open` puts one in the link it opens, and the page gives it for a session. 128 bits that live
 * for a minute are not guessed; what tries all the same is told to wait, and cannot lock anybody out by it.
 */
import { randomBytes } from "node:crypto";
import { isSameToken } from "../../mcp/http/token.ts";

/** How long a code is good, milliseconds. */
export const codeMs = 60_000;
/** Codes that are good at once; of more the oldest goes. */
const mostCodes = 8;
/** Wrong codes a minute that are answered as such. */
const mostWrong = 10;
const wrongWindowMs = 60_000;

/** Milliseconds, ever larger. */
export type Clock = () => number;

export type Judgement = "right" | "wrong" | "too many";

export class Codes {
  readonly #now: Clock;
  /** With when each was made, in that order. */
  #codes: { code: string; madeMs: number; used?: (() => void) | undefined }[] = [];
  #wrong: number[] = [];

  constructor(now: Clock = () => performance.now()) {
    this.#now = now;
  }

  /** @param used called once when the code is used or good no more */
  make(used?: () => void): string {
    this.#forgetOld();
    if (this.#codes.length >= mostCodes) this.#codes.shift()?.used?.();
    const code = randomBytes(16).toString("base64url");
    this.#codes.push({ code, madeMs: this.#now(), used });
    return code;
  }

  /** Takes a code away, if it is good. A right one is never refused for wrong ones before it. */
  take(given: string): Judgement {
    this.#forgetOld();
    // All are compared, so that the time says nothing.
    const same = this.#codes.filter(({ code }) => isSameToken(given, code));
    if (same.length > 0) {
      this.#codes = this.#codes.filter((one) => !same.includes(one));
      for (const { used } of same) used?.();
      return "right";
    }
    const now = this.#now();
    this.#wrong = this.#wrong.filter((ms) => now - ms < wrongWindowMs);
    if (this.#wrong.length >= mostWrong) return "too many";
    this.#wrong.push(now);
    return "wrong";
  }

  /** None is good any more. */
  clear(): void {
    for (const { used } of this.#codes) used?.();
    this.#codes = [];
  }

  #forgetOld(): void {
    const now = this.#now();
    const old = this.#codes.filter(({ madeMs }) => now - madeMs >= codeMs);
    if (old.length === 0) return;
    this.#codes = this.#codes.filter((one) => !old.includes(one));
    for (const { used } of old) used?.();
  }
}
