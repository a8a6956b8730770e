/* A repository, a small model, and machines with data of their own: for exported indexes. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import { open } from "../../src/engine/open.ts";
import { openRaw } from "./sqlite-files.ts";
import { writeTree } from "./temp-tree.ts";
import { writeTinyModel } from "./tiny-model.ts";

export class Team {
  readonly scratch: string;
  /** A working tree with two commits, clean. */
  readonly tree: string;
  readonly model: string;
  readonly #open: Engine[] = [];

  constructor(files: Record<string, string> = sources) {
    this.scratch = realpathSync(mkdtempSync(join(tmpdir(), "haypile-team-")));
    this.tree = join(this.scratch, "tree");
    this.model = writeTinyModel(join(this.scratch, "tiny"));
    mkdirSync(this.tree);
    this.git("init", "-q", "-b", "main");
    this.commit(files, "one");
    this.commit({ "src/later.py": "def came_later(x):\n    return x + 1\n" }, "two");
  }

  git(...args: string[]): string {
    return gitIn(this.tree, ...args);
  }

  commit(files: Record<string, string>, subject: string): void {
    writeTree(this.tree, files);
    this.git("add", "-A");
    this.git("commit", "-qm", subject);
  }

  clone(name: string, ...args: string[]): string {
    const folder = join(this.scratch, name);
    gitIn(this.scratch, "clone", "-q", ...args, `file://${this.tree}`, folder);
    return folder;
  }

  /** From now on this process stands on another machine: folders are looked up when they are needed. */
  use(machine: string, key = ""): void {
    vi.stubEnv("HAYPILE_DATA_DIR", this.data(machine));
    vi.stubEnv("HAYPILE_CACHE_DIR", join(this.scratch, machine, "cache"));
    vi.stubEnv("HAYPILE_CONFIG_DIR", join(this.scratch, machine, "config"));
    vi.stubEnv("HAYPILE_INDEX_KEY", key);
  }

  /** Opens the index of a folder on a machine, where this process stands from then on. */
  async open(machine: string, folder: string, modelFolder = this.model): Promise<Engine> {
    this.use(machine);
    const engine = await open({ folder, modelFolder, nearest: false });
    this.#open.push(engine);
    return engine;
  }

  data(machine: string): string {
    return join(this.scratch, machine, "data");
  }

  async close(): Promise<void> {
    await Promise.all(this.#open.map((engine) => engine.close()));
    vi.unstubAllEnvs();
    rmSync(this.scratch, { recursive: true, force: true });
  }
}

export function gitIn(folder: string, ...args: string[]): string {
  return execFileSync(
    "git",
    [
      "-c",
      "user.name=a",
      "-c",
      "user.email=a@example.com",
      "-c",
      "protocol.file.allow=always",
      ...args,
    ],
    { cwd: folder, encoding: "utf8" },
  ).trim();
}

/** Every vector of an index by the hash of its text. */
export function vectorsIn(engine: Engine): Map<string, string> {
  const db = openRaw(engine.facts().database, { readonly: true });
  try {
    const rows = db
      .prepare(
        "SELECT hex(text_hash), scale || ' ' || hex(data) FROM chunks JOIN vectors ON chunk_id = id",
      )
      .raw()
      .all() as [string, string][];
    return new Map(rows);
  } finally {
    db.close();
  }
}

/** All that an index holds of texts and vectors, as one text that is the same for the same. */
export function contentsOf(database: string): string {
  const db = openRaw(database, { readonly: true });
  try {
    const rows = ["files", "chunks", "file_chunks", "vectors", "pending", "meta"].map((table) =>
      db.prepare(`SELECT * FROM ${table} ORDER BY 1, 2`).all(),
    );
    return JSON.stringify(rows);
  } finally {
    db.close();
  }
}

/** Source files that differ from each other, for an index with some chunks. */
export const sources: Record<string, string> = Object.fromEntries(
  Array.from({ length: 12 }, (_, i) => [
    `src/part${i}.py`,
    Array.from(
      { length: 4 },
      (_, j) =>
        `def step_${i}_${j}(value):\n    """Step ${j} of part ${i}."""\n${Array.from({ length: 12 }, (_, k) => `    value = value * ${i + 2} + ${j * 7 + k}\n`).join("")}    return value\n\n\n`,
    ).join(""),
  ]),
);

/** Writes bytes to a new file of this name. */
export function fileWith(folder: string, name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}
