/*
 * The packages as a stranger gets them: published with scripts/publish.ts to a registry on this machine, installed from
 * there by each package manager into an empty project, and used as a library and as a command.
 *   node scripts/try-packages.ts [--from FOLDER] [MANAGER…]
 * MANAGER: npm, npm-without-optional, pnpm, yarn (4, node_modules), yarn-pnp, yarn-classic, bun; default: all.
 * What the packages need of others comes through npm's own registry setting. tools/registry pins the programs.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { nativePackages } from "../src/base/package/own-package.ts";

const root = join(import.meta.dirname, "..");
const tools = join(root, ".tools", "registry");
const isWindows = process.platform === "win32";

interface Manager {
  install: string[];
  /** Before the words of a command of an installed package. */
  run: string[];
  files?: Record<string, string>;
}

interface Ended {
  status: number | null;
  stdout: string;
  stderr: string;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { from: { type: "string", default: join(root, "dist-packages") } },
});

function run(program: string, words: string[], cwd: string, env: NodeJS.ProcessEnv = {}): Ended {
  const ended = spawnSync(program, words, {
    cwd,
    encoding: "utf8",
    env: { ...process.env, ...env },
    shell: isWindows && !program.endsWith(".exe"),
    maxBuffer: 64 * 1024 * 1024,
  });
  if (ended.error !== undefined) throw ended.error;
  return ended;
}

function must(what: string, ended: Ended): string {
  if (ended.status === 0) return ended.stdout;
  throw new Error(`${what} ended with ${ended.status}:\n${ended.stdout}\n${ended.stderr}`);
}

function installTools(): void {
  mkdirSync(tools, { recursive: true });
  for (const name of ["package.json", "package-lock.json"]) {
    const from = join(root, "tools", "registry", name);
    const to = join(tools, name);
    if (existsSync(to) && readFileSync(to, "utf8") === readFileSync(from, "utf8")) continue;
    cpSync(from, to);
    rmSync(join(tools, "node_modules"), { recursive: true, force: true });
  }
  if (existsSync(join(tools, "node_modules", ".package-lock.json"))) return;
  process.stderr.write("getting a registry and package managers into .tools/registry\n");
  // Not "npm ci": see scripts/lib/build.sh.
  must(
    "npm install",
    run("npm", ["install", "--no-save", "--ignore-scripts", "--loglevel=error"], tools),
  );
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.on("error", fail);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => done(port));
    });
  });
}

async function startRegistry(folder: string): Promise<{ child: ChildProcess; url: string }> {
  const upstream = must("npm config", run("npm", ["config", "get", "registry"], root)).trim();
  const configuration = join(folder, "registry.json");
  const open = { access: "$all", publish: "$all" };
  writeFileSync(
    configuration,
    JSON.stringify({
      storage: join(folder, "storage"),
      auth: { htpasswd: { file: join(folder, "users") } },
      uplinks: { upstream: { url: upstream, timeout: "60s" } },
      packages: {
        "@haypile/*": open,
        haypile: open,
        "**": { access: "$all", proxy: "upstream" },
      },
      max_body_size: "200mb",
      log: { type: "stdout", level: "warn" },
    }),
  );
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const program = join(tools, "node_modules", "verdaccio", "bin", "verdaccio");
  const child = spawn(
    process.execPath,
    [program, "--config", configuration, "--listen", `127.0.0.1:${port}`],
    { stdio: "ignore" },
  );
  for (let look = 0; look < 240; look += 1) {
    if (child.exitCode !== null) throw new Error("the registry ended while it started");
    if (
      await fetch(`${url}-/ping`).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      return { child, url };
    await new Promise((done) => setTimeout(done, 250));
  }
  child.kill("SIGKILL");
  throw new Error("the registry did not answer within a minute");
}

const modules = join(tools, "node_modules");
const yarn = [process.execPath, join(modules, "@yarnpkg", "cli-dist", "bin", "yarn.js")];
const classic = [process.execPath, join(modules, "yarn", "bin", "yarn.js")];

/** Bun of scripts/test-runtimes, else the system's. */
function bun(): string {
  const cpu = process.arch === "arm64" ? "aarch64" : "x64";
  const pinned = join(
    root,
    ".tools/runtimes/node_modules/@oven",
    `bun-${process.platform}-${cpu}/bin/bun`,
  );
  return existsSync(pinned) ? pinned : "bun";
}

function managers(url: string): Record<string, Manager> {
  const rc = (linker: string): Record<string, string> => ({
    "yarn.lock": "",
    ".yarnrc.yml": [
      `npmRegistryServer: ${JSON.stringify(url)}`,
      'unsafeHttpWhitelist: ["127.0.0.1"]',
      "enableGlobalCache: false",
      "npmMinimalAgeGate: 0",
      `nodeLinker: ${linker}`,
      "",
    ].join("\n"),
  });
  const installed = [process.execPath, join("node_modules", "haypile", "bin", "haypile.cjs")];
  const pnpm = [process.execPath, join(modules, "pnpm", "bin", "pnpm.mjs")];
  const npm = ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error"];
  return {
    npm: { install: [...npm, "haypile"], run: installed },
    "npm-without-optional": {
      install: [...npm, "--omit=optional", "haypile", nativePackages()[0] ?? ""],
      run: installed,
    },
    pnpm: { install: [...pnpm, "add", "haypile"], run: installed },
    yarn: { install: [...yarn, "add", "haypile"], run: installed, files: rc("node-modules") },
    "yarn-pnp": {
      install: [...yarn, "add", "haypile"],
      run: [...yarn, "haypile"],
      files: rc("pnp"),
    },
    "yarn-classic": {
      install: [...classic, "add", "haypile"],
      run: installed,
      files: { "yarn.lock": "" },
    },
    bun: { install: [bun(), "add", "haypile"], run: installed },
  };
}

function tryOne(name: string, manager: Manager, url: string, scratch: string): string {
  const project = join(scratch, name);
  mkdirSync(project);
  const files = {
    "package.json": JSON.stringify({ name: "stranger", private: true, type: "module" }),
    ".npmrc": npmrc(url),
    ...manager.files,
  };
  for (const [file, text] of Object.entries(files)) writeFileSync(join(project, file), text);
  cpSync(join(root, "test", "runtimes", "tree"), join(project, "tree"), { recursive: true });
  const env = {
    NPM_CONFIG_USERCONFIG: join(project, ".npmrc"),
    npm_config_registry: url,
    npm_config_cache: join(scratch, "npm-cache"),
    HAYPILE_DATA_DIR: join(project, "data"),
    HAYPILE_CACHE_DIR: join(project, "cache"),
    HAYPILE_DAEMON_AUTOSTART: "false",
    // What a cache knows of another registry at this address would be wrong.
    YARN_GLOBAL_FOLDER: join(scratch, "yarn"),
    YARN_CACHE_FOLDER: join(scratch, "yarn-cache"),
    BUN_INSTALL_CACHE_DIR: join(scratch, "bun-cache"),
  };
  const go = (what: string, [program = "", ...words]: string[]): string =>
    must(`${name}: ${what}`, run(program, words, project, env));
  go("install", manager.install);
  const command = (what: string, ...words: string[]): string =>
    go(what, [...manager.run, ...words]);
  command("index", "index", "tree", "--json");
  const query = "wait longer after every failed attempt";
  const found = JSON.parse(command("search", "search", query, "--path", "tree", "--json")) as {
    hits: { path: string; parts: { meaning?: number } }[];
  };
  const [hit] = found.hits;
  if (hit?.path !== "backoff.js" || !((hit.parts.meaning ?? 0) > 0.2)) {
    throw new Error(`${name}: found ${JSON.stringify(found.hits)}`);
  }
  return command("version", "--version").trim();
}

const npmrc = (url: string): string =>
  `registry=${url}\n${url.replace(/^http:/, "")}:_authToken=anyone\n`;

async function main(): Promise<void> {
  installTools();
  const scratch = mkdtempSync(join(tmpdir(), "haypile-try-"));
  const { child, url } = await startRegistry(scratch);
  try {
    const userconfig = join(scratch, "npmrc");
    writeFileSync(userconfig, npmrc(url));
    const publish = join(root, "scripts", "publish.ts");
    const words = [publish, "--from", resolve(values.from), "--registry", url];
    const env = { NPM_CONFIG_USERCONFIG: userconfig };
    process.stdout.write(must("publish", run(process.execPath, words, root, env)));
    const all = managers(url);
    for (const name of positionals.length > 0 ? positionals : Object.keys(all)) {
      const manager = all[name];
      if (manager === undefined) {
        throw new Error(`expected one of ${Object.keys(all).join(", ")}, got ${name}`);
      }
      process.stdout.write(`${name}: haypile ${tryOne(name, manager, url, scratch)} works\n`);
    }
  } finally {
    child.kill();
    rmSync(scratch, { recursive: true, force: true });
  }
}

await main();
