/* Several clients of one project: who may index, what happens when both write, and what a reader may do. */
import { randomBytes } from "node:crypto";
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { patiently } from "../../../src/indexing/patiently.ts";
import { Project, projectId } from "../../../src/storage/postgres/index/project.ts";
import { openPgStore, type PgStore } from "../../../src/storage/postgres/index/store.ts";
import type { PgLink } from "../../../src/storage/postgres/link/link.ts";
import { openLink } from "../../../src/storage/postgres/link/open.ts";
import { FaultProxy } from "../../helpers/postgres/fault-proxy.ts";
import { whyNoPostgres } from "../../helpers/postgres.ts";
import { codeOf, file, hello, parser, prose, unit } from "../../helpers/store-files.ts";
import { type TeamStore, teamStore } from "../../helpers/team/team-store.ts";

describe.skipIf(whyNoPostgres !== undefined)("clients of one project", () => {
  let team: TeamStore;
  const closing: { close(): void }[] = [];
  const newName = (): string => `project ${randomBytes(4).toString("hex")}`;
  const client = (project: string, url = team.database.url): PgStore & { link: PgLink } => {
    const link = openLink({ url });
    const store = openPgStore(link, project);
    closing.push(store, link);
    return Object.assign(store, { link });
  };

  beforeAll(async () => {
    team = await teamStore();
  });
  afterEach(() => {
    for (const one of closing.splice(0)) one.close();
  });
  afterAll(() => team?.close());

  it("have the right to index one at a time, and others are told who has it", () => {
    const project = newName();
    const [a, b] = [client(project), client(project)];
    expect(a.lockOwner("index")).toBeUndefined();
    const lock = a.lock("index");
    expect(codeOf(() => b.lock("index"))).toBe("HAYPILE_DB_BUSY");
    expect(codeOf(() => a.lock("index"))).toBe("HAYPILE_DB_BUSY");
    expect(b.lockOwner("index")).toEqual({
      pid: process.pid,
      since: expect.any(String),
    });
    expect(b.lockOwner("next")).toBeUndefined();
    b.lock("next").release();
    lock.release();
    lock.release();
    b.lock("index").release();
    expect(a.lockOwner("index")).toBeUndefined();
  });

  it("lose the right with their connection, and take it again unless another has it", async () => {
    const project = newName();
    const [a, b] = [client(project), client(project)];
    const end = async (): Promise<void> => {
      const [row] = a.link.lists("SELECT pg_backend_pid()");
      await team.database.ask(`SELECT pg_terminate_backend(${row?.[0]}, 10000)`);
      // The first call on the broken connection may find that out.
      for (;;) {
        try {
          a.link.lists("SELECT 1");
          return;
        } catch {
          await a.link.untilUp(30_000);
        }
      }
    };
    const lock = a.lock("index");
    await end();
    expect(b.lockOwner("index")).toBeUndefined();
    a.files.put([file("a.ts", [hello])]);
    expect(b.lockOwner("index")).toMatchObject({ pid: process.pid });
    await end();
    const other = b.lock("index");
    expect(codeOf(() => a.files.put([file("b.ts", [parser])]))).toBe("HAYPILE_DB_BUSY");
    expect([...b.files.all().keys()]).toEqual(["a.ts"]);
    other.release();
    a.files.put([file("b.ts", [parser])]);
    lock.release();
  });

  it("write one after the other, and what need not be written is left when another writes", () => {
    const project = newName();
    const [a, b] = [client(project), client(project)];
    a.files.put([file("a.ts", [hello])]);
    b.files.put([file("b.ts", [parser, hello])]);
    expect(a.facts.stats()).toMatchObject({ files: 2, chunks: 2 });
    expect(a.texts.places([...a.texts.where(() => true)])).toHaveLength(3);
    a.link.transaction(() => {
      a.facts.set("a", "b");
      expect(b.unlessBusy(() => b.facts.set("c", "d"))).toBe(false);
      // Who only reads waits for nobody.
      expect(b.texts.search("hello", 5)).toHaveLength(1);
    });
    expect(b.unlessBusy(() => b.facts.set("c", "d"))).toBe(true);
    expect([a.facts.get("a"), a.facts.get("c")]).toEqual(["b", "d"]);
  });

  it("wait once inside of a write that is held up, and then in the pauses between tries", async () => {
    const name = newName();
    const { link } = client(name);
    const project = new Project(link, name, projectId(link, name) as number);
    const other = new pg.Client(team.database.url);
    await other.connect();
    await other.query(`BEGIN; LOCK TABLE ${link.schema}.code_vectors IN SHARE MODE`);
    const limits: unknown[] = [];
    const isDone = patiently(
      () =>
        project.write(() => {
          limits.push(link.lists("SHOW lock_timeout")[0]?.[0]);
          link.run("DELETE FROM code_vectors WHERE project = $1", [project.id]);
        }),
      undefined,
    );
    await expect.poll(() => limits.length, { timeout: 60_000 }).toBeGreaterThan(2);
    await other.query("ROLLBACK");
    await other.end();
    await isDone;
    const [first, ...later] = limits;
    expect(first).toBe("5s");
    expect(new Set(later)).toEqual(new Set(["10ms"]));
  }, 90_000);

  it("search with the right to read alone, and write nothing", async () => {
    const project = newName();
    const owner = client(project);
    owner.vectors.claimModel({ id: "four", dimensions: 4 });
    owner.files.put([file("src/a.ts", [hello, parser]), file("b.txt", [prose])]);
    const [waiting] = owner.pending.page(0, 1);
    const role = await team.person("reader");
    team.team.grant(role, [{ scope: "project", name: project, can: "read" }]);
    const reader = client(project, team.database.urlAs(role));
    expect(reader.texts.search("hello parser src", 5)).toEqual(
      owner.texts.search("hello parser src", 5),
    );
    expect(reader.texts.marks("hello", [1])).toEqual(owner.texts.marks("hello", [1]));
    expect(reader.files.all()).toEqual(owner.files.all());
    reader.pending.ask([waiting?.id ?? 0]);
    const ids = [waiting?.id ?? 0];
    expect(reader.unlessBusy(() => reader.vectors.put(ids, unit(1, 0, 0, 0)))).toBe(false);
    expect(codeOf(() => reader.files.put([file("c.ts", [prose])]))).toBe("HAYPILE_STORE_RIGHTS");
    expect(codeOf(() => reader.files.remove(["b.txt"]))).toBe("HAYPILE_STORE_RIGHTS");
    expect(owner.facts.stats()).toMatchObject({ files: 2, chunks: 3, vectors: 0 });

    const stranger = await team.person("stranger");
    team.team.grant(stranger, [{ scope: "project", name: newName(), can: "read" }]);
    const link = team.linkAs(stranger);
    expect(codeOf(() => openPgStore(link, project))).toBe("HAYPILE_STORE_RIGHTS");
    expect(codeOf(() => openPgStore(link, project, { creates: false }))).toBe(
      "HAYPILE_NOT_INDEXED",
    );
  });

  it("put again what broke in the commit, and have it once", async () => {
    const project = newName();
    const proxy = await FaultProxy.before(team.database.url);
    try {
      const store = client(project, proxy.through(team.database.url));
      const files = [file("a.ts", [hello, parser]), file("b.txt", [prose])];
      for (const when of ["before", "after"] as const) {
        await proxy.cutAt("COMMIT", when);
        expect(
          codeOf(() => store.files.put(files)),
          when,
        ).toBe("HAYPILE_STORE_AWAY");
        await store.link.untilUp(30_000);
      }
      store.files.put(files);
      expect(store.facts.stats()).toMatchObject({ files: 2, chunks: 3 });
      expect([...store.texts.where(() => true)]).toHaveLength(3);
      expect(store.texts.search("marmot", 5)).toHaveLength(1);
      expect(store.pending.count()).toBe(3);
    } finally {
      await proxy.close();
    }
  });
});
