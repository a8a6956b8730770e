/* The contract of Haypile, over each of its kinds, with the small model. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { readEnvironment } from "../../src/config/environment/env.ts";
import { openHere } from "../../src/haypile/here.ts";
import { inTurn } from "../../src/haypile/in-turn.ts";
import { Lanes } from "../../src/haypile/lanes.ts";
import { reach } from "../../src/haypile/reach.ts";
import { connect } from "../../src/haypile/there.ts";
import type { Haypile } from "../../src/ports/haypile.ts";
import type { StartCommand } from "../../src/wire/connect-options.ts";
import { codeTree, haypileContract } from "../contract/haypile-contract.ts";
import { daemonPid, echoDaemon, kill, type Place, place, until } from "../daemon/helpers.ts";
import { bin } from "../helpers/cli.ts";
import { tempFolder } from "../helpers/temp-tree.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const small = { HAYPILE_MODEL: "static-code-256" };
const start = [process.execPath, bin, "daemon"] as const;
const homeDaemon = join(import.meta.dirname, "..", "daemon", "home-daemon.ts");
const before = { ...process.env };

const data = mkdtempSync(join(tmpdir(), "haypile-door-"));

beforeAll(() => {
  Object.assign(process.env, small, {
    HAYPILE_DATA_DIR: data,
    HAYPILE_CONFIG_DIR: join(data, "config"),
  });
});

afterAll(() => {
  process.env = before;
  rmSync(data, { recursive: true, force: true });
});

function closedAfterwards<Opened extends Haypile>(haypile: Opened): Opened {
  onTestFinished(() => haypile.close());
  return haypile;
}

/** Through a daemon of its own, until `end` ends that. */
async function reached(at: Place, notes: string[] = []) {
  const { env } = process;
  process.env = at.env;
  onTestFinished(() => {
    process.env = env;
  });
  const way = await reach({
    client: "test",
    isHere: false,
    signal: new AbortController().signal,
    note: (text) => notes.push(text),
    onHere: () => notes.push("here"),
  });
  closedAfterwards(way.haypile);
  return way;
}

async function daemonAt(at: Place, command: StartCommand = start): Promise<void> {
  const client = await connect({ environment: readEnvironment(at.env), start: command });
  await client.close();
}

describe("in this process", () => {
  haypileContract(async () => closedAfterwards(openHere()));

  it("holds an engine open for each call, also when others have taken its room", async () => {
    const haypile = closedAfterwards(openHere());
    const first = haypile.code(codeTree(), { nearest: false });
    await first.index({ fillIn: "off" });
    for (let i = 0; i < 20; i++) await haypile.code(codeTree(), { nearest: false }).facts();
    expect(haypile.engineCount).toBeLessThan(20);
    expect((await first.findSymbol("light"))[0]?.name).toBe("light");
  });

  it("takes nothing after it was closed", async () => {
    const haypile = openHere();
    await haypile.close();
    const code = haypile.code(tempFolder());
    await expect(code.status()).rejects.toMatchObject({ code: "HAYPILE_CLOSED" });
    await expect(haypile.memories.stats()).rejects.toMatchObject({ code: "HAYPILE_CLOSED" });
  });
});

describe("in turn with others", () => {
  haypileContract(async () => inTurn(closedAfterwards(openHere()), new Lanes(), "test"));

  it("counts a call in its lane, and the wait as time to the deadline", async () => {
    const lanes = new Lanes();
    const haypile = inTurn(closedAfterwards(openHere()), lanes, "test");
    const code = haypile.code(codeTree(), { nearest: false });
    await code.index({ fillIn: "off" });
    await code.search("lamp", { fillIn: "off" });
    await code.findSymbol("light");
    expect(lanes.counts().background.done).toBe(1);
    expect(lanes.counts().interactive.done).toBe(1);
  });
});

describe("in the daemon", () => {
  haypileContract(async () => {
    const at = place(small);
    return closedAfterwards(await connect({ environment: readEnvironment(at.env), start }));
  });
});

describe("by way of reach()", () => {
  haypileContract(async () => {
    const at = place(small);
    await daemonAt(at);
    const { haypile, goesOn } = await reached(at);
    expect(goesOn).toBe(true);
    return haypile;
  });

  it("is this process where no daemon runs, and starts one where the settings say so", async () => {
    const at = place(small);
    expect((await reached(at)).goesOn).toBe(false);
    expect(daemonPid(at)).toBeUndefined();
    const asked = { ...at, env: { ...at.env, HAYPILE_DAEMON_AUTOSTART: "true" } };
    const { haypile, goesOn } = await reached(asked);
    expect(goesOn).toBe(true);
    await haypile.close();
    expect(daemonPid(at)).toBeDefined();
  });

  it("goes on in this process when the daemon ends, and says so", async () => {
    const at = place(small);
    await daemonAt(at);
    const notes: string[] = [];
    const way = await reached(at, notes);
    const { haypile } = way;
    const code = haypile.code(codeTree(), { nearest: false });
    await code.index({ fillIn: "off" });
    expect(way.goesOn).toBe(true);
    const pid = daemonPid(at) as number;
    kill(pid);
    await until(() => daemonPid(at) === undefined);
    // What only reads is asked again, also when it is much at once.
    const [status] = await Promise.all([code.status(), code.facts(), haypile.memories.stats()]);
    expect(status.index.files).toBe(2);
    const { id } = await haypile.memories.remember("It was the second watch.");
    expect((await haypile.memories.get(id))?.text).toContain("watch");
    expect(notes).toEqual([expect.stringContaining("the daemon has ended"), "here"]);
    expect(way.goesOn).toBe(false);
  });

  it("is refused where the daemon has no room for a call: here would be none either", async () => {
    const at = place();
    await daemonAt(at, [process.execPath, homeDaemon]);
    const notes: string[] = [];
    const { haypile } = await reached(at, notes);
    await expect(haypile.memories.recall("too much")).rejects.toMatchObject({
      code: "HAYPILE_OVERLOADED",
      data: { bytes: 1 },
    });
    expect(notes).toEqual([]);
  });

  it("works here where the daemon has as many clients as it takes, and says so", async () => {
    const at = place({ ECHO_CLIENTS: "1" });
    const first = await connect({
      environment: readEnvironment(at.env),
      start: [process.execPath, echoDaemon],
    });
    closedAfterwards(first);
    await first.health();
    const notes: string[] = [];
    expect((await reached(at, notes)).goesOn).toBe(false);
    expect(notes).toEqual([expect.stringContaining("1 clients, the most it takes"), "here"]);
  });

  it("works here where the daemon was started with other settings", async () => {
    const at = place(small);
    await daemonAt(at);
    const notes: string[] = [];
    const other = { ...at, env: { ...at.env, HAYPILE_CACHE_TOTAL: "1MB" } };
    expect((await reached(other, notes)).goesOn).toBe(false);
    expect(notes).toEqual([expect.stringContaining("HAYPILE_CACHE_TOTAL"), "here"]);
  });
});
