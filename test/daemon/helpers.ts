/* Bridges and daemons of tests: each test has a data folder, so a socket, of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { onTestFinished } from "vitest";
import { readEnvironment } from "../../src/config/environment/env.ts";
import { type Endpoint, findEndpoint } from "../../src/wire/endpoint.ts";
import { readOwner } from "../../src/wire/owner.ts";
import { tempFolder } from "../helpers/temp-tree.ts";
import { bridgePath, echoDaemon } from "./paths.ts";

export { bridgePath, echoDaemon };

export interface Place {
  folder: string;
  endpoint: Endpoint;
  /** Where its daemon listens. */
  socket: string;
  env: NodeJS.ProcessEnv;
}

/** A data folder and its socket; the daemon in it ends with the test. */
export function place(env: NodeJS.ProcessEnv = {}): Place {
  const folder = tempFolder();
  const variables = {
    ...process.env,
    HAYPILE_DATA_DIR: folder,
    HAYPILE_CONFIG_DIR: join(folder, "config"),
    XDG_RUNTIME_DIR: undefined,
    ...env,
  };
  const endpoint = findEndpoint(readEnvironment(variables));
  onTestFinished(async () => {
    for (const pid of processesOf(folder)) kill(pid);
    await until(() => processesOf(folder).length === 0);
  });
  const socket = endpoint.places[0]?.socket ?? "";
  return { folder, endpoint, socket, env: variables };
}

/** Processes whose environment names the data folder: daemons and bridges of the test. */
export function processesOf(folder: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        const said = readFileSync(`/proc/${pid}/environ`, "latin1").split("\0");
        return said.includes(`HAYPILE_DATA_DIR=${folder}`) && !isZombie(pid);
      } catch {
        return false;
      }
    })
    .map(Number);
}

function isZombie(pid: string): boolean {
  return / \(.*\) Z /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
}

export function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Gone already.
  }
}

export function daemonPid(at: Place): number | undefined {
  return readOwner(at.endpoint)?.pid;
}

/** Waits until something holds. @throws when it does not in time */
export async function until(holds: () => boolean, limitMs = 60_000): Promise<void> {
  const end = performance.now() + limitMs;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`Not so within ${limitMs} ms: ${holds}`);
    await wait(20);
  }
}

export interface Message {
  id?: string | number | null;
  result?: Record<string, unknown>;
  error?: { code: number; message: string };
}

/** A client on the stdin and stdout of a bridge; every line of stdout has to be a message. */
export class BridgeClient {
  readonly child: ChildProcess;
  readonly messages: Message[] = [];
  stdout = "";
  stderr = "";
  code: number | null | undefined;
  readonly ended: Promise<number | null>;
  #rest = "";
  #nextId = 1;
  readonly #waiting = new Map<string | number, (message: Message) => void>();

  constructor(at: Place, command: readonly string[], env: NodeJS.ProcessEnv = {}) {
    const [program = "", ...args] = command;
    const child = spawn(program, args, {
      env: { ...at.env, ...env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.child = child;
    child.stdin.on("error", () => undefined);
    child.stderr.on("data", (data) => {
      this.stderr += data;
    });
    child.stdout.on("data", (data: Buffer) => this.#read(data.toString("utf8")));
    this.ended = new Promise((resolve) => {
      child.on("close", (code) => {
        this.code = code;
        resolve(code);
      });
    });
  }

  write(text: string): void {
    this.child.stdin?.write(text);
  }

  send(method: string, params?: object): void {
    this.write(`${JSON.stringify({ jsonrpc: "2.0", method, params })}\n`);
  }

  request(method: string, params?: object, id: string | number = this.#nextId++): Promise<Message> {
    const answer = this.waitFor(id);
    this.write(`${JSON.stringify({ jsonrpc: "2.0", method, params, id })}\n`);
    return answer;
  }

  waitFor(id: string | number): Promise<Message> {
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }

  async introduce(): Promise<Message> {
    const answer = await this.request("initialize", { protocolVersion: "2025-11-25" }, "init");
    this.send("notifications/initialized");
    return answer;
  }

  #read(text: string): void {
    this.stdout += text;
    this.#rest += text;
    for (let at = this.#rest.indexOf("\n"); at >= 0; at = this.#rest.indexOf("\n")) {
      const message = JSON.parse(this.#rest.slice(0, at)) as Message;
      this.#rest = this.#rest.slice(at + 1);
      this.messages.push(message);
      const { id } = message;
      if (id !== undefined && id !== null) {
        this.#waiting.get(id)?.(message);
        this.#waiting.delete(id);
      }
    }
  }
}

/** The native bridge, with the echo daemon to start. */
export function nativeBridge(at: Place, env: NodeJS.ProcessEnv = {}): BridgeClient {
  const words = ["--node", process.execPath, "--script", echoDaemon, "--root", at.folder];
  return new BridgeClient(at, [bridgePath, ...words], env);
}

/** The bridge in Node, with the same daemon. */
export function nodeBridge(at: Place, env: NodeJS.ProcessEnv = {}): BridgeClient {
  const script = join(import.meta.dirname, "node-bridge.ts");
  return new BridgeClient(at, [process.execPath, script, at.folder], env);
}
