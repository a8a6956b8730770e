import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { numaInWords } from "../../../src/engine/doctor/doctor.ts";
import { appleClass } from "../../../src/host/facts.ts";
import { profiles, profileValues } from "../../../src/host/profiles.ts";
import { diskOf, findGpu, findNumaNodes, readHostFacts } from "../../../src/host/read-facts.ts";
import { scoreHost, tiers } from "../../../src/host/score.ts";
import { storageProfiles, storageValues, tierValues } from "../../../src/host/values.ts";
import { machines } from "./machines.ts";

describe("score and tier", () => {
  it("knows enough machines", () => {
    expect(machines.length).toBeGreaterThanOrEqual(20);
    expect(new Set(machines.map(({ name }) => name)).size).toBe(machines.length);
    expect(new Set(machines.map(({ tier }) => tier))).toEqual(new Set(tiers));
  });

  it.each(machines)("$name: $score, $tier", ({ facts, score, tier }) => {
    const found = scoreHost(facts);
    expect(found).toMatchObject({ total: score, tier });
    expect(found.total).toBe(found.memory + found.cpu + found.accelerator);
  });

  it("lets a container's limits win", () => {
    const container = machines.find(({ name }) => name.includes("2.5 CPUs"))?.facts;
    expect(container).toMatchObject({
      cores: 2,
      memoryBytes: 2 ** 34,
      limits: { cores: 2, memoryBytes: 2 ** 34 },
    });
  });

  it("reads the class of an Apple chip", () => {
    expect(appleClass("Apple M3 Pro")).toBe("pro");
    expect(appleClass("Apple M10")).toBe("base");
    expect(appleClass("Apple Processor")).toBeUndefined();
    expect(appleClass("AMD EPYC")).toBeUndefined();
  });
});

describe("NUMA nodes", () => {
  const machine = mkdtempSync(join(tmpdir(), "haypile-nodes-"));
  const folder = join(machine, "sys/devices/system/node");
  const add = (name: string, cpus: string): void => {
    mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, name, "cpulist"), `${cpus}\n`);
  };
  afterAll(() => rmSync(machine, { recursive: true, force: true }));

  it("are those with CPUs, and said", () => {
    expect(findNumaNodes(machine)).toBeUndefined();
    expect(numaInWords(undefined)).toContain("tells of no nodes");
    add("node0", "0-3");
    expect(findNumaNodes(machine)).toEqual([0]);
    expect(numaInWords([0])).toBe("one node: nothing to place");
    add("node10", "4-7");
    add("node2", "8");
    // Memory alone.
    add("node3", "");
    expect(findNumaNodes(machine)).toEqual([0, 2, 10]);
    expect(numaInWords([0, 2, 10])).toMatch(/^3 nodes with CPUs \(0, 2, 10\): .*--numa-node N/);
  });
});

describe("values", () => {
  it.each(machines)("fit the machine: $name", ({ facts, tier }) => {
    for (const one of [tier, ...tiers]) {
      const values = tierValues(one, facts);
      expect(values.workers * values.intraOpThreads).toBeLessThanOrEqual(facts.cores);
      expect(values.workers).toBeGreaterThanOrEqual(1);
      expect(values.maxMemoryBytes).toBeLessThanOrEqual(facts.memoryBytes / 2);
      const { cacheBytes, bitsBytes, pageCacheBytes } = values;
      expect(cacheBytes + bitsBytes + pageCacheBytes).toBeLessThan(values.maxMemoryBytes / 2);
    }
  });

  it("are those of the table", () => {
    const of = (tier: (typeof tiers)[number]) => tierValues(tier, { cores: 16, memoryBytes: 64e9 });
    expect(of("light")).toMatchObject({ intraOpThreads: 1, workers: 16, tokensPerRun: 320 });
    expect(of("standard")).toMatchObject({ intraOpThreads: 2, workers: 8, quantisation: "int8" });
    expect(of("heavy")).toMatchObject({ intraOpThreads: 4, workers: 4, quantisation: "fp32" });
  });

  it("let the limit grow with memory inside a tier", () => {
    for (const tier of tiers) {
      const limits = [0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256].map(
        (gb) => tierValues(tier, { cores: 8, memoryBytes: gb * 1e9 }).maxMemoryBytes,
      );
      expect(limits).toEqual([...limits].sort((a, b) => a - b));
      expect(new Set(limits).size).toBeGreaterThan(3);
    }
    expect(tierValues("standard", { cores: 8, memoryBytes: 16e9 }).maxMemoryBytes).toBe(1_333e6);
  });

  it("change with the profile, and never take more than half of the machine", () => {
    const host = { cores: 8, memoryBytes: 16e9 };
    const values = tierValues("standard", host);
    expect(profileValues("balanced", values, host)).toEqual({});
    expect(profileValues("conservative", values, host)).toMatchObject({
      workers: 2,
      maxMemoryBytes: 888e6,
      cacheBytes: 32e6,
    });
    expect(profileValues("development", values, host)).toEqual({ workers: 2 });
    expect(profileValues("aggressive", values, host)).toMatchObject({ maxMemoryBytes: 1_999e6 });
    const small = { cores: 1, memoryBytes: 450e6 };
    for (const profile of profiles) {
      const changed = profileValues(profile, tierValues("light", small), small);
      expect(changed.maxMemoryBytes ?? 0).toBeLessThanOrEqual(225e6);
    }
  });

  it("make fewer, larger writes on slow disks, and map files only when asked to", () => {
    for (const profile of storageProfiles) {
      const ssd = storageValues(profile, "ssd");
      const sd = storageValues(profile, "sd");
      expect(ssd.pageSizeBytes).toBe(4_096);
      expect(sd.pageSizeBytes).toBe(8_192);
      expect(sd.checkpointBytes).toBeGreaterThanOrEqual(ssd.checkpointBytes);
      expect(ssd.mmapBytes).toBe(0);
    }
  });
});

describe("what the system says", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "haypile-host-"));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  function put(path: string, text: string): void {
    mkdirSync(join(root, path, ".."), { recursive: true });
    writeFileSync(join(root, path), text);
  }

  it("finds cards, and does not take a chip's graphics for one", () => {
    expect(findGpu(root)).toBeUndefined();
    put("sys/class/drm/card0/device/vendor", "0x8086\n");
    put("sys/class/drm/card1/device/vendor", "0x1002\n");
    put("sys/class/drm/card1/device/mem_info_vram_total", "536870912\n");
    expect(findGpu(root)).toBeUndefined();
    put("sys/class/drm/card1/device/mem_info_vram_total", "8573157376\n");
    expect(findGpu(root)).toBe("AMD");
    put("sys/class/drm/card0/device/vendor", "0x10de\n");
    expect(findGpu(root)).toBe("NVIDIA");
  });

  it("finds a card inside a container by its driver", () => {
    put("proc/driver/nvidia/gpus/0000:01:00.0/information", "Model: one\n");
    expect(findGpu(root)).toBe("NVIDIA");
  });

  it("tells disks apart, also by a partition, and leaves those of virtual machines open", () => {
    put("sys/devices/sda/queue/rotational", "1\n");
    put("sys/devices/sda/sda1/partition", "1\n");
    put("sys/devices/nvme0n1/queue/rotational", "0\n");
    put("sys/devices/mmcblk0/queue/rotational", "0\n");
    put("sys/devices/vda/queue/rotational", "1\n");
    const disk = (path: string) => diskOf(join(root, "sys/devices", path));
    expect(disk("sda")).toBe("hdd");
    expect(disk("sda/sda1")).toBe("hdd");
    expect(disk("nvme0n1")).toBe("ssd");
    expect(disk("mmcblk0")).toBe("sd");
    expect(disk("vda")).toBeUndefined();
    expect(disk("none")).toBeUndefined();
  });

  it("takes the board's name where the CPU has none", () => {
    put("proc/device-tree/model", "Raspberry Pi 5 Model B Rev 1.0\0");
    mkdirSync(join(root, "sys"), { recursive: true });
    symlinkSync("x", join(root, "sys", "dangling"));
    const facts = readHostFacts(
      {
        architecture: "arm64",
        cpuModel: "unknown",
        cpuFeatures: ["neon"],
        usableCpus: 4,
        totalMemoryBytes: 8e9,
        cgroup: {},
      },
      root,
    );
    expect(facts.cpuModel).toBe("Raspberry Pi 5 Model B Rev 1.0");
    expect(facts.limits).toEqual({});
  });

  it("does with what Node knows where the core cannot be loaded", () => {
    const facts = readHostFacts();
    expect(facts.cores).toBeGreaterThanOrEqual(1);
    expect(facts.memoryBytes).toBeGreaterThan(1e8);
    expect(tiers).toContain(scoreHost(facts).tier);
  });
});
