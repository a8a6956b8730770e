/* The daemon from outside: started, asked, stopped, killed, started again; one of a data folder. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { realPathSync } from "../../src/base/paths/real-path.ts";
import { windowsCalls } from "../../src/native/system.ts";
import { readNote } from "../../src/wire/owner.ts";
import { isSameProcess } from "../../src/wire/process-facts.ts";
import { haypile, isQemu, report, Skipped, scratch } from "./harness.ts";

const data = realPathSync(scratch("daemon"));
const note = { owner: join(data, "run", "daemon.json") };
const run = (...args: string[]) => haypile(args, { data });

async function started(): Promise<number> {
  const { code, out, err } = await run("start", "--json");
  assert.equal(code, 0, err);
  return (JSON.parse(out) as { pid: number }).pid;
}

async function gone(pid: number): Promise<void> {
  for (let i = 0; i < 300 && isSameProcess({ pid, startTime: undefined }); i++) await wait(100);
  assert.equal(isSameProcess({ pid, startTime: undefined }), false);
}

await report({
  "it starts, says where it listens, and answers": async () => {
    const pid = await started();
    assert.equal(readNote(note)?.pid, pid);
    const { code, out } = await run("status", "--daemon", "--json");
    assert.equal(code, 0);
    assert.equal((JSON.parse(out) as { pid: number }).pid, pid);
    return readNote(note)?.socket;
  },
  "there is one, however many start it at once": async () => {
    const all = await Promise.all([started(), started(), started()]);
    assert.equal(new Set(all).size, 1);
  },
  "what is remembered through it is recalled, also without it": async () => {
    const said = await run(
      "remember",
      "the t\u00fcrkis kettle is in room 12",
      "--namespace",
      "things",
    );
    assert.equal(said.code, 0, said.err);
    const found = await run("recall", "kettle", "--namespace", "things", "--json");
    assert.match(found.out, /t\u00fcrkis kettle/u, found.err);
  },
  "it is stopped by a word, in good order": async () => {
    const pid = readNote(note)?.pid ?? 0;
    const { code, err } = await run("stop");
    assert.equal(code, 0, err);
    await gone(pid);
    assert.equal(existsSync(note.owner), false);
    const log = readFileSync(join(data, "logs", "daemon.log"), "utf8");
    // One that does not answer in time, as below qemu, is asked by a signal.
    assert.match(log, /"event":"left","reason":"(?:stopped|signal)"/u);
    if (!isQemu) assert.match(log, /"reason":"stopped"/u);
    const after = await run("status", "--daemon");
    assert.notEqual(after.code, 0);
    const found = await run("recall", "kettle", "--namespace", "things", "--json");
    assert.match(found.out, /t\u00fcrkis kettle/u, found.err);
  },
  "one that was killed leaves nothing that is in the way": async () => {
    const pid = await started();
    process.kill(pid, "SIGKILL");
    await gone(pid);
    const next = await started();
    assert.notEqual(next, pid);
    const found = await run("recall", "kettle", "--namespace", "things", "--json");
    assert.match(found.out, /t\u00fcrkis kettle/u, found.err);
  },
  "it is ended by force, when it is surely the one": async () => {
    const pid = readNote(note)?.pid ?? 0;
    const isWindows = process.platform === "win32";
    if (isWindows && windowsCalls() === undefined) {
      await run("stop");
      throw new Skipped("the addon is not here");
    }
    const { code, err } = await run("stop", "--force");
    assert.equal(code, 0, err);
    await gone(pid);
  },
  "with none there, a command says so or does the work itself": async () => {
    const { code, err } = await run("status", "--daemon");
    assert.equal(code, 7, err);
    assert.match(err, /No Haypile daemon is running/u);
  },
});
