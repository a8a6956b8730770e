/* A large real source tree to measure on. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { say, work } from "./common.ts";

/** Two packages that every Debian machine can unpack without installing them. */
export function debianTree(): string {
  const folder = join(work, "tree");
  if (existsSync(join(folder, "usr"))) return folder;
  mkdirSync(folder, { recursive: true });
  say("unpacking Debian's python3-django and libpython3-stdlib");
  for (const name of ["python3-django", "libpython3.11-stdlib", "libpython3.11-minimal"]) {
    const got = spawnSync("apt-get", ["download", "-q", name], { cwd: work, encoding: "utf8" });
    const file = readdirSync(work).find((one) => one.startsWith(`${name}_`));
    if (got.status !== 0 || file === undefined) throw new Error(`${name}: ${got.stderr}`);
    spawnSync("dpkg", ["-x", join(work, file), folder]);
  }
  return folder;
}
