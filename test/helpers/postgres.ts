/*
 * PostgreSQL for tests: one server for a run of vitest, started by the first test that asks for a database, and a database
 * of its own for each that does. Tests that stop, kill or fill a server take one of their own.
 *
 *   describe.skipIf(whyNoPostgres !== undefined)(…, () => {
 *     const database = await testDatabase();   // { url, schema, close() }
 */
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endServerIn } from "./postgres/end-server.ts";
import { whyNoPostgres } from "./postgres/programs.ts";
import { isAlive, PostgresServer, pause, type ServerOptions } from "./postgres/server.ts";

export { whyNoPostgres } from "./postgres/programs.ts";
export { freePort, PostgresServer } from "./postgres/server.ts";

export interface TestDatabase {
  /** As the superuser postgres, without a password. */
  url: string;
  /** The same database as another user, who has to be made (CREATE ROLE … LOGIN): names that begin with "pw_" need a password. */
  urlAs(user: string): string;
  schema: string;
  /** Statements as the superuser. */
  ask<Row extends object = Record<string, unknown>>(text: string): Promise<Row[]>;
  /** Whoever still is in it is put out. */
  close(): Promise<void>;
}

/** An empty database. `vector: false`: one where even the extension has not been made. */
export async function testDatabase(
  options: { vector?: boolean | undefined } = {},
): Promise<TestDatabase> {
  const { port } = await serverOfRun();
  return databaseOf(port, options);
}

/** A database on a server of the test's own. */
export function databaseOn(
  server: PostgresServer,
  options: { vector?: boolean | undefined } = {},
): Promise<TestDatabase> {
  return databaseOf(server.port, options);
}

/** A server that a test may stop, kill and set up; close() it. */
export async function testServer(options: ServerOptions = {}): Promise<PostgresServer> {
  assertPostgres();
  return PostgresServer.make(newFolder("own"), options);
}

/** A server that follows another and takes no writes; close() it. */
export function testReplica(
  of: PostgresServer,
  options: ServerOptions = {},
): Promise<PostgresServer> {
  return of.replica(newFolder("replica"), options);
}

function newFolder(kind: string): string {
  return join(tmpdir(), `haypile-pg-${kind}-${process.pid}-${randomBytes(4).toString("hex")}`);
}

function assertPostgres(): void {
  if (whyNoPostgres !== undefined)
    throw new Error(`${whyNoPostgres}: a test that needs it is to be left out (describe.skipIf)`);
}

async function databaseOf(
  port: number,
  options: { vector?: boolean | undefined },
): Promise<TestDatabase> {
  const name = `t_${randomBytes(6).toString("hex")}`;
  await askAt(port, "postgres", `CREATE DATABASE ${name}`);
  if (options.vector !== false) await askAt(port, name, "CREATE EXTENSION vector");
  return {
    url: `postgres://postgres@127.0.0.1:${port}/${name}`,
    urlAs: (user) => `postgres://${user}@127.0.0.1:${port}/${name}`,
    schema: "haypile",
    ask: (text) => askAt(port, name, text),
    close: async () => {
      await askAt(port, "postgres", `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    },
  };
}

async function askAt<Row extends object>(
  port: number,
  database: string,
  text: string,
): Promise<Row[]> {
  const { default: pg } = await import("pg");
  const client = new pg.Client({
    connectionString: `postgres://postgres@127.0.0.1:${port}/${database}`,
  });
  client.on("error", () => undefined);
  await client.connect();
  try {
    const got = await client.query<Row>(text);
    return Array.isArray(got) ? [] : got.rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}

interface RunsServer {
  port: number;
}

let ofRun: Promise<RunsServer> | undefined;

/** The server of this run: whoever makes its folder starts it, the others wait for its port. */
function serverOfRun(): Promise<RunsServer> {
  assertPostgres();
  ofRun ??= findOrStart();
  return ofRun;
}

/** The process of the run: vitest's first (postgres-run.ts says it), or a program that uses this by itself. */
function ownerOfRun(): number {
  return Number(process.env.PG_OF_TEST_RUN ?? process.pid);
}

async function findOrStart(): Promise<RunsServer> {
  const owner = ownerOfRun();
  const place = placeOf(owner);
  for (;;) {
    const told = read(join(place, "server.json"));
    if (told !== undefined) return told as RunsServer;
    if (isMade(place)) return startFor(owner, place);
    const starter = (read(join(place, "starter.json")) as { pid: number } | undefined)?.pid;
    // Who was starting it has died: another takes its turn.
    if (starter !== undefined && !isAlive(starter)) rmSync(place, { recursive: true, force: true });
    await pause(50);
  }
}

function placeOf(owner: number): string {
  return join(tmpdir(), `haypile-pg-run-${owner}`);
}

function isMade(place: string): boolean {
  try {
    mkdirSync(place, { mode: 0o700 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

async function startFor(owner: number, place: string): Promise<RunsServer> {
  write(join(place, "starter.json"), { pid: process.pid });
  const { port } = await PostgresServer.make(place, { owner, settings: { max_connections: 200 } });
  write(join(place, "server.json"), { port });
  return { port };
}

/** Called at the end of a run. */
export function endServerOfRun(owner: number): void {
  endServerIn(placeOf(owner));
}

function read(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}

function write(path: string, value: unknown): void {
  writeFileSync(`${path}.new`, JSON.stringify(value));
  renameSync(`${path}.new`, path);
}
