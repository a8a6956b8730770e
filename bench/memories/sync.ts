/*
 * Syncing memories through a folder: the first sync of a machine and of another one, ten changes after that, and what
 * remembering costs before and after a file was ever synced, in turns:
 *   node bench/memories/sync.ts [--count 10000] [--pairs 400] [--keep]
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openMemories } from "../../src/engine/memories/memories.ts";
import { connect } from "../../src/storage/sqlite/file/open.ts";
import { argument, keepRows, printMachine, say } from "../common.ts";
import { textMaker } from "./texts.ts";

const part = argument("--part", "");
const place = argument("--place", "");
const count = Number(argument("--count", "10000"));
const pairs = Number(argument("--pairs", "400"));

if (part === "") {
  const here = printMachine();
  const scratch = mkdtempSync(join(tmpdir(), "haypile-sync-"));
  mkdirSync(join(scratch, "shared"));
  const run = (name: string): Record<string, number> => {
    const args = ["--part", name, "--place", scratch, "--count", String(count)];
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      [import.meta.filename, ...args, "--pairs", String(pairs)],
      { encoding: "utf8" },
    );
    if (status !== 0) throw new Error(stderr);
    return JSON.parse(stdout) as Record<string, number>;
  };
  run("fill");
  const first = run("one");
  const other = run("two");
  const changed = run("change");
  const taken = run("two");
  const written = run("write");
  const row = {
    bench: "memories-sync",
    count,
    firstMs: first.ms,
    firstCpuMs: first.cpuMs,
    firstBytes: first.bytes,
    firstRssMb: first.rssMb,
    otherMs: other.ms,
    otherCpuMs: other.cpuMs,
    otherRssMb: other.rssMb,
    tenMs: changed.ms,
    tenCpuMs: changed.cpuMs,
    tenBytes: (changed.bytes ?? 0) - (first.bytes ?? 0),
    tenTakenMs: taken.ms,
    tenTakenCpuMs: taken.cpuMs,
    ...written,
  };
  say(JSON.stringify(row));
  keepRows("memories", here, [row]);
  rmSync(scratch, { recursive: true });
} else {
  process.stdout.write(JSON.stringify(await measured()));
}

async function measured(): Promise<Record<string, number>> {
  const next = textMaker(5, 20_000, 300);
  if (part === "write") return await writing(next);
  const name = part === "two" ? "two.db" : "one.db";
  const memories = await openMemories({ database: join(place, name), embedder: undefined });
  if (part === "fill") {
    const items = Array.from({ length: count }, (_, at) => ({
      text: `${at} ${next()}`,
      tags: [`t${at % 50}`],
      onDuplicate: "keep" as const,
    }));
    await memories.rememberMany(items);
    await memories.close();
    return {};
  }
  if (part === "change") {
    const { memories: ten } = await memories.list({ limit: 10 });
    for (const { id } of ten) await memories.update(id, { importance: 0.9 });
  }
  const before = process.memoryUsage.rss();
  let most = before;
  const look = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 5);
  const start = performance.now();
  const cpuBefore = process.cpuUsage();
  const { bytes } = await memories.sync(join(place, "shared"));
  const ms = Math.round(performance.now() - start);
  const { user, system } = process.cpuUsage(cpuBefore);
  clearInterval(look);
  await memories.close();
  const cpuMs = Math.round((user + system) / 1_000);
  return { ms, cpuMs, bytes, rssMb: Math.round((most - before) / 1e6) };
}

/**
 * Three files side by side: one without the triggers that note changes, one that was never synced, and one that is.
 * CPU time of writes by turns, the order changing.
 */
async function writing(next: () => string): Promise<Record<string, number>> {
  const files = ["bare", "never", "synced"] as const;
  const open = (name: string) => openMemories({ database: join(place, name), embedder: undefined });
  for (const name of files) await (await open(name)).close();
  const bare = connect(join(place, "bare"), { creates: false });
  const names = bare.prepare(
    "SELECT name FROM sqlite_schema WHERE name LIKE 'sync_%' AND type = 'trigger'",
  );
  for (const name of names.pluck().all() as string[]) bare.exec(`DROP TRIGGER ${name}`);
  bare.close();
  const opened = {
    bare: await open("bare"),
    never: await open("never"),
    synced: await open("synced"),
  };
  mkdirSync(join(place, "own"));
  await opened.synced.sync(join(place, "own"));
  const cpu = { bare: [] as number[], never: [] as number[], synced: [] as number[] };
  for (let at = 0; at < pairs; at += 1) {
    const text = `${at} ${next()}`;
    for (const turn of files.keys()) {
      const which = files[(at + turn) % files.length] as (typeof files)[number];
      const before = process.cpuUsage();
      await opened[which].remember(text, { tags: ["bench"] });
      const { user, system } = process.cpuUsage(before);
      cpu[which].push(user + system);
    }
  }
  for (const name of files) await opened[name].close();
  const middle = (all: number[]): number => all.sort((a, b) => a - b)[all.length >> 1] as number;
  const [own, never, synced] = [middle(cpu.bare), middle(cpu.never), middle(cpu.synced)];
  const ratio = (us: number): number => Math.round((1_000 * us) / own) / 1_000;
  return { rememberUs: own, rememberNeverSynced: ratio(never), rememberSynced: ratio(synced) };
}
