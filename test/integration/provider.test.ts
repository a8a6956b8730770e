/*
 * Issue 11: "--provider cuda" on a machine without it ran on the CPU and said so nowhere. Asked here is for the
 * provider that this system never has.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { diagnose } from "../../src/engine/doctor/doctor.ts";
import { loadEmbedder } from "../../src/engine/models/load-embedder.ts";
import { open } from "../../src/engine/open.ts";
import { cli, type Ended } from "../helpers/cli.ts";
import { writePackedModel } from "../helpers/packed-model.ts";
import { writeTinyModel } from "../helpers/tiny-model.ts";

const provider = process.platform === "darwin" ? "cuda" : "coreml";
let scratch: string;
let tree: string;
let model: string;

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "haypile-provider-"));
  tree = join(scratch, "tree");
  mkdirSync(tree);
  writeFileSync(join(tree, "a.py"), "def read_file(path):\n    return open(path).read()\n");
  model = writeTinyModel(join(scratch, "model"));
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function run(args: string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const folder = ["--model-dir", model];
  return cli([...args, ...(args[0] === "doctor" ? [] : folder)], {
    data: join(scratch, "data"),
    cwd: tree,
    limitMs: 120_000,
    env,
  });
}

describe("a provider that cannot be had", () => {
  it("is said aloud, and in JSON, while the CPU does the work", async () => {
    const indexed = await run(["index", "--provider", provider, "--json"]);
    expect(indexed.code, indexed.stderr).toBe(0);
    const said = new RegExp(`the provider ${provider} cannot be had, the model runs on the CPU: `);
    expect(indexed.stderr).toMatch(said);
    const use = { requested: provider, used: "cpu", reason: expect.stringMatching(/\w{3}/) };
    expect(JSON.parse(indexed.stdout).provider).toEqual(use);
    for (const args of [["search", "read file"], ["status"]]) {
      const ended = await run([...args, "--provider", provider, "--json"]);
      expect(ended.code, ended.stderr).toBe(0);
      expect(ended.stderr).toMatch(said);
      expect(JSON.parse(ended.stdout).provider).toEqual(use);
    }
    const status = await run(["status", "--provider", provider]);
    expect(status.stdout).toMatch(new RegExp(`provider\\s+cpu, not ${provider}: `));
    const doctor = await run(["doctor", "--provider", provider, "--json"]);
    expect(JSON.parse(doctor.stdout).checks).toContainEqual({
      name: "provider asked for",
      state: "note",
      detail: expect.stringContaining("the CPU is used"),
    });
  });

  it("is said once of packed weights, though two parts find it out", async () => {
    const packed = writePackedModel(join(scratch, "packed"), { layers: 1 });
    const ended = await cli(["index", "--provider", provider, "--model-dir", packed], {
      data: join(scratch, "packed-data"),
      cwd: tree,
    });
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stderr.match(/cannot be had/gu)).toHaveLength(1);
  });

  it("takes settings of the GPU, and tells what they are beside why it fell back", async () => {
    const gpu = { gpuMemoryBytes: 2e9, gpuArena: "double" } as const;
    const asked = await loadEmbedder({ modelFolder: model, provider: "cuda", ...gpu });
    const report = asked.report();
    expect(report).toMatchObject({ ...gpu, providerRequested: "cuda" });
    if (report?.provider === "cpu") expect(report.fallbackReason).toMatch(/\w{3}/);
    await asked.close();
    const plain = await loadEmbedder({ modelFolder: model });
    expect(plain.report()).toMatchObject({ gpuMemoryBytes: 0, gpuArena: "same" });
    await plain.close();
    const env = { HAYPILE_GPU_MEMORY: "4GB", HAYPILE_GPU_ARENA: "double" };
    const listed = await cli(["config", "get", "embed.gpu-memory"], {
      data: join(scratch, "data"),
      env,
    });
    expect(listed.stdout).toMatch(/4\s?GB|4000000000/);
    const wrong = await cli(["config", "get", "embed.gpu-arena"], {
      data: join(scratch, "data"),
      env: { HAYPILE_GPU_ARENA: "kNextPowerOfTwo" },
    });
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toMatch(/same.*double/);
  });

  it("ends the run where nothing else will do", async () => {
    for (const args of [["index"], ["search", "read file"], ["status"], ["watch"]]) {
      const ended = await run([...args, "--provider", provider, "--strict"]);
      expect(ended.code, `${args[0]}: ${ended.stderr}`).toBe(6);
      expect(ended.stderr).toContain("[HAYPILE_PROVIDER]");
      expect(ended.stderr).toContain(provider);
    }
    const doctor = await run(["doctor", "--provider", provider, "--strict"]);
    expect(doctor.code).toBe(6);
    expect(doctor.stdout).toMatch(/FAIL {2}provider asked for: .*HAYPILE_PROVIDER/);
    // By variable, as any option.
    const env = { HAYPILE_PROVIDER: provider, HAYPILE_STRICT: "true" };
    expect((await run(["status"], env)).code).toBe(6);
    expect((await run(["status"], { ...env, HAYPILE_PROVIDER: "cpu" })).code).toBe(0);
  });

  it("fails in the library by its code, and leaves nothing open", async () => {
    const asked = { modelFolder: model, provider, strict: true } as const;
    const refused = { code: "HAYPILE_PROVIDER", data: { requested: provider } };
    await expect(open({ folder: tree, ...asked })).rejects.toMatchObject(refused);
    await expect(loadEmbedder(asked)).rejects.toMatchObject(refused);
    const checks = await diagnose({ provider, strict: true });
    expect(checks.find(({ name }) => name === "provider asked for")?.state).toBe("failed");
    const embedder = await loadEmbedder({ ...asked, strict: false });
    expect(embedder.report()).toMatchObject({ provider: "cpu", providerRequested: provider });
    await embedder.close();
  });

  it("is no other for a static model, which has nothing to run there", async () => {
    const asked = { folder: tree, database: join(scratch, "s.db"), model: "static", provider };
    const engine = await open({ ...asked, provider });
    await engine.index();
    expect(engine.status().provider).toMatchObject({ used: "cpu" });
    await engine.close();
    await expect(open({ ...asked, provider, strict: true })).rejects.toMatchObject({
      code: "HAYPILE_PROVIDER",
    });
  });
});
