/* A control group of this machine with a limit of memory that the kernel enforces, of either version. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

const old = "/sys/fs/cgroup/memory";
const unified = "/sys/fs/cgroup";

/** Why no group can be made here; undefined: one can. */
export function whyNoGroup(): string | undefined {
  try {
    new MemoryGroup("haypile-test-probe", 64 * 1024 * 1024)[Symbol.dispose]();
    return undefined;
  } catch (error) {
    return `no memory group can be made here: ${(error as Error).message}`;
  }
}

export class MemoryGroup {
  readonly #folder: string;
  readonly #isOld = existsSync(join(old, "memory.limit_in_bytes"));

  /** @throws Error where the machine allows none */
  constructor(name: string, bytes: number) {
    this.#folder = join(this.#isOld ? old : unified, `${name}-${process.pid}`);
    mkdirSync(this.#folder);
    try {
      if (this.#isOld) {
        this.#write("memory.limit_in_bytes", bytes);
        // Without it the kernel would move pages to a swap.
        if (existsSync(join(this.#folder, "memory.memsw.limit_in_bytes"))) {
          this.#write("memory.memsw.limit_in_bytes", bytes);
        }
      } else {
        this.#write("memory.max", bytes);
        if (existsSync(join(this.#folder, "memory.swap.max"))) this.#write("memory.swap.max", 0);
      }
    } catch (error) {
      rmdirSync(this.#folder);
      throw error;
    }
  }

  #write(file: string, value: number): void {
    writeFileSync(join(this.#folder, file), String(value));
  }

  #read(file: string): string {
    return readFileSync(join(this.#folder, file), "utf8");
  }

  /** Words that stand before a command so that it and its children run in the group. */
  get before(): string[] {
    const list = join(this.#folder, this.#isOld ? "tasks" : "cgroup.procs");
    return ["sh", "-c", `echo $$ > '${list}'; exec "$@"`, "sh"];
  }

  /** The most bytes the group had, pages of files among them. */
  get peakBytes(): number {
    return Number(this.#read(this.#isOld ? "memory.max_usage_in_bytes" : "memory.peak"));
  }

  /** Processes that the kernel ended for the limit. */
  get kills(): number {
    const text = this.#read(this.#isOld ? "memory.oom_control" : "memory.events");
    const [, count] = /^oom_kill (\d+)$/m.exec(text) ?? [];
    if (count === undefined) throw new Error("The kernel does not count what it ends.");
    return Number(count);
  }

  /** Ends what is left in it, and removes it. */
  [Symbol.dispose](): void {
    for (let left = 50; existsSync(this.#folder) && left > 0; left -= 1) {
      for (const pid of this.#read("cgroup.procs").split("\n").filter(Boolean)) {
        try {
          process.kill(Number(pid), "SIGKILL");
        } catch {
          // It went by itself.
        }
      }
      try {
        rmdirSync(this.#folder);
      } catch {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
      }
    }
  }
}

/** How many files lie below a folder. */
export function countFiles(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile())
    .length;
}
