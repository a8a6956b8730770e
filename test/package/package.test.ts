/*
 * The packages as they would be published: made, looked through, installed into an empty folder
 * without scripts, made read-only, and used without any network.
 */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { repository } from "../helpers/model.ts";
import { writePackedModel } from "../helpers/packed-model.ts";
import { packedPackages } from "../helpers/packed-packages.ts";

let scratch: string;
let project: string;
const tarballs: Record<
  string,
  {
    path: string;
    files: string[];
    modes: string[];
    bytes: number;
    manifest: Record<string, unknown>;
  }
> = {};

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), "haypile-package-"));
  project = join(scratch, "project");
  mkdirSync(project);
  const folder = await packedPackages();
  for (const name of readdirSync(folder).filter((one) => one.endsWith(".tgz"))) {
    const path = join(folder, name);
    const list = run("tar", ["-tzvf", path], scratch).stdout.trim().split("\n");
    const manifest = JSON.parse(
      run("tar", ["-xzOf", path, "package/package.json"], scratch).stdout,
    );
    tarballs[manifest.name] = {
      path,
      manifest,
      files: list.map((line) => line.replace(/^.* package\//, "")).sort(),
      modes: [...new Set(list.map((line) => line.split(/\s+/)[0] ?? ""))].sort(),
      bytes: list.reduce((sum, line) => sum + Number(line.split(/\s+/)[2]), 0),
    };
  }
}, 600_000);

afterAll(() => {
  spawnSync("chmod", ["-R", "u+w", scratch]);
  rmSync(scratch, { recursive: true, force: true });
});

function run(command: string, args: string[], cwd: string, env: NodeJS.ProcessEnv = {}) {
  return spawnSync(command, args, {
    cwd,
    encoding: "utf8",
    maxBuffer: 2 ** 28,
    env: { ...process.env, ...env },
  });
}

describe("the tarballs", () => {
  const platform = `${process.platform}-${process.arch}`;
  const runtime = `@haypile/onnxruntime-${platform}`;
  const native = `@haypile/native-${platform}`;

  it("are few, and none has a script", () => {
    const models = [
      "@haypile/model-all-minilm-l6-v2",
      "@haypile/model-bge-small-en-v1.5",
      "@haypile/model-e5-small-v2",
      "@haypile/model-static-code-256",
    ];
    const expected = [native, runtime, "@haypile/grammars", ...models, "haypile"];
    expect(Object.keys(tarballs).sort()).toEqual(expected.sort());
    for (const { manifest } of Object.values(tarballs)) {
      expect(manifest).not.toHaveProperty("scripts");
      expect(manifest).not.toHaveProperty("devDependencies");
    }
  });

  it("hold what they should and nothing else", () => {
    const main = tarballs.haypile;
    expect(main?.files).toEqual(
      expect.arrayContaining([
        "bin/haypile.cjs",
        "dist/index.js",
        "dist/index.d.ts",
        "dist/page/index.html.gz",
        "dist/page/page.js.gz",
        "dist/page/LICENSES.md",
        "LICENSE",
        "NOTICE",
        "README.md",
      ]),
    );
    expect(
      main?.files.filter(
        (name) =>
          !/^(bin|dist|node_modules)\/|^(package\.json|LICENSE|NOTICE|README\.md|CHANGELOG\.md)$/.test(
            name,
          ),
      ),
    ).toEqual([]);
    expect(
      main?.files.filter((name) => /(^|\/)tests?\/|\.test\.|\.map$|\.stamp/.test(name)),
    ).toEqual([]);
    expect(main?.bytes).toBeLessThan(8_000_000);
    const inside = (main?.files ?? []).flatMap(
      (name) => /^node_modules\/(.*)\/package\.json$/.exec(name)?.[1] ?? [],
    );
    expect(inside.sort()).toEqual([
      "@hono/node-server",
      "@modelcontextprotocol/core",
      "@modelcontextprotocol/node",
      "@modelcontextprotocol/server",
      "hono",
      "jose",
      "web-tree-sitter",
      "zod",
    ]);
    for (const name of inside) {
      const licence = `node_modules/${name}/LICENSE`;
      expect(main?.files.some((file) => file === licence || file === `${licence}.md`)).toBe(true);
    }
    expect(main?.manifest.bundleDependencies).toContain("zod");
    expect(main?.manifest.dependencies).not.toHaveProperty("better-sqlite3");
    expect(main?.manifest.optionalDependencies).toHaveProperty(native);
    const compiled = tarballs[native];
    expect(compiled?.files).toEqual(
      expect.arrayContaining([
        "LICENSE",
        "NOTICE",
        "better-sqlite3/LICENSE",
        "better-sqlite3/lib/index.js",
        `better-sqlite3/prebuilds/${platform}.node`,
        `prebuilds/${platform}/haypile-bridge`,
        `prebuilds/${platform}/haypile.glibc.node`,
      ]),
    );
    expect(compiled?.files.filter((name) => name.endsWith(".node"))).toHaveLength(2);
    expect(compiled?.manifest).toMatchObject({
      os: [process.platform],
      cpu: [process.arch],
      libc: ["glibc"],
    });
    expect(compiled?.bytes).toBeLessThan(5_000_000);
    expect(tarballs[runtime]?.files).toEqual([
      "LICENSE",
      "README.md",
      "ThirdPartyNotices.txt",
      "libonnxruntime.so.1",
      "package.json",
    ]);
    expect(tarballs[runtime]?.manifest).toMatchObject({
      os: [process.platform],
      cpu: [process.arch],
      libc: ["glibc"],
    });
    expect(tarballs[runtime]?.bytes).toBeLessThan(31_000_000);
    expect(main?.manifest.optionalDependencies).toHaveProperty(runtime);
    const grammars = tarballs["@haypile/grammars"];
    expect(grammars?.files.filter((name) => !name.endsWith(".wasm.br"))).toEqual([
      "LICENSE",
      "LICENSES.md",
      "package.json",
    ]);
    expect(grammars?.files).toContain("python.wasm.br");
    const model = tarballs["@haypile/model-all-minilm-l6-v2"];
    expect(model?.files).toEqual([
      "LICENSE",
      "README.md",
      "checksums.json",
      "model.json",
      "model.onnx",
      "package.json",
      "tokenizer.json",
      "weights.bin",
    ]);
    expect(model?.bytes).toBeGreaterThan(23_000_000);
    expect(model?.bytes).toBeLessThan(26_000_000);
  });
});

describe("installed without scripts, read-only, without network", () => {
  const native = `native-${process.platform}-${process.arch}`;
  const bin = () => join(project, "node_modules", ".bin", "haypile");
  const data = () => join(scratch, "data");
  const nativeFolder = () => join(project, "node_modules", "@haypile", native);

  beforeAll(() => {
    writeFileSync(
      join(project, "package.json"),
      JSON.stringify({ name: "project", private: true, type: "module" }),
    );
    const files = Object.values(tarballs).map(({ path }) => path);
    const installed = run(
      "npm",
      ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", ...files],
      project,
    );
    expect(installed.status, installed.stderr).toBe(0);
    spawnSync("chmod", ["-R", "a-w", join(project, "node_modules")]);
    cpSync(join(repository, "src", "base"), join(scratch, "tree"), { recursive: true });
  }, 600_000);

  /** In a network namespace of its own, with node_modules mounted read-only where that is possible. */
  function isolated(args: string[]) {
    const modules = join(project, "node_modules");
    const mount = `mount --bind '${modules}' '${modules}' && mount -o remount,ro,bind '${modules}' || true; exec "$@"`;
    const env = { HAYPILE_DATA_DIR: data(), HAYPILE_CACHE_DIR: join(scratch, "cache") };
    return run(
      "unshare",
      ["-rnm", "sh", "-c", mount, "sh", process.execPath, ...args],
      project,
      env,
    );
  }

  it("has a bridge that can be run, and that clients are told to run", () => {
    const platform = `${process.platform}-${process.arch}`;
    const folder = join(project, "node_modules", "@haypile", native, "prebuilds", platform);
    const bridge = join(folder, "haypile-bridge");
    const version = String(tarballs.haypile?.manifest.version);
    expect(run(bridge, ["--version"], project).stdout).toBe(`${version}\n`);
    const printed = run(bin(), ["install", "--print", "--client", "cursor"], project);
    expect(printed.stdout, printed.stderr).toContain(JSON.stringify(realpathSync(bridge)));
  });

  it("gives the bridge its execute bit back, and does without it where it cannot", () => {
    const platform = `${process.platform}-${process.arch}`;
    const folder = join(nativeFolder(), "prebuilds", platform);
    const bridge = join(folder, "haypile-bridge");
    const print = () => run(bin(), ["install", "--print", "--client", "cursor"], project);
    chmodSync(bridge, 0o644);
    expect(print().stdout).toContain(JSON.stringify(realpathSync(bridge)));
    expect(statSync(bridge).mode & 0o777).toBe(0o755);
    chmodSync(bridge, 0o444);
    const script = `mount --bind '${folder}' '${folder}' && mount -o remount,ro,bind '${folder}' && exec "$@"`;
    const args = [process.execPath, bin(), "install", "--print", "--client", "cursor"];
    const printed = run("unshare", ["-rm", "sh", "-c", script, "sh", ...args], project);
    chmodSync(bridge, 0o555);
    if (/unshare|mount/.test(printed.stderr) && printed.status !== 0) return; // not on this machine
    expect(printed.stdout, printed.stderr).toContain("haypile.cjs");
    expect(printed.stdout).not.toContain(JSON.stringify(realpathSync(bridge)));
    expect(printed.stderr).toMatch(/haypile-bridge may not be run.*EROFS.*chmod \+x/);
  });

  it("indexes and searches", () => {
    const index = isolated([bin(), "index", join(scratch, "tree"), "--json"]);
    if (/unshare/.test(index.stderr) && index.status !== 0) return; // no namespaces on this machine
    expect(index.status, index.stderr).toBe(0);
    expect(JSON.parse(index.stdout).chunks.embedded).toBeGreaterThan(10);
    const search = isolated([
      bin(),
      "search",
      "which errors exist and how the process exits",
      "--path",
      join(scratch, "tree"),
      "--json",
    ]);
    expect(search.status, search.stderr).toBe(0);
    expect(JSON.parse(search.stdout).hits.map((hit: { path: string }) => hit.path)).toContain(
      "errors.ts",
    );
    // Only a grammar knows a method of a class.
    const symbol = isolated([
      bin(),
      "symbol",
      "HaypileError.isInstance",
      "--path",
      join(scratch, "tree"),
      "--json",
    ]);
    expect(symbol.status, symbol.stderr).toBe(0);
    expect(JSON.parse(symbol.stdout).hits).toMatchObject([{ path: "errors.ts", kind: "method" }]);
  }, 240_000);

  it("serves as a library, and its import alone loads nothing native", () => {
    const script = `
      import { readFileSync } from "node:fs";
      const libraries = () => /onnxruntime|better_sqlite3|haypile[.\\w]*\\.node|vec0/.test(readFileSync("/proc/self/maps", "utf8"));
      const { open, HaypileError } = await import("haypile");
      const { loadEmbedder } = await import("haypile/embedder");
      const { createServerFactory } = await import("haypile/mcp");
      const before = libraries();
      const embedder = await loadEmbedder();
      const vectors = await embedder.embed(["a", "b"]);
      await embedder.close();
      const engine = await open({ folder: ${JSON.stringify(join(scratch, "tree"))}, database: ${JSON.stringify(join(scratch, "library.db"))} });
      const report = await engine.index();
      const { hits } = await engine.search("errors", { k: 2 });
      await engine.close();
      const refused = await engine.search("x").catch((error) => HaypileError.isInstance(error) && error.code);
      let inner;
      try { await import("haypile/dist/engine/engine.js"); } catch (error) { inner = error.code; }
      console.log(JSON.stringify({ before, length: vectors.length, files: report.files.new, hits: hits.length, refused, inner, mcp: typeof createServerFactory }));`;
    writeFileSync(join(project, "use.mjs"), script);
    const used = run(process.execPath, ["use.mjs"], project, {
      HAYPILE_DATA_DIR: data(),
      HAYPILE_CACHE_DIR: join(scratch, "cache"),
    });
    expect(used.status, used.stderr).toBe(0);
    expect(JSON.parse(used.stdout)).toMatchObject({
      before: false,
      length: 768,
      hits: 2,
      refused: "HAYPILE_CLOSED",
      inner: "ERR_PACKAGE_PATH_NOT_EXPORTED",
      mcp: "function",
    });
  });

  it("runs packed weights without ONNX Runtime, as npm install --omit=optional leaves it", () => {
    const modules = join(project, "node_modules");
    spawnSync("chmod", ["-R", "u+w", modules]);
    const runtime = `onnxruntime-${process.platform}-${process.arch}`;
    rmSync(join(modules, "@haypile", runtime), { recursive: true });
    const modelFolder = writePackedModel(join(scratch, "packed"));
    const script = `
      import { loadEmbedder } from "haypile/embedder";
      const modelFolder = ${JSON.stringify(modelFolder)};
      const embedder = await loadEmbedder({ modelFolder });
      const vectors = await embedder.embed(["read the file"]);
      const error = await loadEmbedder({ modelFolder, engine: "onnx" }).catch((it) => it);
      console.log(JSON.stringify({ length: vectors.length, code: error.code, message: error.message }));`;
    writeFileSync(join(project, "without.mjs"), script);
    const env = { HAYPILE_DATA_DIR: data(), HAYPILE_CACHE_DIR: join(scratch, "cache") };
    const used = run(process.execPath, ["without.mjs"], project, env);
    expect(used.status, used.stderr).toBe(0);
    expect(JSON.parse(used.stdout)).toEqual({
      length: 64,
      code: "HAYPILE_NATIVE_MISSING",
      message: expect.stringContaining(`npm install @haypile/${runtime}`),
    });
    const doctor = run(process.execPath, [bin(), "doctor"], project, env);
    expect(doctor.stdout).toMatch(/ONNX Runtime.*not here, and not needed for models with packed/);
    expect(doctor.stdout).toMatch(/encoder.*packed weights run with/);
  }, 300_000);

  it("takes better-sqlite3 itself where that of the platform's package is not there", () => {
    const modules = join(project, "node_modules");
    spawnSync("chmod", ["-R", "u+w", modules]);
    rmSync(join(modules, "@haypile", native, "better-sqlite3"), { recursive: true });
    const env = { HAYPILE_DATA_DIR: data(), HAYPILE_CACHE_DIR: join(scratch, "cache") };
    const index = () =>
      run(process.execPath, [bin(), "index", join(scratch, "tree")], project, env);
    const without = index();
    expect(without.status).toBe(6);
    expect(without.stderr).toContain("[HAYPILE_NATIVE_MISSING]");
    expect(without.stderr).toContain(`npm install @haypile/${native}`);
    cpSync(join(repository, "node_modules", "better-sqlite3"), join(modules, "better-sqlite3"), {
      recursive: true,
    });
    const withIt = index();
    expect(withIt.status, withIt.stderr).toBe(0);
  }, 300_000);

  it("says what was tried when the package of the platform is missing", () => {
    const modules = join(project, "node_modules");
    spawnSync("chmod", ["-R", "u+w", modules]);
    rmSync(join(modules, "@haypile", native), { recursive: true });
    expect(existsSync(join(modules, "haypile"))).toBe(true);
    const ended = run(process.execPath, [bin(), "index", join(scratch, "tree")], project, {
      HAYPILE_DATA_DIR: data(),
    });
    expect(ended.status).toBe(6);
    expect(ended.stderr).toContain("[HAYPILE_NATIVE_MISSING]");
    expect(ended.stderr).toContain(`npm install @haypile/${native}`);
    expect(ended.stderr).toMatch(/prebuilds.*there is no addon for this system/);
  });
});
