/*
 * The driver does what the other end asks: it tells the password as it is, or its MD5, to whoever asks so, and takes a message
 * of any length. Nobody knows who the other end is where its certificate is not verified; and who reads one may have become
 * another. Here both are bounded, on each connection before it is made.
 */
import pg from "pg";
import { ownFailures } from "./errors.ts";
import { isOwnMachine, type PgPlace } from "./place.ts";

/** Of one message: the largest of ours are pages of rows and vectors, of some megabytes. */
const mostMessageBytes = 64 * 1024 * 1024;
/** Of the answer to one statement. */
const mostAnswerBytes = 512 * 1024 * 1024;
/** Before it has let us in. */
const mostGreetingBytes = 1024 * 1024;
/** A letter and the length, which counts itself. */
const headBytes = 5;

interface Inside {
  stream: NodeJS.ReadableStream & { destroy(): void };
  on(event: string, heard: () => void): void;
  once(event: string, heard: () => void): void;
  emit(event: "error", error: Error): void;
}

/** An answer begins: what came before is not counted any more. */
export function beginAnswer(client: pg.Client): void {
  counts.get(client)?.begin();
}

const counts = new WeakMap<pg.Client, Count>();

export function waryClient(config: pg.ClientConfig, place: PgPlace): pg.Client {
  const client = new pg.Client(config);
  const { connection } = client as unknown as { connection: Inside };
  const end = (code: string, message: string): void => {
    // Destroyed first: what the driver writes after that goes nowhere.
    connection.stream.destroy();
    connection.emit("error", Object.assign(new Error(message), { code }));
  };
  if (!knowsWhoAsks(place)) {
    connection.on("authenticationCleartextPassword", () =>
      end(ownFailures.tellsPassword, "it asked for the password as it is"),
    );
    connection.on("authenticationMD5Password", () =>
      end(
        ownFailures.tellsPassword,
        "it asked for the password as MD5, which is as good as the password",
      ),
    );
  }
  const count = new Count((what) => end(ownFailures.tooMuch, what));
  counts.set(client, count);
  const hear = (): void => void connection.stream.on("data", (bytes: Buffer) => count.take(bytes));
  if (config.ssl) connection.once("sslconnect", hear);
  else hear();
  return client;
}

/** Who the other end is has been proved, or is ourselves. */
function knowsWhoAsks({ host, tls }: PgPlace): boolean {
  return tls === "verify-full" || tls === "verify-ca" || isOwnMachine(host);
}

/** Follows where messages begin, and how long they say they are. */
class Count {
  readonly #tooMuch: (what: string) => void;
  readonly #head = Buffer.alloc(headBytes);
  #headAt = 0;
  /** Of the message that is under way, bytes still to come. */
  #left = 0;
  #sum = 0;
  #most = mostGreetingBytes;
  #isOver = false;

  constructor(over: (what: string) => void) {
    this.#tooMuch = over;
  }

  begin(): void {
    this.#sum = 0;
    this.#most = mostAnswerBytes;
  }

  take(bytes: Buffer): void {
    if (this.#isOver) return;
    this.#sum += bytes.length;
    if (this.#sum > this.#most) this.#end(`it sent more than ${this.#most} bytes at once`);
    for (let at = 0; at < bytes.length && !this.#isOver; ) {
      if (this.#left > 0) {
        const taken = Math.min(this.#left, bytes.length - at);
        this.#left -= taken;
        at += taken;
        continue;
      }
      const copied = bytes.copy(this.#head, this.#headAt, at, at + headBytes - this.#headAt);
      this.#headAt += copied;
      at += copied;
      if (this.#headAt < headBytes) return;
      this.#headAt = 0;
      const length = this.#head.readUInt32BE(1);
      if (length < headBytes - 1 || length > Math.min(mostMessageBytes, this.#most)) {
        this.#end(`it began a message of ${length} bytes`);
      }
      this.#left = length - (headBytes - 1);
    }
  }

  #end(what: string): void {
    this.#isOver = true;
    this.#tooMuch(what);
  }
}
