/*
 * A project's folder with Haypile as npm installs it for a platform, from packages packed now.
 *   node scripts/lib/install-packs.ts PLATFORM FOLDER
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dirname, "..", "..");
/** Models that are added by name. */
const extra = /model-(bge|e5)/;

/** Leaves node_modules in `folder`. @throws Error what packing or npm says, or that npm left something out */
export function installPacks(platform: string, folder: string): void {
  const packs = mkdtempSync(join(tmpdir(), "haypile-packs-"));
  try {
    run(process.execPath, ["scripts/pack.ts", "--platform", platform, "--to", packs], root);
    const tarballs = readdirSync(packs).filter(
      (file) => file.endsWith(".tgz") && !extra.test(file),
    );
    const named = (isChosen: (file: string) => boolean): Record<string, string> =>
      Object.fromEntries(
        tarballs
          .filter(isChosen)
          .map((file) => [nameIn(join(packs, file)), `file:${packs}/${file}`]),
      );
    const isOptional = (file: string): boolean => file.includes(platform);
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, "package.json"),
      JSON.stringify({
        name: "project",
        private: true,
        dependencies: named((file) => !isOptional(file)),
        // As they are for who installs haypile: npm takes those of the platform it is told.
        optionalDependencies: named(isOptional),
      }),
    );
    const [system = "", cpu = ""] = platform.split("-");
    const libc = { linux: "glibc", linuxmusl: "musl" }[system];
    run(
      "npm",
      [
        ...["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        `--os=${system.replace("musl", "")}`,
        `--cpu=${cpu}`,
        ...(libc === undefined ? [] : [`--libc=${libc}`]),
      ],
      folder,
    );
    const installed = readdirSync(join(folder, "node_modules", "@haypile"));
    const missing = tarballs.filter(isOptional).filter((file) => {
      return !installed.some((name) => file.startsWith(`haypile-${name}-`));
    });
    if (missing.length > 0) throw new Error(`npm left out ${missing.join(", ")}.`);
  } finally {
    rmSync(packs, { recursive: true, force: true });
  }
}

function run(command: string, args: readonly string[], cwd: string): void {
  execFileSync(command, args, { cwd, stdio: ["ignore", "ignore", "inherit"] });
}

function nameIn(tarball: string): string {
  const manifest = execFileSync("tar", ["-xzOf", tarball, "package/package.json"], {
    encoding: "utf8",
  });
  return (JSON.parse(manifest) as { name: string }).name;
}

const [, script = "", platform, folder] = process.argv;
if (import.meta.filename === script && platform !== undefined && folder !== undefined) {
  installPacks(platform, folder);
}
