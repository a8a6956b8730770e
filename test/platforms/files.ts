/* Files of our own while others hold them, and processes as the system tells of them. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { identityAt, identityOfOpen } from "../../src/base/files/file-identity.ts";
import { removeFile, removeTree, replaceFileLater } from "../../src/base/files/patient.ts";
import { readBounded, readBoundedSync } from "../../src/base/files/read-file.ts";
import { realPathSync } from "../../src/base/paths/real-path.ts";
import { LogFile } from "../../src/daemon/log/log-file.ts";
import { readLog } from "../../src/daemon/log/read-log.ts";
import { windowsCalls } from "../../src/native/system.ts";
import { isSameProcess, processStart, processState } from "../../src/wire/process-facts.ts";
import { isQemu, report, Skipped, scratch, writeFiles } from "./harness.ts";

const folder = realPathSync(scratch("files"));
const knowsStart =
  process.platform === "linux" || process.platform === "darwin" || windowsCalls() !== undefined;

function sleeper(): { pid: number; ended: Promise<unknown>; kill: () => void } {
  const child = spawn(process.execPath, ["-e", "setTimeout(() => {}, 600000)"], {
    stdio: "ignore",
    windowsHide: true,
  });
  const ended = new Promise((done) => child.once("exit", done));
  return { pid: child.pid as number, ended, kill: () => child.kill("SIGKILL") };
}

await report({
  "a file is known again by its number, open or by name": () => {
    const path = join(folder, "a");
    writeFileSync(path, "1");
    const file = openSync(path, "r");
    assert.equal(identityOfOpen(file), identityAt(path));
    renameSync(path, join(folder, "b"));
    writeFileSync(path, "2");
    assert.notEqual(identityOfOpen(file), identityAt(path));
    assert.equal(identityOfOpen(file), identityAt(join(folder, "b")));
    closeSync(file);
  },
  "a file that somebody reads for a moment is replaced and deleted": async () => {
    const [path, next] = [join(folder, "read"), join(folder, "next")];
    writeFileSync(path, "old");
    writeFileSync(next, "new");
    const file = openSync(path, "r");
    setTimeout(() => closeSync(file), 300);
    await replaceFileLater(next, path);
    assert.equal(readFileSync(path, "utf8"), "new");
    removeFile(path);
    assert.equal(existsSync(path), false);
  },
  "a folder with long and odd names is deleted whole": () => {
    const tree = join(folder, "tree");
    writeFiles(tree, { [`${"x".repeat(100)}/${"y".repeat(100)}/${"z".repeat(100)}/f`]: "1" });
    removeTree(tree);
    assert.equal(existsSync(tree), false);
  },
  "what is no regular file is not read": async () => {
    await assert.rejects(readBounded(folder, { mostBytes: 9, links: "refuse" }));
    for (const name of ["nul", "con.txt"]) {
      assert.throws(() => readBoundedSync(join(folder, name), { mostBytes: 9, links: "refuse" }));
    }
    writeFileSync(join(folder, "plain"), "123");
    const rules = { mostBytes: 9, links: "refuse", inside: folder } as const;
    assert.equal((await readBounded(join(folder, "plain"), rules)).toString(), "123");
  },
  "the log is moved aside while somebody reads it": async () => {
    const log = new LogFile(join(folder, "logs", "daemon.log"), { fileBytes: 400, kept: 2 });
    const stop = new AbortController();
    const seen: string[] = [];
    log.write("info", "first");
    const reading = (async () => {
      for await (const line of readLog(join(folder, "logs"), 10, stop.signal)) seen.push(line);
    })();
    for (let i = 0; i < 6; i++) {
      await wait(300);
      log.write("info", "more", { i, text: "x".repeat(150) });
    }
    await wait(600);
    stop.abort();
    await reading;
    log.close();
    assert.equal(seen.length, 7);
    assert.ok(existsSync(join(folder, "logs", "daemon.log.1")));
  },
  "a process is told from another of the same number": async () => {
    if (!knowsStart) throw new Skipped("the addon is not here");
    const child = sleeper();
    const startTime = processStart(child.pid);
    assert.match(startTime ?? "", /\d/u);
    assert.equal(processStart(child.pid), startTime);
    assert.equal(isSameProcess({ pid: child.pid, startTime }), true);
    assert.equal(isSameProcess({ pid: child.pid, startTime: "another" }), false);
    child.kill();
    await child.ended;
    await wait(200);
    assert.equal(isSameProcess({ pid: child.pid, startTime }), false);
    return startTime;
  },
  "a process that is there is found, and one that is gone is not": async () => {
    assert.equal(isSameProcess({ pid: process.pid, startTime: undefined }), true);
    const child = sleeper();
    assert.equal(isSameProcess({ pid: child.pid, startTime: undefined }), true);
    child.kill();
    await child.ended;
    await wait(200);
    assert.equal(isSameProcess({ pid: child.pid, startTime: undefined }), false);
  },
  "the processor time of a process moves": () => {
    if (isQemu) throw new Skipped("qemu says of its own process what it likes");
    const before = processState(process.pid);
    if (before === undefined) throw new Skipped("the system does not say it to Node");
    const until = performance.now() + 1_000;
    while (performance.now() < until) Math.sqrt(until);
    const after = processState(process.pid);
    assert.ok((after?.cpu ?? 0) > before.cpu);
    return `${before.cpu} ${after?.cpu}`;
  },
});
