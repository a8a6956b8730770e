/*
 * The bridge in Node, for platforms without the native one: the same rules (native/bridge), line by line.
 * It imports as little as it can.
 */
import { isUtf8 } from "node:buffer";
import type { Socket } from "node:net";
import { idOfUnread, LineReader } from "../base/line-reader.ts";
import { version } from "../base/version.ts";
import { readEnvironment } from "../config/env.ts";
import { findEndpoint } from "./endpoint.ts";
import { defaultStart, reachDaemon, type StartCommand } from "./reach.ts";

export interface BridgeOptions {
  root: string | undefined;
  client?: string | undefined;
  start?: StartCommand;
  input?: NodeJS.ReadableStream;
  output?: NodeJS.WritableStream;
}

const mostLineChars = 10_000_000;
/** After the end of input, answers in flight may still come so long. */
const lastMs = 700;
const parentMs = 500;
const died =
  "The Haypile daemon ended while this request was in flight, so it may or may not have been carried out. A new daemon starts with the next request: try again.";
const unreachable = "The Haypile daemon could not be started; see this server's stderr.";

type Id = string | number;

interface Message {
  id?: Id | null;
  method?: string;
  haypile?: number;
  leaving?: boolean;
}

/** Carries messages until the client is gone. */
export async function runBridge(options: BridgeOptions): Promise<void> {
  await new NodeBridge(options).run();
}

class NodeBridge {
  readonly #options: BridgeOptions;
  readonly #input: NodeJS.ReadableStream;
  readonly #output: NodeJS.WritableStream;
  /** Lines of the client that no daemon has yet. */
  readonly #queue: string[] = [];
  readonly #inFlight = new Set<Id>();
  readonly #over = Promise.withResolvers<void>();
  #socket: Socket | undefined;
  #isLeaving = false;
  #isReaching = false;
  #hasEnded = false;
  #initialize: { line: string; id: Id; isAnswered: boolean } | undefined;
  #initialized = "";
  /** The daemon was introduced to again; until it answers, nothing else is sent. */
  #isIntroducing = false;

  constructor(options: BridgeOptions) {
    this.#options = options;
    this.#input = options.input ?? process.stdin;
    this.#output = options.output ?? process.stdout;
  }

  async run(): Promise<void> {
    const parent = process.ppid;
    const watch = setInterval(() => {
      if (process.ppid !== parent) this.#over.resolve();
    }, parentMs);
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
    this.#input.on("end", () => this.#endOfInput());
    this.#input.on("error", () => this.#endOfInput());
    void this.#reach();
    await this.#over.promise;
    clearInterval(watch);
    this.#socket?.destroy();
    this.#input.pause();
  }

  #endOfInput(): void {
    this.#hasEnded = true;
    setTimeout(() => this.#over.resolve(), lastMs).unref();
    this.#noteDone();
  }

  #noteDone(): void {
    if (this.#hasEnded && this.#queue.length === 0 && this.#inFlight.size === 0) {
      this.#output.write("", () => this.#over.resolve());
    }
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
      const { id, method } = readMessage(line) ?? {};
      if (typeof method === "string" && id !== undefined && id !== null) {
        this.#inFlight.add(id);
        if (method === "initialize") this.#initialize = { line, id, isAnswered: false };
      } else if (method === "notifications/initialized") {
        this.#initialized = line;
      }
      if (!this.#socket.write(line)) {
        this.#input.pause();
        return;
      }
    }
  }

  async #reach(): Promise<void> {
    if (this.#isReaching || this.#socket !== undefined) return;
    this.#isReaching = true;
    const environment = readEnvironment();
    const { root, client, start = defaultStart() } = this.#options;
    try {
      const { socket } = await reachDaemon({
        endpoint: findEndpoint(environment),
        face: "mcp",
        version,
        root,
        client,
        start,
        variables: environment.variables,
      });
      this.#isReaching = false;
      this.#open(socket);
    } catch (error) {
      this.#isReaching = false;
      process.stderr.write(`haypile: ${error instanceof Error ? error.message : String(error)}\n`);
      for (const line of this.#queue.splice(0)) {
        const { id, method } = readMessage(line) ?? {};
        if (method !== undefined && id !== undefined)
          this.#write(errorLine(id, -32603, unreachable));
      }
      this.#fail(unreachable, false);
      this.#noteDone();
    }
  }

  #open(socket: Socket): void {
    this.#socket = socket;
    this.#isLeaving = false;
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
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      this.#fail(died, true);
      socket.destroy();
    };
    socket.on("data", (data: Buffer) => lines.add(data));
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
      this.#inFlight.delete(id);
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
    const socket = this.#socket;
    this.#socket = undefined;
    this.#isLeaving = false;
    socket?.destroy();
    if (this.#queue.length > 0) void this.#reach();
  }

  /** Answers in the daemon's place; an initialize without an answer is asked again. */
  #fail(message: string, again: boolean): void {
    this.#isIntroducing = false;
    this.#isLeaving = false;
    const first = this.#initialize;
    const keepsFirst = again && first !== undefined && !first.isAnswered;
    for (const id of this.#inFlight) {
      if (keepsFirst && id === first.id) continue;
      this.#inFlight.delete(id);
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
