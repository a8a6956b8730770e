/*
 * Publishes the tarballs that scripts/pack.ts made, in an order in which no package is there before what it needs: the
 * main one last. What the registry has already, with the same digest, is passed over, so that a publish that broke off
 * can be run again; with another digest it is an error.
 *   node scripts/publish.ts [--from FOLDER] [--registry URL] [--dry-run]
 * With provenance where GitHub Actions gives an identity token.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    from: { type: "string", default: join(import.meta.dirname, "..", "dist-packages") },
    registry: { type: "string" },
    "dry-run": { type: "boolean", default: false },
  },
});
const folder = resolve(values.from);
const registry = values.registry === undefined ? [] : ["--registry", values.registry];

interface Packed {
  file: string;
  name: string;
  version: string;
  integrity: string;
}

function npm(...words: string[]): { status: number | null; stdout: string; stderr: string } {
  const isWindows = process.platform === "win32";
  return spawnSync(isWindows ? "npm.cmd" : "npm", [...words, ...registry, "--loglevel=error"], {
    encoding: "utf8",
    shell: isWindows,
  });
}

function read(file: string): Packed {
  const unpacked = spawnSync("tar", ["-xzOf", file, "package/package.json"], { encoding: "utf8" });
  if (unpacked.status !== 0) throw new Error(`${file} is no package: ${unpacked.stderr}`);
  const { name, version } = JSON.parse(unpacked.stdout) as { name: string; version: string };
  const sum = createHash("sha512").update(readFileSync(file)).digest("base64");
  return { file, name, version, integrity: `sha512-${sum}` };
}

/** The digest the registry has of a version; undefined when it has none. */
function published({ name, version }: Packed): string | undefined {
  const { status, stdout } = npm("view", `${name}@${version}`, "dist.integrity", "--json");
  if (status !== 0 || stdout.trim() === "") return undefined;
  const found = JSON.parse(stdout) as string | string[];
  return Array.isArray(found) ? found[0] : found;
}

const isMain = ({ name }: Packed): boolean => !name.startsWith("@");

const packages = readdirSync(folder)
  .filter((name) => name.endsWith(".tgz"))
  .map((name) => read(join(folder, name)))
  .sort((a, b) => Number(isMain(a)) - Number(isMain(b)) || a.name.localeCompare(b.name));
if (!packages.some(isMain)) throw new Error(`${folder} has no main package. Run scripts/pack.ts.`);

for (const one of packages) {
  const there = published(one);
  if (there !== undefined && there !== one.integrity) {
    throw new Error(
      `${one.name} ${one.version} is published with other contents: raise the version.`,
    );
  }
  if (there === undefined) {
    const words = ["publish", one.file, "--access", "public", "--ignore-scripts"];
    if (values["dry-run"]) words.push("--dry-run");
    if (process.env.ACTIONS_ID_TOKEN_REQUEST_URL !== undefined) words.push("--provenance");
    const done = npm(...words);
    if (done.status !== 0) throw new Error(`${one.name} was not published: ${done.stderr}`);
  }
  const what = there !== undefined ? "was there" : values["dry-run"] ? "would go" : "published";
  process.stdout.write(`${what}  ${one.name} ${one.version}\n`);
}
