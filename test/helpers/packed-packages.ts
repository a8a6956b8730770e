/*
 * The packages as scripts/pack.ts makes them of this tree, for all files of tests that look at them: packing takes half a
 * minute of a processor. They lie in build/test-packs, and are made anew when a file that goes into them has changed.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { tryLock } from "../../src/storage/sqlite/file/lock.ts";
import { repository } from "./model.ts";

const folder = join(repository, "build", "test-packs");
const note = join(folder, "made-of");
const sources = [
  ...["bin", "dist", "models", "prebuilds", "scripts", "src"],
  ...["package.json", "package-lock.json", "README.md", "CHANGELOG.md", "LICENSE", "NOTICE"],
];

/** Names, sizes and times of what goes into them. */
function stateOfSources(): string {
  const hash = createHash("sha256");
  const add = (path: string): void => {
    const { size, mtimeMs } = statSync(path);
    hash.update(`${path}\0${size}\0${mtimeMs}\n`);
  };
  // What was built for other platforms is in none of them.
  const own = new Set([`${process.platform}-${process.arch}`, "grammars"]);
  for (const source of sources) {
    const path = join(repository, source);
    if (statSync(path).isFile()) add(path);
    else
      for (const entry of readdirSync(path, { recursive: true, withFileTypes: true })) {
        const [part = ""] = join(entry.parentPath, entry.name)
          .slice(path.length + 1)
          .split("/");
        if (entry.isFile() && (source !== "prebuilds" || own.has(part)))
          add(join(entry.parentPath, entry.name));
      }
  }
  return hash.digest("hex");
}

function noted(): string {
  try {
    return readFileSync(note, "utf8");
  } catch {
    return "";
  }
}

/** @returns the folder with the tarballs, which belong to all: nothing in it is changed @throws when packing fails */
export async function packedPackages(): Promise<string> {
  mkdirSync(folder, { recursive: true });
  for (;;) {
    const lock = tryLock(`${folder}.lock`);
    if (lock === undefined) {
      await wait(200);
      continue;
    }
    try {
      const wanted = stateOfSources();
      if (noted() === wanted) return folder;
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder);
      const script = join(repository, "scripts", "pack.ts");
      const { status, stderr } = spawnSync(
        process.execPath,
        ["--no-warnings", script, "--to", folder],
        { cwd: repository, encoding: "utf8" },
      );
      if (status !== 0) throw new Error(`packing failed: ${stderr}`);
      rmSync(join(folder, "staging"), { recursive: true, force: true });
      writeFileSync(note, wanted);
      return folder;
    } finally {
      lock.release();
    }
  }
}
