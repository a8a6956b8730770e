/*
 * A real PostgreSQL server in a folder of its own, on a port of its own, without passwords for who comes from this machine
 * (but for users whose names begin with "pw_": they need theirs). Nothing of it is kept: it does not wait for the disk, so
 * that it is quick, but what it has committed outlives its being killed.
 *
 * A keeper (keeper.ts) stands beside each server, and ends it and removes its folder when its owner has gone, however.
 */
import { type SpawnSyncReturns, spawn, spawnSync } from "node:child_process";
import { appendFileSync, closeSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import pg from "pg";
import { folderOfServer, type PostgresVersion, postgresPrograms, serverUser } from "./programs.ts";

export interface ServerOptions {
  version?: PostgresVersion | undefined;
  /** Lines of postgresql.conf. */
  settings?: Record<string, string | number> | undefined;
  /** The process whose end ends the server. Default: this one. */
  owner?: number | undefined;
  /** Default: a free one. */
  port?: number | undefined;
  /** Another folder of its programs than .tools/pg. */
  programs?: string | undefined;
  /** Mounts a disk of so many bytes at "small" in its folder, which nobody else sees: for a tablespace. As root alone. */
  smallDiskBytes?: number | undefined;
}

const quick = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  fsync: "off",
  full_page_writes: "off",
  shared_buffers: "64MB",
  max_connections: 100,
  // In the folder, where nothing stays behind.
  dynamic_shared_memory_type: "mmap",
  log_timezone: "UTC",
  timezone: "UTC",
};

export class PostgresServer {
  readonly folder: string;
  readonly port: number;
  readonly #programs: string;
  readonly #smallDiskBytes: number | undefined;
  #postmaster: number | undefined;

  private constructor(folder: string, port: number, options: ServerOptions) {
    this.folder = folder;
    this.port = port;
    this.#programs = options.programs ?? postgresPrograms(options.version);
    this.#smallDiskBytes = options.smallDiskBytes;
  }

  /** @param folder is made, and removed at the end */
  static async make(folder: string, options: ServerOptions = {}): Promise<PostgresServer> {
    const server = new PostgresServer(folder, options.port ?? (await freePort()), options);
    folderOfServer(folder);
    server.#keep(options.owner ?? process.pid);
    try {
      server.program("initdb", [
        ...["-D", server.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"],
        "--no-sync",
      ]);
      server.setUp(options.settings ?? {});
      await server.start();
    } catch (error) {
      await server.close();
      throw error;
    }
    return server;
  }

  /**
   * Another server that follows this one and takes no writes.
   * @param folder is made, and removed at the end
   */
  async replica(folder: string, options: ServerOptions = {}): Promise<PostgresServer> {
    const programs = { programs: this.#programs, ...options };
    const other = new PostgresServer(folder, options.port ?? (await freePort()), programs);
    folderOfServer(folder);
    other.#keep(options.owner ?? process.pid);
    try {
      other.program("pg_basebackup", [
        ...["-D", other.data, "-h", "127.0.0.1", "-p", String(this.port), "-U", "postgres"],
        ...["-R", "-X", "stream", "-c", "fast", "--no-sync"],
      ]);
      appendFileSync(join(other.data, "postgresql.conf"), `port = ${other.port}\n`);
      await other.start();
    } catch (error) {
      await other.close();
      throw error;
    }
    return other;
  }

  get data(): string {
    return join(this.folder, "data");
  }

  get isRunning(): boolean {
    return this.#postmaster !== undefined && isAlive(this.#postmaster);
  }

  url(database = "postgres", user = "postgres"): string {
    return `postgres://${user}@127.0.0.1:${this.port}/${database}`;
  }

  /** What the server said, for messages of failed tests. */
  log(): string {
    try {
      return readFileSync(join(this.folder, "log"), "utf8");
    } catch {
      return "";
    }
  }

  /** Lines for postgresql.conf; they hold from the next start. */
  setUp(settings: Record<string, string | number>): void {
    const lines = Object.entries({ ...quick, port: this.port, ...settings }).map(
      ([name, value]) => `${name} = '${String(value).replaceAll("'", "''")}'\n`,
    );
    appendFileSync(join(this.data, "postgresql.conf"), lines.join(""));
    writeFileSync(
      join(this.data, "pg_hba.conf"),
      [
        "host all /^pw_ 127.0.0.1/32 scram-sha-256",
        "host all all 127.0.0.1/32 trust",
        "host replication all 127.0.0.1/32 trust",
        // Where a test says a folder for its socket.
        "local all all trust",
        "",
      ].join("\n"),
    );
  }

  /** Runs one of its programs to its end, as the user of the server. @throws Error with what it said, when it fails */
  program(name: string, args: readonly string[]): string {
    const done: SpawnSyncReturns<string> = spawnSync(join(this.#programs, name), args, {
      cwd: "/",
      encoding: "utf8",
      ...serverUser(),
    });
    if (done.status !== 0)
      throw new Error(`${name} failed: ${done.error?.message ?? ""}${done.stderr}${this.log()}`);
    return done.stdout;
  }

  /** Resolves when it takes connections. */
  async start(): Promise<void> {
    if (this.isRunning) return;
    const log = openSync(join(this.folder, "log"), "a");
    const [program, args, user] = this.#command();
    const child = spawn(program, args, {
      cwd: "/",
      detached: true,
      stdio: ["ignore", log, log],
      ...user,
    });
    closeSync(log);
    child.unref();
    const { pid } = child;
    if (pid === undefined) throw new Error("postgres did not start");
    this.#postmaster = pid;
    let ended = false;
    child.once("exit", () => {
      ended = true;
      if (this.#postmaster === pid) this.#postmaster = undefined;
    });
    while (!(await this.#answers())) {
      if (ended) throw new Error(`PostgreSQL did not start:\n${this.log()}`);
      await pause(25);
    }
  }

  /** "immediate": at once, as if it had died; it recovers at its next start. Resolves when it has ended. */
  async stop(how: "fast" | "immediate" = "fast"): Promise<void> {
    const pid = this.#postmaster;
    if (pid === undefined) return;
    signal(pid, how === "fast" ? "SIGINT" : "SIGQUIT");
    while (this.#postmaster === pid && isAlive(pid)) await pause(10);
    this.#postmaster = undefined;
  }

  /** A statement as the superuser, in a connection of its own. */
  async ask<Row extends object = Record<string, unknown>>(
    text: string,
    database = "postgres",
  ): Promise<Row[]> {
    const client = new pg.Client({ connectionString: this.url(database) });
    await client.connect();
    try {
      const got = await client.query<Row>(text);
      return Array.isArray(got) ? [] : got.rows;
    } finally {
      await client.end();
    }
  }

  /** Ends it and removes all of it. */
  async close(): Promise<void> {
    await this.stop("immediate");
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  #command(): [string, string[], { uid?: number; gid?: number }] {
    const user = serverUser();
    const own: [string, string[]] = [join(this.#programs, "postgres"), ["-D", this.data]];
    if (this.#smallDiskBytes === undefined) return [...own, user ?? {}];
    if (user === undefined) throw new Error("only root mounts a disk");
    const { uid, gid } = user;
    folderOfServer(this.smallDisk);
    const mount = `mount -t tmpfs -o size=${this.#smallDiskBytes},uid=${uid},gid=${gid},mode=0700 none "$1"`;
    const run = `${mount} && shift && exec setpriv --reuid=${uid} --regid=${gid} --clear-groups "$@"`;
    return ["unshare", ["-m", "sh", "-c", run, "sh", this.smallDisk, own[0], ...own[1]], {}];
  }

  get smallDisk(): string {
    return join(this.folder, "small");
  }

  async #answers(): Promise<boolean> {
    const client = new pg.Client({ connectionString: this.url() });
    client.on("error", () => undefined);
    try {
      await client.connect();
      return true;
    } catch {
      return false;
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  #keep(owner: number): void {
    spawn(process.execPath, [join(import.meta.dirname, "keeper.ts"), this.folder, String(owner)], {
      detached: true,
      stdio: "ignore",
    }).unref();
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended.
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** It was free a moment ago; nobody is kept from taking it. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        typeof address === "object" && address !== null
          ? resolve(address.port)
          : reject(new Error("no port")),
      );
    });
  });
}
