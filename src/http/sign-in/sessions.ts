/*
 * Sessions of pages: signed and not stored, so that one goes on when the daemon is restarted. The key comes from the user's
 * token: without that file, or with another, no session is good. Only those that were ended are written down, until they would
 * have ended by themselves.
 */
import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from "node:crypto";
import { join } from "node:path";
import { fileError } from "../../base/errors.ts";
import { replaceFile } from "../../base/files/patient.ts";
import { closeToOthers, writePrivate } from "../../base/files/private-files.ts";
import { readBoundedSync } from "../../base/files/read-file.ts";
import { log } from "../../base/log.ts";

/** How long a session is good after it was begun or renewed, milliseconds. */
const sessionMs = 24 * 3_600_000;
/** A session that is older than this is renewed when it is used. */
const renewMs = 3_600_000;
/** However often it is renewed, it ends so long after the sign-in. */
const longestSessionMs = 30 * 24 * 3_600_000;
/** Ended ones that are remembered; of more, all sessions end. */
const mostEnded = 1_000;
const mostEndedBytes = 200_000;

export interface Session {
  id: string;
  /** When somebody signed in, milliseconds since 1970. */
  begunMs: number;
  /** When this token was given. */
  givenMs: number;
}

interface EndedNote {
  /** Sessions begun before are ended, milliseconds since 1970. */
  before: number;
  /** Ids with when they would have ended by themselves. */
  ended: [string, number][];
}

export class Sessions {
  readonly #path: string;
  readonly #now: () => number;
  #note: EndedNote;

  /**
   * @param folder where the ended ones are noted
   * @param now milliseconds since 1970
   */
  constructor(folder: string, now: () => number = Date.now) {
    this.#path = join(folder, "http-ended.json");
    this.#now = now;
    this.#note = this.#readNote();
  }

  begin(secret: string): string {
    const now = this.#now();
    return sign({ id: randomBytes(12).toString("base64url"), begunMs: now, givenMs: now }, secret);
  }

  /** The session of a token; undefined: forged, over, ended, or none at all. */
  read(token: string, secret: string): Session | undefined {
    const session = verify(token, secret);
    if (session === undefined) return undefined;
    const now = this.#now();
    // A clock that was set back makes no session longer.
    if (session.givenMs > now + sessionMs) return undefined;
    if (now >= endOf(session) || session.begunMs < this.#note.before) return undefined;
    return this.#note.ended.some(([id]) => id === session.id) ? undefined : session;
  }

  /** The token to use from now on; undefined: the one there is will do. */
  renew(session: Session, secret: string): string | undefined {
    const now = this.#now();
    if (now - session.givenMs < renewMs) return undefined;
    return sign({ ...session, givenMs: now }, secret);
  }

  /** No token of this session is good any more. @throws HaypileError of files, and then it has ended all the same until a restart */
  end({ id, begunMs }: Session): void {
    const now = this.#now();
    const ended = this.#note.ended.filter(([, untilMs]) => untilMs > now);
    ended.push([id, begunMs + longestSessionMs]);
    this.#note =
      ended.length <= mostEnded ? { ...this.#note, ended } : { before: now + 1, ended: [] };
    this.#writeNote();
  }

  #readNote(): EndedNote {
    try {
      const text = readBoundedSync(this.#path, { mostBytes: mostEndedBytes, links: "refuse" });
      closeToOthers(this.#path);
      const { before, ended } = JSON.parse(text.toString("utf8")) as EndedNote;
      const known = ended.filter(
        ([id, untilMs]) => typeof id === "string" && Number.isFinite(untilMs),
      );
      if (!Number.isFinite(before)) throw new Error("it has no time");
      return { before, ended: known };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return { before: 0, ended: [] };
      // What cannot be read may have ended any of them.
      log("warn", `${this.#path} cannot be read, so all sessions of pages end: ${String(error)}`);
      return { before: this.#now(), ended: [] };
    }
  }

  #writeNote(): void {
    const draft = `${this.#path}.${process.pid}`;
    try {
      writePrivate(draft, `${JSON.stringify(this.#note)}\n`);
      replaceFile(draft, this.#path);
    } catch (error) {
      // It has ended for this daemon; the next would not know.
      throw fileError(error, `note in ${this.#path} that a session has ended`);
    }
  }
}

function endOf({ begunMs, givenMs }: Session): number {
  return Math.min(givenMs + sessionMs, begunMs + longestSessionMs);
}

/** "s1.ID.BEGUN.GIVEN.SIGNATURE": times in milliseconds, base 36. */
function sign({ id, begunMs, givenMs }: Session, secret: string): string {
  const said = `s1.${id}.${begunMs.toString(36)}.${givenMs.toString(36)}`;
  return `${said}.${signature(said, secret).toString("base64url")}`;
}

function verify(token: string, secret: string): Session | undefined {
  const parts = /^(s1\.([\w-]{16})\.([0-9a-z]{1,10})\.([0-9a-z]{1,10}))\.([\w-]{43})$/u.exec(token);
  if (parts === null) return undefined;
  const [, said = "", id = "", begun = "", given = "", sum = ""] = parts;
  const shown = Buffer.from(sum, "base64url");
  const right = signature(said, secret);
  if (shown.length !== right.length || !timingSafeEqual(shown, right)) return undefined;
  return { id, begunMs: Number.parseInt(begun, 36), givenMs: Number.parseInt(given, 36) };
}

/** A key of its own: what is signed here says nothing of the token, and is nothing elsewhere. */
function signature(said: string, secret: string): Buffer {
  const key = hkdfSync("sha256", secret, "", "haypile session of a page", 32);
  return createHmac("sha256", Buffer.from(key)).update(said).digest();
}
