/*
 * The bridge in Node, for platforms without the native one: the same rules (native/bridge), line by line.
 * It imports as little as it can.
 */
import { isUtf8 } from "node:buffer";
import type { Socket } from "node:net";
import { version } from "../../base/package/version.ts";
import { idOfUnread, LineReader } from "../../base/text/line-reader.ts";
import { readEnvironment } from "../../config/environment/env.ts";
import type { StartCommand } from "../../wire/connect-options.ts";
import { findEndpoint } from "../../wire/endpoint.ts";
import { HangWatch } from "../../wire/hang-watch.ts";
import type { Owner } from "../../wire/owner.ts";
import { isSameProcess, processStart } from "../../wire/process-facts.ts";
import { defaultStart, reachDaemon } from "../../wire/reach-daemon.ts";

export interface BridgeOptions {
  root: string | undefined;
  client?: string | undefined;
  start?: StartCommand | undefined;
  /** The process whose end is the bridge's. Default: the parent. */
  parent?: number | undefined;
  input?: NodeJS.ReadableStream | undefined;
  output?: NodeJS.WritableStream | undefined;
}

const mostLineChars = 10_000_000;
const parentMs = 500;
const died =
  "The Haypile daemon ended while this request was in flight, so it may or may not have been carried out. A new daemon starts with the next request: try again.";

const replaced =
  "The Haypile daemon goes, and with it this subscription. Another one is there: subscribe again.";

type Id = string | number;

interface Message {
  id?: Id | null | undefined;
  method?: string | undefined;
  params?: { requestId?: Id | undefined } | undefined;
  haypile?: number | undefined;
  leaving?: boolean | undefined;
}

/**
 * Carries messages until the client is gone.
 * @returns the exit code: 0, or 1 when the last that the client heard were errors in the daemon's place
 */
export async function runBridge(options: BridgeOptions): Promise<number> {
  return await new NodeBridge(options).run();
}

class NodeBridge {
  readonly #options: BridgeOptions;
  readonly #input: NodeJS.ReadableStream;
  readonly #output: NodeJS.WritableStream;
  /** Lines of the client that no daemon has yet. */
  readonly #queue: string[] = [];
  /** Requests that an answer is awaited for. */
  readonly #inFlight = new Set<Id>();
  /** Requests that are answered only when the connection ends. */
  readonly #endless = new Set<Id>();
  readonly #over = Promise.withResolvers<void>();
  readonly #stop = new AbortController();
  #socket: Socket | undefined;
  #watch: HangWatch | undefined;
  #isLeaving = false;
  #isReaching = false;
  #hasEnded = false;
  /** All was sent, and the daemon was told so: what it says until it closes is the rest. */
  #isClosing = false;
  #hasFailed = false;
  /** Lines were sent that have no id to be answered by. */
  #hasUnnamed = false;
  #initialize: { line: string; id: Id; isAnswered: boolean } | undefined;
  #initialized = "";
  /** The daemon was introduced to again; until it answers, nothing else is sent. */
  #isIntroducing = false;

  constructor(options: BridgeOptions) {
    this.#options = options;
    this.#input = options.input ?? process.stdin;
    this.#output = options.output ?? process.stdout;
  }

  async run(): Promise<number> {
    const { parent = process.ppid } = this.#options;
    const hasParent = parentLook(parent);
    const parentWatch = setInterval(() => {
      if (!hasParent()) this.#over.resolve();
    }, parentMs);
    if (!hasParent()) this.#over.resolve();
    this.#output.on("error", () => this.#over.resolve());
    const lines = new LineReader(mostLineChars, {
      line: (bytes) => {
        const text = bytes.toString("utf8");
        // It would reach the daemon changed, without anybody noticing.
        if (isUtf8(bytes)) this.#fromClient(`${text}\n`);
        else this.#write(errorLine(idIn(text), -32700, "The message is not UTF-8. Send UTF-8."));
      },
      tooLong: (head, tail) => {
        const message = "The message was longer than 10 MB. Send less.";
        this.#write(errorLine(idIn(head, tail), -32600, message));
      },
    });
    this.#input.on("data", (data: Buffer) => lines.add(data));
    const end = (): void => {
      // The last line may have no end of its own.
      lines.add(Buffer.from("\n"));
      this.#endOfInput();
    };
    this.#input.once("end", end);
    this.#input.once("error", end);
    void this.#reach();
    await this.#over.promise;
    clearInterval(parentWatch);
    this.#stop.abort();
    this.#drop();
    this.#input.pause();
    return this.#hasFailed ? 1 : 0;
  }

  #endOfInput(): void {
    this.#hasEnded = true;
    this.#noteDone();
  }

  /** What was read before the end of input is answered, for as long as the daemon is alive and gets on. */
  #noteDone(): void {
    if (!this.#hasEnded || this.#queue.length > 0 || this.#inFlight.size > 0) return;
    const socket = this.#socket;
    if (!this.#hasUnnamed || socket === undefined) {
      this.#output.write("", () => this.#over.resolve());
      return;
    }
    if (process.platform === "win32") {
      // A pipe cannot be closed on one side: what was sent has arrived, and nothing that is awaited is missing.
      socket.end(() => this.#output.write("", () => this.#over.resolve()));
      return;
    }
    // Something without an id may be answered, too: the daemon closes when it has said all.
    this.#isClosing = true;
    socket.end();
  }

  #fromClient(text: string): void {
    // Some programs begin their output with a byte order mark.
    const line = text.startsWith("\ufeff") ? text.slice(1) : text;
    if (line.trim() === "") return;
    this.#queue.push(line);
    this.#send();
  }

  #send(): void {
    if (this.#socket === undefined) return void this.#reach();
    while (this.#queue.length > 0 && !this.#isLeaving && !this.#isIntroducing) {
      const line = this.#queue.shift() as string;
      this.#noteSent(line);
      if (!this.#socket.write(line)) {
        this.#input.pause();
        return;
      }
    }
  }

  #noteSent(line: string): void {
    const { id, method, params } = readMessage(line) ?? {};
    if (!this.#isWaiting()) this.#watch?.heard();
    // An id of another kind is answered with null.
    const isNamed = typeof id === "string" || typeof id === "number";
    if (typeof method !== "string") {
      if (!isNamed) this.#hasUnnamed = true;
    } else if (isNamed) {
      // Whatever went wrong before, this one is asked in earnest.
      if (!this.#hasEnded) this.#hasFailed = false;
      (method === "subscriptions/listen" ? this.#endless : this.#inFlight).add(id);
      if (method === "initialize") this.#initialize = { line, id, isAnswered: false };
    } else if (id !== undefined) {
      this.#hasUnnamed = true;
    } else if (method === "notifications/initialized") {
      this.#initialized = line;
    } else if (method === "notifications/cancelled") {
      const cancelled = params?.requestId;
      if (cancelled !== undefined && cancelled !== this.#initialize?.id) this.#settle(cancelled);
    }
  }

  #settle(id: Id): void {
    this.#inFlight.delete(id);
    this.#endless.delete(id);
  }

  #isWaiting(): boolean {
    return this.#inFlight.size > 0 || this.#isIntroducing || this.#isClosing;
  }

  async #reach(): Promise<void> {
    if (this.#isReaching || this.#socket !== undefined) return;
    this.#isReaching = true;
    const environment = readEnvironment();
    const { root, client, start = defaultStart() } = this.#options;
    try {
      const { socket, owner } = await reachDaemon({
        endpoint: findEndpoint(environment),
        face: "mcp",
        version,
        root,
        client,
        start,
        variables: environment.variables,
        signal: this.#stop.signal,
      });
      this.#isReaching = false;
      this.#open(socket, owner);
    } catch (error) {
      this.#isReaching = false;
      if (this.#stop.signal.aborted) return;
      this.#refuse(error instanceof Error ? error.message : String(error));
    }
  }

  /** There is no way to a daemon now: all that waits gets this answer. The next message tries again. */
  #refuse(why: string): void {
    process.stderr.write(`haypile: ${why}\n`);
    const message = `The Haypile daemon could not be reached: ${why}`;
    for (const line of this.#queue.splice(0)) {
      const { id, method } = readMessage(line) ?? {};
      if (method === undefined || id === undefined) continue;
      this.#hasFailed = true;
      this.#write(errorLine(id, -32603, message));
    }
    this.#fail(message, false);
  }

  #open(socket: Socket, owner: Owner): void {
    if (this.#stop.signal.aborted) return void socket.destroy();
    this.#socket = socket;
    this.#isLeaving = false;
    const watch = new HangWatch({
      owner,
      isWaiting: () => this.#socket === socket && this.#isWaiting(),
      onHung: ({ message }) => {
        this.#drop();
        this.#refuse(message);
      },
    });
    this.#watch = watch;
    const lines = new LineReader(mostLineChars, {
      line: (bytes) => this.#fromDaemon(`${bytes.toString("utf8")}\n`),
      tooLong: (head, tail) => {
        const id = idIn(head, tail);
        if (id !== null) this.#inFlight.delete(id);
        this.#write(errorLine(id, -32603, "The answer was longer than 10 MB. Ask for less."));
        this.#noteDone();
      },
    });
    const gone = (): void => {
      watch.close();
      if (this.#socket !== socket) return;
      this.#drop();
      if (this.#isClosing) this.#output.write("", () => this.#over.resolve());
      else this.#fail(died, true);
    };
    socket.on("data", (data: Buffer) => {
      watch.heard();
      lines.add(data);
    });
    socket.on("drain", () => {
      this.#input.resume();
      this.#send();
    });
    socket.once("end", gone).once("close", gone);
    if (this.#initialize !== undefined) {
      this.#isIntroducing = true;
      socket.write(this.#initialize.line);
    }
    socket.resume();
    this.#send();
    this.#noteDone();
  }

  #drop(): void {
    this.#watch?.close();
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  #fromDaemon(line: string): void {
    const message = readMessage(line);
    if (message === undefined) return;
    if (message.haypile !== undefined) {
      this.#isLeaving ||= message.leaving === true;
      this.#leaveWhenAnswered();
      return;
    }
    const { id } = message;
    if (message.method === undefined && id !== undefined && id !== null) {
      this.#settle(id);
      if (this.#initialize?.id === id) {
        const isForUs = this.#isIntroducing && this.#initialize.isAnswered;
        this.#initialize.isAnswered = true;
        if (this.#isIntroducing) {
          this.#isIntroducing = false;
          this.#socket?.write(this.#initialized);
        }
        this.#send();
        if (isForUs) return;
      }
    }
    this.#write(line);
    this.#leaveWhenAnswered();
    this.#noteDone();
  }

  #leaveWhenAnswered(): void {
    if (!this.#isLeaving || this.#inFlight.size > 0) return;
    this.#isLeaving = false;
    this.#drop();
    for (const id of this.#endless) this.#write(errorLine(id, -32603, replaced));
    this.#endless.clear();
    if (this.#queue.length > 0) void this.#reach();
  }

  /** Answers in the daemon's place; an initialize without an answer is asked again. */
  #fail(message: string, again: boolean): void {
    this.#isIntroducing = false;
    this.#isLeaving = false;
    const first = this.#initialize;
    const keepsFirst = again && first !== undefined && !first.isAnswered;
    for (const id of [...this.#inFlight, ...this.#endless]) {
      if (keepsFirst && id === first.id) continue;
      this.#settle(id);
      this.#hasFailed = true;
      this.#write(errorLine(id, -32603, message));
    }
    if (keepsFirst || (again && this.#queue.length > 0)) void this.#reach();
    this.#noteDone();
  }

  #write(line: string): void {
    if (this.#output.write(line)) return;
    this.#socket?.pause();
    this.#output.once("drain", () => this.#socket?.resume());
  }
}

/** Whether the parent is there still. Windows gives a process no other parent: there it is looked for by its number. */
function parentLook(parent: number): () => boolean {
  if (process.platform !== "win32") return () => process.ppid === parent;
  const named = { pid: parent, startTime: processStart(parent) };
  // 0: the system knows none.
  return () => parent === 0 || isSameProcess(named);
}

function readMessage(line: string): Message | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? (value as Message) : undefined;
  } catch {
    return undefined;
  }
}

/** The id of a message that cannot be read. */
function idIn(head: string, tail = head): Id | null {
  return JSON.parse(idOfUnread(head, tail)) as Id | null;
}

function errorLine(id: Id | null, code: number, message: string): string {
  return `${JSON.stringify({ jsonrpc: "2.0", id, error: { code, message } })}\n`;
}
