/* An engine whose index is on a server: the same answers as from a file, and what is different about it. */
import { appendFileSync, cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { removeIndexOf } from "../../../src/engine/store/reset-server.ts";
import { type Engine, open } from "../../../src/index.ts";
import { repository } from "../../helpers/model.ts";
import type { PostgresServer } from "../../helpers/postgres.ts";
import {
  databaseOn,
  type TestDatabase,
  testServer,
  whyNoPostgres,
} from "../../helpers/postgres.ts";

const questions = [
  "advisory lock",
  "where is the stem of a word computed",
  "splitWords",
  "language:typescript operators of a text",
];

describe.skipIf(whyNoPostgres !== undefined)("an index on a server", () => {
  const scratch = mkdtempSync(join(tmpdir(), "haypile-on-server-"));
  const tree = join(scratch, "tree");
  let server: PostgresServer;
  let database: TestDatabase;
  const opened: Engine[] = [];

  /** @param store what index.store says; undefined: a file */
  const engineOf = async (store: string | undefined, folder = tree): Promise<Engine> => {
    vi.stubEnv("HAYPILE_INDEX_STORE", store ?? "sqlite");
    const engine = await open({ folder, model: "static", embeddingCache: false });
    opened.push(engine);
    return engine;
  };
  const hitsOf = async (engine: Engine, query: string): Promise<unknown[]> => {
    const { hits } = await engine.search(query, { k: 10 });
    return hits.map(({ path, startLine, endLine, snippet }) => [path, startLine, endLine, snippet]);
  };

  beforeAll(async () => {
    for (const kind of ["DATA", "CACHE", "CONFIG"]) {
      vi.stubEnv(`HAYPILE_${kind}_DIR`, join(scratch, kind.toLowerCase()));
    }
    cpSync(join(repository, "src", "storage", "sqlite", "words"), tree, { recursive: true });
    server = await testServer();
    database = await databaseOn(server);
  });
  afterEach(async () => {
    for (const engine of opened.splice(0)) await engine.close();
  });
  afterAll(async () => {
    await server?.close();
    vi.unstubAllEnvs();
    rmSync(scratch, { recursive: true, force: true });
  });

  it("answers as one in a file does, before and after files changed", async () => {
    const file = await engineOf(undefined);
    const team = await engineOf(database.url);
    expect(team.hasIndex).toBe(false);
    await expect(team.search("lock")).rejects.toMatchObject({ code: "HAYPILE_NOT_INDEXED" });
    const [own, other] = [await file.index(), await team.index()];
    expect(other.chunks).toEqual(own.chunks);
    expect(other.syntax).toEqual(own.syntax);
    const same = async (): Promise<void> => {
      for (const query of questions) {
        expect(await hitsOf(team, query), query).toEqual(await hitsOf(file, query));
      }
      const { files, chunks, vectors } = file.status().index;
      expect(team.status().index).toMatchObject({ files, chunks, vectors });
    };
    await same();
    appendFileSync(join(tree, "words.ts"), "\nexport function newestMarmot(): void {}\n");
    for (const engine of [file, team]) await engine.index();
    expect((await hitsOf(team, "newestMarmot")).length).toBeGreaterThan(0);
    await same();
    const again = await team.index();
    expect(again.files).toMatchObject({ new: 0, changed: 0, deleted: 0 });
  });

  it("waits for who makes a graph in the same tables, however long that takes", async () => {
    const team = await engineOf(`${database.url}?project=waiting`);
    const whileOneIsMade = async () => {
      const other = new pg.Client(database.url);
      await other.connect();
      await other.query("BEGIN; LOCK TABLE haypile.code_vectors IN SHARE MODE");
      const run = team.index();
      let isOver = false;
      const end = (): void => {
        isOver = true;
      };
      run.then(end, end);
      const tries = async (): Promise<number> => {
        const [row] = await database.ask<{ count: string }>(
          "SELECT xact_rollback::text AS count FROM pg_stat_database WHERE datname = current_database()",
        );
        return Number(row?.count);
      };
      // It gave up, and tries again.
      for (const before = await tries(); !isOver && (await tries()) < before + 2; ) await wait(20);
      expect(isOver).toBe(false);
      await other.query("ROLLBACK");
      await other.end();
      const { chunks, files } = await run;
      expect(team.status().index.vectors).toBe(team.status().index.chunks);
      return { embedded: chunks.embedded, ...files };
    };
    expect((await whileOneIsMade()).embedded).toBeGreaterThan(0);
    // What goes has vectors.
    const added = join(tree, "added.ts");
    writeFileSync(added, "export function shortLived(): void {}\n");
    await team.index();
    writeFileSync(added, "export function another(): void {}\n");
    expect(await whileOneIsMade()).toMatchObject({ changed: 1, embedded: 1 });
    rmSync(added);
    expect(await whileOneIsMade()).toMatchObject({ deleted: 1 });
  }, 120_000);

  it("goes on when the server was killed in the middle of a run", async () => {
    const team = await engineOf(`${database.url}?project=killed`);
    let isKilled = false;
    const restarted: Promise<void>[] = [];
    const { files } = await team.index({
      onProgress: ({ filesDone }) => {
        if (isKilled || filesDone === 0) return;
        isKilled = true;
        restarted.push(server.stop("immediate").then(() => server.start()));
      },
    });
    await Promise.all(restarted);
    expect(isKilled).toBe(true);
    expect(files.seen).toBeGreaterThan(5);
    const whole = await engineOf(`${database.url}?project=unharmed`);
    await whole.index();
    const { files: stored, chunks, vectors } = whole.status().index;
    expect(team.status().index).toMatchObject({ files: stored, chunks, vectors });
    for (const query of questions) {
      expect(await hitsOf(team, query)).toEqual(await hitsOf(whole, query));
    }
  });

  it("is kept by the client that was last told to index it, where several share it", async () => {
    const shared = `${database.url}?project=shared`;
    const first = await engineOf(shared);
    await first.index();
    const copy = join(scratch, "copy");
    cpSync(tree, copy, { recursive: true });
    const second = await engineOf(shared, copy);
    appendFileSync(join(copy, "words.ts"), "\nexport function onlyInTheCopy(): void {}\n");
    // Who does not keep it searches it as it is.
    await second.disk.freshen();
    expect(await hitsOf(second, "onlyInTheCopy")).toEqual(await hitsOf(first, "onlyInTheCopy"));
    expect(first.status().index.chunks).toBe(second.status().index.chunks);
  });

  it("refuses what is for files, and says what to do", async () => {
    const team = await engineOf(database.url);
    await expect(team.snapshotIndex()).rejects.toMatchObject({
      code: "HAYPILE_USAGE",
      message: expect.stringContaining("pg_dump"),
    });
    await expect(team.exportIndex({ file: join(scratch, "a") })).rejects.toMatchObject({
      code: "HAYPILE_USAGE",
    });
    expect(() => team.compaction).toThrow(/VACUUM/u);
  });

  it("is deleted with all of its rows, and not those of another", async () => {
    const team = await engineOf(`${database.url}?project=killed`);
    await team.reset();
    const rows = await database.ask<{ name: string }>(
      "SELECT name FROM haypile.code_projects ORDER BY name",
    );
    expect(rows.map(({ name }) => name)).toContain("unharmed");
    expect(rows.map(({ name }) => name)).not.toContain("killed");
    const [{ count } = { count: "" }] = await database.ask<{ count: string }>(
      "SELECT count(*) FROM haypile.code_chunks WHERE project NOT IN (SELECT id FROM haypile.code_projects)",
    );
    expect(Number(count)).toBe(0);
    vi.stubEnv("HAYPILE_INDEX_STORE", `${database.url}?project=unharmed`);
    expect(await removeIndexOf(tree, undefined)).toHaveLength(2);
  });
});
