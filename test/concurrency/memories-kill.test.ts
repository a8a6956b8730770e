/**
 * Eight processes write memories and eight read them; at random moments one of them is killed and another
 * takes its place. Nothing that was acknowledged is lost, no reader fails, and the file is sound at the end.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { openMemories } from "../../src/engine/memories/memories.ts";
import { HashEmbedder } from "../helpers/hash-embedder.ts";
import { addonFolder } from "../helpers/model.ts";
import { makeFolder, openRaw } from "../helpers/sqlite-files.ts";

/** HAYPILE_MEMORY_KILLS=40 kills as many. */
const kills = Number(process.env.HAYPILE_MEMORY_KILLS ?? 16);
const made = makeFolder();

afterAll(made.remove);

interface Worker {
  child: ChildProcess;
  role: "write" | "read";
  /** Whole lines it said. */
  lines: string[];
  complaint: string;
  ended: Promise<NodeJS.Signals | null>;
}

let started = 0;

function start(path: string, role: Worker["role"]): Worker {
  const script = join(import.meta.dirname, "memories-kill-worker.ts");
  const child = spawn(process.execPath, [script, path, role, String(started++)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const worker: Worker = {
    child,
    role,
    lines: [],
    complaint: "",
    ended: new Promise((done) => child.on("close", (_code, signal) => done(signal))),
  };
  let rest = "";
  child.stdout?.on("data", (data) => {
    const parts = `${rest}${data}`.split("\n");
    rest = parts.pop() ?? "";
    worker.lines.push(...parts);
  });
  child.stderr?.on("data", (data) => {
    worker.complaint += data;
  });
  return worker;
}

async function until(what: () => boolean): Promise<void> {
  while (!what()) await new Promise((done) => setTimeout(done, 10));
}

it("loses nothing that was acknowledged when writers and readers are killed", async () => {
  const path = join(made.folder, "memories.db");
  const all: Worker[] = [];
  const add = (role: Worker["role"]): Worker => {
    const worker = start(path, role);
    all.push(worker);
    return worker;
  };
  const running = [...Array(16).keys()].map((at) => add(at % 2 === 0 ? "write" : "read"));
  await until(() => running.every(({ lines, complaint }) => lines.length > 0 || complaint !== ""));
  const acknowledgements = (): number =>
    all.reduce((sum, { role, lines }) => sum + (role === "write" ? lines.length : 0), 0);
  for (let kill = 0; kill < kills; kill++) {
    // On a busy machine too there is something to lose before each kill, or somebody has said why not.
    const before = acknowledgements();
    const isEnough = (): boolean =>
      acknowledgements() >= before + 8 || all.some(({ complaint }) => complaint !== "");
    await Promise.all([
      until(isEnough),
      new Promise((done) => setTimeout(done, Math.random() * 200)),
    ]);
    // Of four, three are writers.
    const victims = running.filter(({ role }) => role === (kill % 4 === 3 ? "read" : "write"));
    const victim = victims[Math.floor(Math.random() * victims.length)] as Worker;
    victim.child.kill("SIGKILL");
    expect(await victim.ended, victim.complaint).toBe("SIGKILL");
    running[running.indexOf(victim)] = add(victim.role);
  }
  for (const { child } of running) child.kill("SIGKILL");
  for (const worker of all) expect(await worker.ended, worker.complaint).toBe("SIGKILL");
  expect(all.map(({ complaint }) => complaint).join("")).toBe("");
  const readers = all.filter(({ role }) => role === "read");
  // Each of the first eight has answered; how often, and those that came later, is up to the machine.
  expect(readers.reduce((sum, { lines }) => sum + lines.length, 0)).toBeGreaterThanOrEqual(8);

  const db = openRaw(path);
  expect(db.pragma("integrity_check", { simple: true })).toBe("ok");
  db.exec("INSERT INTO memory_words(memory_words) VALUES ('integrity-check')");
  const orphans = db
    .prepare(
      `SELECT (SELECT count(*) FROM parts WHERE row_id NOT IN (SELECT id FROM memories))
         + (SELECT count(*) FROM vectors WHERE part_id NOT IN (SELECT id FROM parts))
         + (SELECT count(*) FROM parts WHERE id NOT IN (SELECT part_id FROM vectors)
              AND id NOT IN (SELECT part_id FROM pending))`,
    )
    .pluck()
    .get();
  expect(orphans).toBe(0);
  db.close();

  const memories = await openMemories({
    database: path,
    embedder: new HashEmbedder(),
    addonFolder,
  });
  try {
    let acknowledged = 0;
    for (const { lines, role } of all) {
      if (role !== "write") continue;
      for (const line of lines) {
        const [what = "", id = "", text = ""] = line.split("\t");
        const found = await memories.get(id);
        if (what === "going") continue;
        if (what === "gone") expect(found, line).toBeUndefined();
        else if (found !== undefined) expect(found.text, line).toBe(text);
        // It was being forgotten: that may have come to its end before the kill.
        else expect(lines, line).toContain(`going\t${id}`);
        acknowledged += 1;
      }
    }
    expect(acknowledged).toBeGreaterThan(kills * 5);
    const some = all.flatMap(({ lines }) => lines).filter((line) => line.startsWith("kept"));
    for (const line of some.slice(-20)) {
      const [, id = "", text = ""] = line.split("\t");
      if ((await memories.get(id)) === undefined) continue;
      const { hits } = await memories.recall(text, { k: 20 });
      expect(hits.map(({ memory }) => memory.text)).toContain(text);
    }
  } finally {
    await memories.close();
  }
}, 1_800_000);
