/*
 * The packed library in a stranger's project: its types under several configurations that look into libraries, and
 * programs that are bundled. The reports: types that needed skipLibCheck, and bundles that ended in a stack trace.
 */
import { spawnSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { repository } from "../helpers/model.ts";
import { packedPackages } from "../helpers/packed-packages.ts";
import { writeTree } from "../helpers/temp-tree.ts";

// On a machine where other work runs, processes take their time.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

let scratch: string;
let project: string;
/** The folder of the tarballs. */
let packs: string;

beforeAll(async () => {
  scratch = realpathSync(mkdtempSync(join(tmpdir(), "haypile-stranger-")));
  project = join(scratch, "project");
  packs = await packedPackages();
  const tarballs = readdirSync(packs)
    .filter((name) => name.endsWith(".tgz"))
    .map((name) => join(packs, name));
  writeTree(project, {
    "package.json": JSON.stringify({ name: "stranger", private: true, type: "module" }),
    "tree/backoff.js":
      "/** Doubles the delay. */\nexport function retryDelay(n) {\n  return 2 ** n;\n}\n",
    ...programs,
  });
  const installed = run(
    "npm",
    [
      "install",
      "--ignore-scripts",
      "--no-audit",
      "--no-fund",
      "--prefer-offline",
      "--loglevel=error",
      ...tarballs,
    ],
    project,
  );
  expect(installed.status, installed.stderr).toBe(0);
}, 600_000);

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function run(command: string, args: readonly string[], cwd: string) {
  return spawnSync(command, args, {
    cwd,
    encoding: "utf8",
    maxBuffer: 2 ** 28,
    env: {
      ...process.env,
      HAYPILE_DATA_DIR: join(scratch, "data"),
      HAYPILE_CACHE_DIR: join(tmpdir(), "haypile-test-graphs"),
    },
  });
}

/** Every name that the doors export as a type or value is used, so that all their declarations are looked at. */
const programs: Readonly<Record<string, string>> = {
  "core.ts": `import * as haypile from "haypile";
import { connect, type Engine, HaypileError, open, openHome, type OpenOptions, type SearchResult } from "haypile";
import { loadEmbedder, type Embedder } from "haypile/embedder";

const options: OpenOptions = { folder: ".", workers: 1, tier: "light" };
export async function use(): Promise<string | undefined> {
  await using engine: Engine = await open(options);
  const report = await engine.index({ onProgress: ({ chunksDone }) => void chunksDone.toFixed() });
  const result: SearchResult = await engine.search("x", { k: 3, filter: { languages: ["ts"] } });
  const names: string[] = engine.findSymbol("x", { path: ["src"] }).map(({ name }) => name);
  const seen: number = report.files.seen + names.length + (result.indexing?.chunksDone ?? 0);
  await using home = await openHome({ maxMemoryBytes: 1e9 });
  const { hits } = await home.memories.recall("x", { tags: { any: ["a"] }, kind: ["fact"] });
  const daemon = await connect({ client: "stranger" });
  const there: SearchResult = await daemon.engine(".").search("x");
  const embedder: Embedder = await loadEmbedder({ model: "static" });
  const vectors: Float32Array = await embedder.embed(["x"], { kind: "query" });
  const code: haypile.ErrorCode = "HAYPILE_USAGE";
  const { exit } = haypile.errorCatalogue[code];
  if (HaypileError.isInstance(report)) throw report;
  return [seen, hits[0]?.memory.text, there.hits[0]?.path, vectors.length, exit].join();
}
`,
  "wrong.ts": `import { open } from "haypile";
// @ts-expect-error: the compiler knows the options
void open({ fodler: "." });
`,
  "mcp.ts": `import { createHttpListener, createServerFactory, IndexJobs, type McpBackend, openBackend, serveProcess } from "haypile/mcp";
import type { Server } from "node:http";
await using backend = await openBackend();
const given: McpBackend = backend;
const server: Server = createHttpListener(given, { token: "t", allowedHosts: ["here"] });
server.close();
createServerFactory(given, { tools: ["memory"], readOnly: true })({ root: "." })();
await serveProcess({ root: "." }, given);
await new IndexJobs({ keep: 3 }).close();
`,
};

describe("types of the package, libraries looked into", () => {
  const bare = { types: [] };
  const node = { types: ["node"] };
  const configurations: [string, string[], object][] = [
    [
      "NodeNext, ES2022",
      ["core.ts", "wrong.ts"],
      { module: "NodeNext", target: "ES2022", ...bare },
    ],
    [
      "a bundler's",
      ["core.ts", "wrong.ts"],
      { module: "ESNext", moduleResolution: "bundler", target: "ES2022", ...bare },
    ],
    [
      "exact optional properties",
      ["core.ts", "wrong.ts"],
      {
        module: "NodeNext",
        target: "ES2022",
        exactOptionalPropertyTypes: true,
        noUncheckedIndexedAccess: true,
        ...bare,
      },
    ],
    [
      "inexact optional properties, isolated",
      ["core.ts"],
      {
        module: "ESNext",
        moduleResolution: "bundler",
        target: "ES2024",
        exactOptionalPropertyTypes: false,
        isolatedModules: true,
        verbatimModuleSyntax: true,
        ...bare,
      },
    ],
    [
      "with types of Node, all doors",
      ["core.ts", "wrong.ts", "mcp.ts"],
      { module: "NodeNext", target: "ES2022", ...node },
    ],
    [
      "with types of Node, without the DOM",
      ["core.ts", "mcp.ts"],
      {
        module: "ESNext",
        moduleResolution: "bundler",
        target: "ES2022",
        lib: ["ES2022"],
        exactOptionalPropertyTypes: true,
        ...node,
      },
    ],
  ];

  const tsc = (files: string[], options: object) => {
    writeFileSync(
      join(project, "tsconfig.json"),
      JSON.stringify({
        compilerOptions: { strict: true, skipLibCheck: false, noEmit: true, ...options },
        files,
      }),
    );
    return run(
      process.execPath,
      [join(repository, "node_modules", "typescript", "bin", "tsc"), "-p", "."],
      project,
    );
  };

  beforeAll(() => {
    for (const name of ["@types/node", "undici-types"]) {
      cpSync(join(repository, "node_modules", name), join(project, "node_modules", name), {
        recursive: true,
      });
    }
  });

  it.each(configurations)("%s", (_, files, options) => {
    const { stdout } = tsc(files, options);
    expect(stdout).toBe("");
  });

  it("say what is wrong where it is", () => {
    writeFileSync(
      join(project, "slip.ts"),
      'import { open } from "haypile";\nvoid open({ fodler: "." });\n',
    );
    const { stdout, status } = tsc(["slip.ts"], { module: "NodeNext", target: "ES2022", ...bare });
    expect(status).not.toBe(0);
    expect(stdout).toMatch(/slip\.ts\(2,\d+\).*fodler/);
  });
});

describe("line ten of the README", () => {
  it("installs the command, and tells the clients that are there", () => {
    const home = join(scratch, "home");
    const prefix = join(scratch, "global");
    mkdirSync(join(home, ".cursor"), { recursive: true });
    const tarballs = readdirSync(packs).filter((name) => name.endsWith(".tgz"));
    const quoted = tarballs.map((name) => `"${join(packs, name)}"`).join(" ");
    // As it stands there, but for where the packages come from and go to.
    const line = `npm install -g ${quoted} && haypile install`;
    const ended = spawnSync("bash", ["-c", line], {
      cwd: home,
      encoding: "utf8",
      env: {
        ...process.env,
        HOME: home,
        npm_config_prefix: prefix,
        npm_config_prefer_offline: "true",
        npm_config_ignore_scripts: "true",
        PATH: `${join(prefix, "bin")}${delimiter}${dirname(process.execPath)}${delimiter}${process.env.PATH}`,
      },
    });
    expect(ended.status, ended.stderr).toBe(0);
    expect(ended.stdout).toContain("Cursor: added");
    const written = JSON.parse(readFileSync(join(home, ".cursor", "mcp.json"), "utf8"));
    const { command, args } = written.mcpServers.haypile;
    expect([command, ...args].join(" ")).toContain(realpathSync(prefix));
  }, 180_000);
});

describe("a bundled program", () => {
  const body = `
    const engine = await open({ folder: "tree", database: process.argv[2] });
    await engine.index();
    const { hits } = await engine.search("doubles the delay", { k: 1 });
    const [symbol] = engine.findSymbol("retryDelay");
    const slip = await open({ fodler: 1 }).catch((error) => HaypileError.isInstance(error) && error.code);
    await engine.close();
    console.log(JSON.stringify({ hit: hits[0].path, symbol: symbol.kind, slip }));`;
  const sources = {
    esm: `import { HaypileError, open } from "haypile";${body}`,
    cjs: `import { HaypileError, open } from "haypile";(async () => {${body}})();`,
  };
  const works = { hit: "backoff.js", symbol: "function", slip: "HAYPILE_USAGE" };

  async function bundle(format: "esm" | "cjs", options: object): Promise<string> {
    const ending = format === "esm" ? "mjs" : "cjs";
    const outfile = join(
      project,
      "out",
      `${format}-${Object.keys(options).join("-") || "plain"}.${ending}`,
    );
    await build({
      stdin: { contents: sources[format], resolveDir: project },
      bundle: true,
      platform: "node",
      format,
      outfile,
      logLevel: "silent",
      ...options,
    });
    return outfile;
  }

  it.each([
    ["esm", {}],
    ["cjs", {}],
    ["esm", { minify: true }],
    ["cjs", { minify: true }],
    ["esm", { external: ["haypile"] }],
    ["cjs", { external: ["haypile"] }],
  ] as const)("as %s %j runs beside the installed package", async (format, options) => {
    const file = await bundle(format, options);
    const ended = run(process.execPath, [file, `${file}.db`], project);
    expect(ended.status, ended.stderr).toBe(0);
    expect(JSON.parse(ended.stdout)).toEqual(works);
  });

  it.each(["esm", "cjs"] as const)("as %s alone says what to mark external", async (format) => {
    const file = await bundle(format, {});
    const alone = join(scratch, `alone-${format}`);
    mkdirSync(alone);
    const name = format === "esm" ? "app.mjs" : "app.cjs";
    cpSync(file, join(alone, name));
    cpSync(join(project, "tree"), join(alone, "tree"), { recursive: true });
    const ended = run(process.execPath, [name, "app.db"], alone);
    expect(ended.status).not.toBe(0);
    expect(ended.stderr).toContain("HAYPILE_NATIVE_MISSING");
    expect(ended.stderr).toContain("--external:haypile");
  });

  it("that requires the package instead of importing it works, too", () => {
    writeFileSync(
      join(project, "required.cjs"),
      sources.cjs.replace(/^import (.*?) from (".*?");/, "const $1 = require($2);"),
    );
    const ended = run(process.execPath, ["required.cjs", "required.db"], project);
    expect(ended.status, ended.stderr).toBe(0);
    expect(JSON.parse(ended.stdout)).toEqual(works);
  });
});
