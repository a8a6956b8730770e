/*
 * Every file that is read by name goes through one reader. Reports of the kind: a configuration file that is a
 * link to /dev/zero fills the process, a pipe in its place hangs it, a folder swapped for a link while it is
 * indexed brings outside text in.
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  openStream,
  readBounded,
  readBoundedSync,
  readPieces,
  readSystemText,
} from "../../../../src/base/files/read-file.ts";
import { readText } from "../../../../src/indexing/read/read-text.ts";
import { tempFolder, writeTree } from "../../../helpers/temp-tree.ts";

type Rules = Parameters<typeof readBounded>[1];

const refusing = { mostBytes: 1_000, links: "refuse" } as const;
const following = { mostBytes: 1_000, links: "follow" } as const;

/** The three ways of reading, which must agree. */
const ways: Record<string, (path: string, rules: Rules) => Promise<string>> = {
  readBounded: async (path, rules) => (await readBounded(path, rules)).toString(),
  readBoundedSync: async (path, rules) => readBoundedSync(path, rules).toString(),
  readPieces: async (path, rules) => {
    const pieces: Buffer[] = [];
    for await (const piece of readPieces(path, { ...rules, pieceBytes: 7 })) pieces.push(piece);
    return Buffer.concat(pieces).toString();
  },
};

describe.each(Object.entries(ways))("%s", (_, read) => {
  it("gives the bytes of files of every size up to the bound, and refuses larger ones", async () => {
    const path = join(tempFolder(), "file");
    for (const size of [0, 1, 6, 7, 8, 999, 1_000]) {
      writeFileSync(path, "x".repeat(size));
      expect(await read(path, refusing)).toBe("x".repeat(size));
    }
    writeFileSync(path, "x".repeat(1_001));
    await expect(read(path, refusing)).rejects.toMatchObject({ code: "EFBIG" });
  });

  it("reads no device, pipe, socket or folder, and waits for none", async () => {
    const root = tempFolder();
    execFileSync("mkfifo", [join(root, "pipe")]);
    const server = createServer();
    await new Promise<void>((done) => server.listen(join(root, "socket"), done));
    onTestFinished(() => new Promise<void>((done) => server.close(() => done())));
    symlinkSync("/dev/zero", join(root, "zero"));
    for (const path of ["pipe", "socket", "zero", "."].map((name) => join(root, name))) {
      await expect(read(path, following)).rejects.toMatchObject({ code: "EFTYPE" });
    }
    await expect(read("/dev/zero", refusing)).rejects.toMatchObject({ code: "EFTYPE" });
  });

  it("follows a link where that was said, and refuses it elsewhere", async () => {
    const root = tempFolder();
    writeTree(root, { real: "text" });
    symlinkSync("real", join(root, "link"));
    symlinkSync("link", join(root, "chain"));
    symlinkSync("loop", join(root, "loop"));
    for (const name of ["link", "chain"]) {
      expect(await read(join(root, name), following)).toBe("text");
      await expect(read(join(root, name), refusing)).rejects.toMatchObject({ code: "ELOOP" });
    }
    await expect(read(join(root, "loop"), following)).rejects.toMatchObject({ code: "ELOOP" });
    await expect(read(join(root, "none"), refusing)).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("refuses what a link in the middle of the path leads to", async () => {
    const root = tempFolder();
    const outside = tempFolder();
    writeTree(root, { "own/a.txt": "own" });
    writeTree(outside, { "a.txt": "secret" });
    symlinkSync(outside, join(root, "out"));
    symlinkSync("own", join(root, "in"));
    const inside = { ...refusing, inside: root };
    expect(await read(join(root, "own", "a.txt"), inside)).toBe("own");
    await expect(read(join(root, "out", "a.txt"), inside)).rejects.toMatchObject({
      code: "EOUTSIDE",
    });
    await expect(read(join(root, "in", "a.txt"), inside)).rejects.toMatchObject({ code: "ELOOP" });
    // One file with two names lies at both.
    linkSync(join(root, "own", "a.txt"), join(root, "second.txt"));
    expect(await read(join(root, "second.txt"), inside)).toBe("own");
  });

  it("leaves no descriptor open, whatever came of it", async () => {
    const root = tempFolder();
    writeTree(root, { small: "x", large: "x".repeat(2_000) });
    execFileSync("mkfifo", [join(root, "pipe")]);
    const open = (): number => readdirSync("/proc/self/fd").length;
    const before = open();
    for (let round = 0; round < 50; round += 1) {
      for (const name of ["small", "large", "pipe", "none", "."]) {
        await read(join(root, name), { ...refusing, inside: root }).catch(() => undefined);
      }
    }
    expect(open()).toBeLessThan(before + 10);
  });
});

it("keeps the bound for a file that grows while it is read", async () => {
  const path = join(tempFolder(), "log");
  writeFileSync(path, "x".repeat(900));
  const reads = Array.from({ length: 20 }, () => {
    appendFileSync(path, "y".repeat(10));
    return readBounded(path, refusing).then(
      (bytes) => bytes.length,
      (error: { code: string }) => error.code,
    );
  });
  for (const read of await Promise.all(reads)) {
    if (typeof read === "string") expect(read).toBe("EFBIG");
    else expect(read).toBeLessThanOrEqual(1_000);
  }
});

it("reads files of the system, which say they are empty", () => {
  expect(readSystemText("/proc/self/status")).toMatch(/^Name:\t/);
});

it("streams what a person named: a file or a pipe, no device and no folder", async () => {
  const root = tempFolder();
  execFileSync("mkfifo", [join(root, "pipe")]);
  const writer = spawn("sh", ["-c", `echo through >"$1"`, "sh", join(root, "pipe")]);
  const parts: Buffer[] = [];
  for await (const part of openStream(join(root, "pipe"))) parts.push(part as Buffer);
  expect(Buffer.concat(parts).toString()).toBe("through\n");
  if (writer.exitCode === null) await once(writer, "exit");
  for (const path of ["/dev/zero", root]) {
    expect(() => openStream(path)).toThrow(/not a regular file/);
  }
});

/** Swaps a folder for a link and back, without end. */
const swapper = `
const { renameSync } = require("node:fs");
const [folder, link, aside] = process.argv.slice(1);
process.stdout.write("ready");
for (;;) {
  renameSync(folder, aside);
  renameSync(link, folder);
  renameSync(folder, link);
  renameSync(aside, folder);
}`;

it("never reads outside text while a folder is swapped for a link, over and over", async () => {
  const root = tempFolder();
  const outside = tempFolder();
  writeTree(root, { "part/a.txt": "own" });
  writeTree(outside, { "a.txt": "secret" });
  const link = join(root, "link");
  symlinkSync(outside, link);
  const names = [join(root, "part"), link, join(root, "aside")];
  const child = spawn(process.execPath, ["-e", swapper, ...names], {
    stdio: ["ignore", "pipe", 2],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  if (child.stdout === null) throw new Error("expected a pipe");
  await once(child.stdout, "data");
  const seen = { own: 0, refused: 0 };
  const path = join(root, "part", "a.txt");
  // As long as it takes to have met both many times; without the check, outside text comes within the first dozens.
  while (seen.own < 300 || seen.refused < 300) {
    const read = await readText(path, 1_000, root);
    if ("text" in read) {
      expect(read.text).toBe("own");
      seen.own += 1;
    } else {
      expect(["vanished", "link-to-outside", "link-to-file"]).toContain(read.skip);
      if (read.skip === "link-to-outside") seen.refused += 1;
    }
  }
}, 120_000);

it("takes a folder that was moved away after it was opened for gone", async () => {
  const root = tempFolder();
  mkdirSync(join(root, "part"));
  writeFileSync(join(root, "part", "a.txt"), "x");
  const reading = readText(join(root, "part", "a.txt"), 1_000, root);
  renameSync(join(root, "part"), join(root, "moved"));
  rmSync(join(root, "moved"), { recursive: true });
  const read = await reading;
  expect("text" in read ? read.text : read.skip).toMatch(/^(x|vanished|link-to-file)$/);
});
