import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { isAlive, pause } from "../../helpers/postgres/server.ts";
import { testDatabase, testReplica, testServer, whyNoPostgres } from "../../helpers/postgres.ts";

describe.skipIf(whyNoPostgres !== undefined)("the PostgreSQL of tests", () => {
  it("gives each a database of its own, on one server", async () => {
    const [one, other] = await Promise.all([testDatabase(), testDatabase()]);
    expect(new URL(one.url).port).toBe(new URL(other.url).port);
    await one.ask("CREATE TABLE here (a int)");
    await expect(other.ask("SELECT * FROM here")).rejects.toThrow("does not exist");
    const found = await one.ask("SELECT '[1,2]'::halfvec <=> '[1,2]'::halfvec AS distance");
    expect(found).toEqual([{ distance: 0 }]);
    await Promise.all([one.close(), other.close()]);
  });

  it("gives one without the extension", async () => {
    const database = await testDatabase({ vector: false });
    await expect(database.ask("SELECT '[1]'::halfvec")).rejects.toThrow("does not exist");
    await database.close();
  });

  it("keeps what was committed when it is killed, and has replicas", async () => {
    const server = await testServer();
    await server.ask("CREATE TABLE kept (a int); INSERT INTO kept VALUES (1)");
    const replica = await testReplica(server);
    await server.stop("immediate");
    expect(await replica.ask("SELECT a FROM kept")).toEqual([{ a: 1 }]);
    await expect(server.ask("SELECT 1")).rejects.toThrow();
    await server.start();
    expect(await server.ask("SELECT a FROM kept")).toEqual([{ a: 1 }]);
    await replica.close();
    await server.close();
    expect([existsSync(server.folder), existsSync(replica.folder)]).toEqual([false, false]);
  });

  it("ends with who started it, even if that is killed", async () => {
    const helper = join(import.meta.dirname, "..", "..", "helpers", "postgres.ts");
    const program = `
      const { testServer } = await import(${JSON.stringify(helper)});
      const server = await testServer();
      const [{ pid }] = await server.ask("SELECT pg_backend_pid() AS pid");
      const { postmasterIn } = await import(${JSON.stringify(join(helper, "..", "postgres", "end-server.ts"))});
      console.log(JSON.stringify({ folder: server.folder, pid: postmasterIn(server.folder) }));
      setInterval(() => {}, 1000);`;
    const child: ChildProcess = spawn(process.execPath, ["--input-type=module", "-e", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = (await once(child.stdout as NodeJS.ReadableStream, "data")) as [Buffer];
    const { folder, pid } = JSON.parse(line.toString()) as { folder: string; pid: number };
    expect(isAlive(pid)).toBe(true);
    child.kill("SIGKILL");
    while (isAlive(pid) || existsSync(folder)) await pause(50);
  });
});
