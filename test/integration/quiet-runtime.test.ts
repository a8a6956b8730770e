/*
 * ONNX Runtime must do nothing but run models: no further thread, no file in the home or temporary
 * folder, no name look-up. Watched from outside with strace, and run once without any network.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { repository } from "../helpers/model.ts";
import { writeTinyModel } from "../helpers/tiny-model.ts";

const child = join(import.meta.dirname, "..", "helpers", "embed-once.ts");
let scratch: string;
let home: string;
let temp: string;

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "haypile-quiet-"));
  home = join(scratch, "home");
  temp = join(scratch, "tmp");
  mkdirSync(home);
  mkdirSync(temp);
});

afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

/**
 * Nothing of this process's environment but the path: ONNX Runtime is quiet by itself where it sees CI,
 * GITHUB_ACTIONS and the like, and must be quiet with us where it does not.
 */
function environment(): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    HOME: home,
    XDG_CACHE_HOME: join(home, ".cache"),
    TMPDIR: temp,
    HAYPILE_CACHE_DIR: join(scratch, "graphs"),
    // Also where the packaged model could do without it.
    HAYPILE_MODEL_ENGINE: "onnx",
    NODE_NO_WARNINGS: "1",
    NODE_DISABLE_COMPILE_CACHE: "1",
  };
}

function has(command: string): boolean {
  return spawnSync(command, ["--version"], { stdio: "ignore" }).status === 0;
}

/** The threads that are ours to have: what Node itself has, plus the workers. */
interface Threads {
  before: number;
  after: number;
  workers: number;
}

describe("ONNX Runtime in this process", () => {
  it("starts no thread of its own and leaves no file", () => {
    const run = spawnSync(process.execPath, [child], { env: environment(), encoding: "utf8" });
    expect(run.stderr).toBe("");
    expect(run.status).toBe(0);
    const threads = JSON.parse(run.stdout) as Threads;
    expect(threads.after).toBe(threads.before + threads.workers);
    expect(readdirSync(home, { recursive: true })).toEqual([]);
    expect(readdirSync(temp)).toEqual([]);
  });

  it("would be noticed otherwise: the same library unasked leaves files", () => {
    const script =
      "const { InferenceSession } = require('onnxruntime-node'); InferenceSession.create(process.argv[1]).then(() => {});";
    const model = join(writeTinyModel(join(scratch, "tiny")), "model.onnx");
    const folders = [join(scratch, "noisy"), join(scratch, "noisy-tmp")] as const;
    for (const folder of folders) mkdirSync(folder);
    const run = spawnSync(process.execPath, ["-e", script, model], {
      env: {
        ...environment(),
        HOME: folders[0],
        XDG_CACHE_HOME: join(folders[0], ".cache"),
        TMPDIR: folders[1],
      },
      cwd: repository,
      encoding: "utf8",
    });
    expect(run.status, run.stderr).toBe(0);
    const left = folders.flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: "utf8" }),
    );
    expect(left.length).toBeGreaterThan(0);
  });

  it.skipIf(!has("strace"))(
    "looks up no name and opens no connection",
    { timeout: 120_000 },
    () => {
      const log = join(scratch, "strace.log");
      const run = spawnSync(
        "strace",
        [
          "-f",
          "-qq",
          "-e",
          "trace=connect,sendto,sendmsg,sendmmsg,socket",
          "-o",
          log,
          process.execPath,
          child,
        ],
        { env: environment(), encoding: "utf8" },
      );
      if (run.status !== 0 && /ptrace|Operation not permitted/.test(run.stderr)) return;
      expect(run.status, run.stderr).toBe(0);
      const calls = readFileSync(log, "utf8");
      expect(calls).not.toMatch(/AF_INET|AF_INET6|sin_port=htons\(53\)|\/etc\/resolv/);
    },
  );

  it("works without any network", () => {
    const run = spawnSync("unshare", ["-rn", process.execPath, child], {
      env: environment(),
      encoding: "utf8",
    });
    if (run.status !== 0 && /unshare/.test(run.stderr)) return; // no namespaces on this machine
    expect(run.status, run.stderr).toBe(0);
    expect(JSON.parse(run.stdout)).toHaveProperty("after");
  });

  it("keeps the folder of the library free of provider downloads", () => {
    const built = join(repository, "prebuilds", `${process.platform}-${process.arch}`);
    const names = readdirSync(built).filter((name) => !name.startsWith("."));
    expect(names.filter((name) => !/^haypile(-bridge$|\..*node$)/.test(name))).toEqual([
      expect.stringContaining("libonnxruntime."),
    ]);
  });
});
