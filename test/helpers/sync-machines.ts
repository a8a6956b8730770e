/* Machines that sync their memories, each a process with a data folder and a copy of the shared folder of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { MemorySyncResult } from "../../src/ports/memory/sync-call.ts";
import type { MachineWork } from "../concurrency/memories-sync-machine.ts";

export type Answer = { done: unknown } | { refused: string; message: string };

export class Machine {
  readonly folder: string;
  readonly database: string;
  #child: ChildProcess | undefined;
  #lines: string[] = [];
  #waiting: ((line: string | undefined) => void) | undefined;
  complaint = "";

  /** @param root a folder of its own */
  constructor(root: string) {
    this.folder = join(root, "shared");
    this.database = join(root, "memories.db");
    mkdirSync(this.folder, { recursive: true });
  }

  get files(): string {
    return join(this.folder, "haypile-memories");
  }

  async start(): Promise<void> {
    const script = join(import.meta.dirname, "..", "concurrency", "memories-sync-machine.ts");
    const child = spawn(process.execPath, [script, this.database], {
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.#child = child;
    this.#lines = [];
    let rest = "";
    child.stdout?.on("data", (data) => {
      const parts = `${rest}${data}`.split("\n");
      rest = parts.pop() ?? "";
      for (const part of parts) this.#say(part);
    });
    child.stderr?.on("data", (data) => {
      this.complaint += data;
    });
    child.on("close", () => {
      if (this.#child === child) this.#say(undefined);
    });
    const first = await this.#line();
    if (first === undefined) throw new Error(`a machine did not start: ${this.complaint}`);
  }

  /** Undefined: it was killed meanwhile. */
  async ask(work: MachineWork): Promise<Answer | undefined> {
    this.#child?.stdin?.write(`${JSON.stringify(work)}\n`);
    const line = await this.#line();
    return line === undefined ? undefined : (JSON.parse(line) as Answer);
  }

  /** @throws Error when it was refused */
  async sure<T>(work: MachineWork): Promise<T> {
    const answer = await this.ask(work);
    if (answer !== undefined && "done" in answer) return answer.done as T;
    throw new Error(`${JSON.stringify(work)}: ${JSON.stringify(answer)} ${this.complaint}`);
  }

  sync(): Promise<MemorySyncResult> {
    return this.sure({ sync: this.folder });
  }

  kill(): void {
    this.#child?.kill("SIGKILL");
  }

  async end(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((done) => child.once("close", done));
    child.stdin?.end();
    await ended;
  }

  #say(line: string | undefined): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) waiting(line);
    else if (line !== undefined) this.#lines.push(line);
  }

  #line(): Promise<string | undefined> {
    const there = this.#lines.shift();
    if (there !== undefined) return Promise.resolve(there);
    if (this.#child?.exitCode !== null || this.#child.signalCode !== null) {
      return Promise.resolve(undefined);
    }
    return new Promise((done) => {
      this.#waiting = done;
    });
  }
}

/** Brings files of one machine to another, as programs do that keep folders the same, and as they do not. */
export class Carrier {
  readonly #random: () => number;
  /** Versions of before, by path. */
  readonly #old = new Map<string, Buffer[]>();

  constructor(random: () => number) {
    this.#random = random;
  }

  carry(from: Machine, to: Machine): void {
    for (const name of ownNames(from)) {
      const bytes = readFileSync(join(from.files, name));
      const versions = this.#old.get(name) ?? [];
      this.#old.set(name, [...versions.slice(-4), bytes]);
      const chance = this.#random();
      const target = join(to.files, name);
      mkdirSync(to.files, { recursive: true });
      if (chance < 0.2) writeFileSync(target, bytes.subarray(0, this.#random() * bytes.length));
      else if (chance < 0.3) writeFileSync(target, versions[0] ?? bytes);
      else if (chance < 0.35)
        writeFileSync(`${target.slice(0, -6)} (conflicted copy).jsonl`, bytes);
      else put(target, bytes);
    }
  }

  /** All of it, whole. */
  carryAll(from: Machine, to: Machine): void {
    mkdirSync(to.files, { recursive: true });
    for (const name of ownNames(from))
      put(join(to.files, name), readFileSync(join(from.files, name)));
  }
}

function put(target: string, bytes: Buffer): void {
  writeFileSync(`${target}.tmp`, bytes);
  renameSync(`${target}.tmp`, target);
}

/** Files that a machine writes itself: it makes a note of them beside its folder. */
function ownNames(machine: Machine): string[] {
  const noted = join(machine.folder, "..", "own-files");
  return existsSync(noted) ? readFileSync(noted, "utf8").split("\n").filter(Boolean) : [];
}

/** After a sync: the file of this machine is its own to carry. */
export function noteOwn(machine: Machine, { machine: id }: MemorySyncResult): void {
  const noted = join(machine.folder, "..", "own-files");
  const names = new Set(ownNames(machine));
  names.add(`${id}.jsonl`);
  writeFileSync(noted, [...names].join("\n"));
}

export function filesOf(machine: Machine): string[] {
  return existsSync(machine.files) ? readdirSync(machine.files) : [];
}

/** A copy of what a machine knows. */
export function copyDatabase(from: Machine, to: Machine): void {
  for (const side of ["", "-wal", "-shm"]) {
    if (existsSync(`${from.database}${side}`)) {
      copyFileSync(`${from.database}${side}`, `${to.database}${side}`);
    }
  }
}
