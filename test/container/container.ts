/*
 * Containers of the image that scripts/build-image made, run by runc, as Docker runs them: a process namespace and a
 * memory group of their own, no network, the image's user, a read-only root and no capabilities.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RawClient } from "../helpers/raw-mcp.ts";

/** The folder of one architecture that scripts/build-image made. */
const image = process.env.HAYPILE_IMAGE;

/** Why no container can be run here; undefined: one can. */
export function whyNone(): string | undefined {
  if (image === undefined) return "no image was built: scripts/test-image builds it and runs this";
  if (process.getuid?.() !== 0) return "only root may make containers here";
  for (const program of ["umoci", "runc"]) {
    const found = spawnSync("sh", ["-c", `command -v ${program}`]);
    if (found.status !== 0) return `${program} is not installed`;
  }
  return undefined;
}

interface Bundle {
  process: {
    args: string[];
    terminal: boolean;
    env: string[];
    capabilities: Record<string, string[]>;
  };
  root: { path: string; readonly?: boolean };
  mounts: { destination: string; type?: string; source?: string; options?: string[] }[];
  linux: { cgroupsPath?: string; resources?: object };
}

interface Mount {
  from: string;
  to: string;
}

export interface Wanted {
  /** After the image's entrypoint; default: its own. */
  words?: readonly string[];
  memoryBytes?: number;
  /** Folders of this machine that it may read. */
  reads?: readonly Mount[];
  env?: readonly string[];
}

/** The image unpacked once, and a data folder that its containers share. */
export class Image {
  readonly scratch = mkdtempSync(join(tmpdir(), "haypile-image-"));
  readonly data = join(this.scratch, "data");
  readonly rootfs = join(this.scratch, "bundle", "rootfs");
  readonly #made: Bundle;
  #count = 0;

  constructor() {
    const layout = join(image as string, "oci");
    const { manifests } = JSON.parse(readFileSync(join(layout, "index.json"), "utf8"));
    const tag = manifests[0].annotations["org.opencontainers.image.ref.name"];
    const bundle = join(this.scratch, "bundle");
    execFileSync("umoci", ["unpack", "--image", `${layout}:${tag}`, bundle], { stdio: "pipe" });
    this.#made = JSON.parse(readFileSync(join(bundle, "config.json"), "utf8"));
    mkdirSync(this.data);
    chownSync(this.data, 1000, 1000);
  }

  container(wanted: Wanted = {}): Container {
    this.#count += 1;
    const name = `haypile-test-${process.pid}-${this.#count}`;
    const folder = join(this.scratch, name);
    mkdirSync(folder);
    const made = structuredClone(this.#made);
    const { words, memoryBytes, reads = [], env = [] } = wanted;
    const entry = made.process.args.slice(0, -1);
    if (words !== undefined) made.process.args = [...entry, ...words];
    made.process.terminal = false;
    made.process.env.push(...env);
    for (const set of Object.keys(made.process.capabilities)) made.process.capabilities[set] = [];
    made.root = { path: this.rootfs, readonly: true };
    made.mounts = made.mounts.filter(({ destination }) => destination !== "/data");
    const bind = (source: string, destination: string, mode: string) =>
      made.mounts.push({ destination, type: "bind", source, options: ["bind", mode] });
    bind(this.data, "/data", "rw");
    for (const { from, to } of reads) bind(from, to, "ro");
    made.linux.cgroupsPath = `/${name}`;
    if (memoryBytes !== undefined) {
      made.linux.resources = { memory: { limit: memoryBytes, swap: memoryBytes } };
    }
    writeFileSync(join(folder, "config.json"), JSON.stringify(made));
    return new Container(name, folder);
  }

  [Symbol.dispose](): void {
    rmSync(this.scratch, { recursive: true, force: true });
  }
}

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

function endOf(child: ChildProcess): Promise<Ended> {
  const ended: Ended = { code: null, stdout: "", stderr: "" };
  child.stdout?.on("data", (text) => {
    ended.stdout += text;
  });
  child.stderr?.on("data", (text) => {
    ended.stderr += text;
  });
  return new Promise((done) => {
    child.on("close", (code) => done({ ...ended, code }));
  });
}

export class Container {
  readonly name: string;
  readonly folder: string;
  #process: ChildProcess | undefined;

  constructor(name: string, folder: string) {
    this.name = name;
    this.folder = folder;
  }

  /** What a client would start. */
  get command(): { command: string; args: string[] } {
    return { command: "runc", args: ["run", "--bundle", this.folder, this.name] };
  }

  /** Starts it; resolves when it has ended. */
  run(): Promise<Ended> {
    return endOf(this.#start("ignore"));
  }

  /** Starts it with streams that stay open. */
  open(): { client: RawClient; ended: Promise<Ended> } {
    const child = this.#start("pipe");
    const { stdin, stdout } = child;
    if (stdin === null || stdout === null) throw new Error("runc has no streams.");
    return { client: new RawClient(stdout, stdin), ended: endOf(child) };
  }

  #start(input: "ignore" | "pipe"): ChildProcess {
    const { command, args } = this.command;
    const child = spawn(command, args, { stdio: [input, "pipe", "pipe"] });
    this.#process = child;
    return child;
  }

  /** A program beside its own, as "docker exec" starts it. */
  exec(words: readonly string[]): Promise<Ended> {
    return endOf(
      spawn("runc", ["exec", this.name, ...words], { stdio: ["ignore", "pipe", "pipe"] }),
    );
  }

  /** A line of JavaScript in the container's Node; what it prints, as JSON. */
  async evaluate(script: string): Promise<unknown> {
    const { stdout, stderr } = await this.exec(["/usr/local/bin/node", "-e", script]);
    if (stdout === "") throw new Error(stderr);
    return JSON.parse(stdout);
  }

  signal(name: string): void {
    execFileSync("runc", ["kill", this.name, name]);
  }

  /** Ids of its processes, as this machine counts them. */
  pids(): number[] {
    return JSON.parse(
      execFileSync("runc", ["ps", "--format", "json", this.name], { encoding: "utf8" }),
    );
  }

  /** Bytes its group had at most, and how many processes the kernel has ended for it. */
  memory(): { peakBytes: number; kills: number } {
    const old = join("/sys/fs/cgroup/memory", this.name);
    const isOld = existsSync(old);
    const folder = isOld ? old : join("/sys/fs/cgroup", this.name);
    const read = (file: string): string => readFileSync(join(folder, file), "utf8");
    const events = read(isOld ? "memory.oom_control" : "memory.events");
    return {
      peakBytes: Number(read(isOld ? "memory.max_usage_in_bytes" : "memory.peak")),
      kills: Number(/^oom_kill (\d+)$/m.exec(events)?.[1] ?? 0),
    };
  }

  [Symbol.dispose](): void {
    spawnSync("runc", ["delete", "--force", this.name]);
    this.#process?.kill("SIGKILL");
  }
}

/** Tries again for what is not ready yet; with the last failure when that has no end. */
export async function until<T>(ask: () => Promise<T>): Promise<T> {
  for (let left = 200; ; left -= 1) {
    try {
      return await ask();
    } catch (error) {
      if (left === 0) throw error;
      await new Promise((done) => setTimeout(done, 300));
    }
  }
}
