/** Kinds of cores and generations, from folders of /sys written down as systems have them, and from what macOS says. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { appleCoreKinds, chipGeneration, linuxCoreKinds } from "../../../src/host/core-kinds.ts";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "haypile-cores-"));
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(path: string, text: string): void {
  const whole = join(root, "sys/devices", path);
  mkdirSync(dirname(whole), { recursive: true });
  writeFileSync(whole, text);
}

const cpu = (id: number, file: string, text: string) => put(`system/cpu/cpu${id}/${file}`, text);

describe("kinds of cores", () => {
  it("are those of the clusters of an ARM chip by what each can do", () => {
    // A phone's chip: one big, three middling, four small ones; a board's: four and four.
    for (const [id, capacity] of [250, 250, 250, 250, 870, 870, 870, 1024].entries()) {
      cpu(id, "cpu_capacity", `${capacity}\n`);
      cpu(id, "topology/thread_siblings_list", `${id}\n`);
    }
    expect(linuxCoreKinds(root)).toEqual({ performance: 4, efficiency: 4 });
  });

  it("are none where all can do the same, or nothing is said", () => {
    expect(linuxCoreKinds(root)).toBeUndefined();
    for (const id of [0, 1, 2, 3]) cpu(id, "cpu_capacity", "1024\n");
    expect(linuxCoreKinds(root)).toBeUndefined();
    cpu(9, "cpu_capacity", "nonsense\n");
    expect(linuxCoreKinds(root)).toBeUndefined();
  });

  it("are counted as cores, not as threads, on a hybrid chip of Intel", () => {
    put("cpu_core/cpus", "0-15\n");
    put("cpu_atom/cpus", "16-23\n");
    for (let id = 0; id < 16; id += 1) {
      const first = id - (id % 2);
      cpu(id, "topology/thread_siblings_list", `${first}-${first + 1}\n`);
    }
    for (let id = 16; id < 24; id += 1) cpu(id, "topology/thread_siblings_list", `${id}\n`);
    expect(linuxCoreKinds(root)).toEqual({ performance: 8, efficiency: 8 });
  });

  it("are read where newer kernels list them by their design", () => {
    put("system/cpu/types/intel_core_0/cpulist", "0-3\n");
    put("system/cpu/types/intel_atom_0/cpulist", "4,5,6-7,bad\n");
    expect(linuxCoreKinds(root)).toEqual({ performance: 4, efficiency: 4 });
  });

  it("are what sysctl says on a Mac, and none on one of Intel", () => {
    const said = "hw.perflevel0.physicalcpu: 8\nhw.perflevel1.physicalcpu: 4\n";
    expect(appleCoreKinds(said)).toEqual({ performance: 8, efficiency: 4 });
    expect(appleCoreKinds("")).toBeUndefined();
  });
});

describe("the generation of a chip", () => {
  const amd = (family: number, model: number) =>
    chipGeneration(
      `processor\t: 0\nvendor_id\t: AuthenticAMD\ncpu family\t: ${family}\nmodel\t\t: ${model}\nmodel name\t: AMD EPYC\n`,
    );

  it("is told by family and model", () => {
    expect(amd(23, 0x31)).toBe("Zen 2");
    expect(amd(25, 1)).toBe("Zen 3");
    expect(amd(25, 0x11)).toBe("Zen 4");
    expect(amd(26, 2)).toBe("Zen 5");
    expect(amd(99, 2)).toBeUndefined();
    const intel = "vendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 143\n";
    expect(chipGeneration(intel)).toBe("Sapphire Rapids");
    expect(chipGeneration("processor\t: 0\nCPU part\t: 0xd0c\n")).toBe("Neoverse N1");
    expect(chipGeneration("")).toBeUndefined();
  });
});
