/*
 * The connections of an HTTP server, so that none is held for ever and those that hang are no matter to those that
 * work. A connection that has sent no whole request yet has no right to its place: when all places are taken, the
 * one of them that has waited longest goes.
 */
import type { IncomingMessage, Server } from "node:http";
import type { Socket } from "node:net";

/** Whoever came just now may have a request on its way. */
const youngMs = 1_000;

/** After an error is told, so long may the client take to read it. */
const lastWordsMs = 1000;

const statusOf: Readonly<Record<string, string>> = {
  // Of the headers; bodies are waited for below.
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  HPE_CHUNK_EXTENSIONS_OVERFLOW: "413 Payload Too Large",
};

export class Connections {
  /** In the order in which they came; with the number of requests that are worked on. */
  readonly #open = new Map<Socket, number>();
  readonly #most: number;
  /** That have brought no request yet, and since when they are there; of TLS, those before the handshake is done as well. */
  readonly #silent = new Map<Socket, number>();
  readonly #handshakes = new Map<string, Socket>();

  /** @param isTls requests come by the sockets inside of TLS */
  constructor(server: Server, most: number, isTls = false) {
    this.#most = most;
    const event = isTls ? "secureConnection" : "connection";
    if (isTls) {
      // A handshake is on a socket of its own, below the one that it makes.
      server.on("connection", (socket: Socket) => {
        const peer = peerOf(socket);
        this.#handshakes.set(peer, socket);
        socket.once("close", () => this.#handshakes.delete(peer));
        this.#await(socket);
      });
      server.on("secureConnection", (socket: Socket) => {
        const below = this.#handshakes.get(peerOf(socket));
        if (below !== undefined) this.heard(below);
      });
    }
    server.on(event, (socket: Socket) => this.#add(socket));
    server.on("clientError", (error: NodeJS.ErrnoException, socket) =>
      this.#fail(socket as Socket, statusOf[error.code ?? ""] ?? "400 Bad Request"),
    );
  }

  /** A whole request has come: its connection stays until the answer is given. @returns call it then */
  work(socket: Socket): () => void {
    this.#change(socket, 1);
    let isDone = false;
    return () => {
      if (!isDone) this.#change(socket, -1);
      isDone = true;
    };
  }

  /** A request that does not come whole in time ends with its connection, unless it is spared by then. */
  awaitWhole(request: IncomingMessage, ms: number, isSpared: () => boolean): void {
    if (request.complete) return;
    const { socket } = request;
    const late = setTimeout(() => {
      if (!request.complete && !isSpared()) this.#fail(socket, "408 Request Timeout");
    }, ms);
    for (const event of ["end", "close"]) request.once(event, () => clearTimeout(late));
  }

  /** At the end of a server: nobody is waited for who has asked nothing. What comes in whole meanwhile is answered. */
  endSilent(): void {
    const now = performance.now();
    for (const [socket, since] of this.#silent) {
      const end = (): void => {
        if (this.#silent.has(socket)) socket.destroy();
      };
      const leftMs = youngMs - (now - since);
      if (leftMs <= 0) end();
      else setTimeout(end, leftMs);
    }
  }

  /** A request has begun to come. */
  heard(socket: Socket): void {
    this.#silent.delete(socket);
  }

  #await(socket: Socket): void {
    this.#silent.set(socket, performance.now());
    socket.once("close", () => this.#silent.delete(socket));
  }

  #change(socket: Socket, by: number): void {
    const working = this.#open.get(socket);
    if (working === undefined) return;
    // To the end of the row: it has just been of use.
    this.#open.delete(socket);
    this.#open.set(socket, working + by);
  }

  #add(socket: Socket): void {
    this.#open.set(socket, 0);
    this.#await(socket);
    socket.once("close", () => this.#open.delete(socket));
    if (this.#open.size <= this.#most) return;
    const [idle] = [...this.#open].find(([, working]) => working === 0) ?? [socket];
    this.#open.delete(idle);
    idle.destroy();
  }

  /** Told once, then the connection ends, whatever the client does. */
  #fail(socket: Socket, status: string): void {
    if (!socket.writable || (this.#open.get(socket) ?? 0) > 0) return void socket.destroy();
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    socket.once("finish", () => socket.destroy());
    setTimeout(() => socket.destroy(), lastWordsMs).unref();
  }
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
