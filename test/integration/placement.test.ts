/* Workers bound to CPUs, as the kernel tells it of their threads. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { findNumaNodes } from "../../src/host/read-facts.ts";
import { loadEmbedder } from "../helpers/model.ts";
import { writeTinyModel } from "../helpers/tiny-model.ts";

const scratch = mkdtempSync(join(tmpdir(), "haypile-placement-"));
const tiny = writeTinyModel(join(scratch, "tiny"));
const isLinux = process.platform === "linux";
const workers = 3;

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** How many threads of this process may run on which CPUs. */
function threads(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const id of readdirSync("/proc/self/task")) {
    const status = readFileSync(`/proc/self/task/${id}/status`, "latin1");
    const cpus = /^Cpus_allowed_list:\s+(\S+)$/m.exec(status)?.[1] ?? "";
    counts.set(cpus, (counts.get(cpus) ?? 0) + 1);
  }
  return counts;
}

const load = (options: { pin?: boolean; numaNode?: number }) =>
  loadEmbedder({ modelFolder: tiny, graphCache: false, workers, ...options });

describe.runIf(isLinux)("placement of workers", () => {
  it("leaves them alone unless asked", async () => {
    const embedder = await load({});
    expect(embedder.report()?.placement).toBe("");
    await embedder.close();
  });

  it("binds each to one CPU, and changes no vector", async () => {
    const plain = await load({});
    const before = threads();
    const embedder = await load({ pin: true });
    expect(embedder.report()?.placement).toMatch(/^each worker on one CPU of the CPUs .*\(\d/);
    const texts = ["the file path", "read and write", "search"];
    expect(await embedder.embed(texts)).toEqual(await plain.embed(texts));
    const bound = [...threads()].reduce(
      (sum, [cpus, count]) => (/^\d+$/.test(cpus) ? sum + count - (before.get(cpus) ?? 0) : sum),
      0,
    );
    // On a machine with one CPU every thread is bound to it already.
    if (availableParallelism() > 1) expect(bound).toBe(workers);
    await embedder.close();
    await plain.close();
  });

  it("says of memory what it did, or that there was nothing to do", async () => {
    const embedder = await load({ numaNode: 0 });
    const said = embedder.report()?.placement ?? "";
    const nodes = findNumaNodes()?.length ?? 0;
    if (nodes === 0) expect(said).toMatch(/this machine tells of none/);
    else if (nodes === 1) expect(said).toMatch(/; one node, so that there is no memory to place$/);
    else
      expect(said).toMatch(
        /; (weights and what workers use in the memory of that node|memory where each)/,
      );
    expect(await embedder.embed(["the file"])).toHaveLength(8);
    await embedder.close();
  });

  it("says why not where the machine has no such node", async () => {
    const embedder = await load({ pin: true, numaNode: 4000 });
    expect(embedder.report()?.placement).toMatch(/^not placed: there is no NUMA node 4000/);
    expect(await embedder.embed(["the file"])).toHaveLength(8);
    await embedder.close();
  });

  it("refuses a number that is none of a node", async () => {
    await expect(load({ numaNode: -5 })).rejects.toMatchObject({ code: "HAYPILE_USAGE" });
  });
});
