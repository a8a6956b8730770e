/* Looks the facts up that the native core does not read: board, GPU, and how the disk turns. */
import { spawnSync } from "node:child_process";
import { readdirSync, readlinkSync, statSync } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";
import { basename, dirname, join } from "node:path";
import { readSystemText } from "../base/files/read-file.ts";
import {
  appleCoreKinds,
  type CoreKinds,
  chipGeneration,
  linuxCoreKinds,
  sysctlNames,
} from "./core-kinds.ts";
import {
  type AcceleratorProvider,
  factsFrom,
  type HostExtras,
  type HostFacts,
  type MeasuredHost,
} from "./facts.ts";

/** An AMD device with so much memory of its own is a card; less is what a chip takes of the machine's. */
const cardMemoryBytes = 4_000_000_000;
const nvidiaVendor = "0x10de";
const amdVendor = "0x1002";

/**
 * The facts of this machine.
 * @param host what the native core says; undefined where it cannot be loaded: then what Node knows,
 *   without CPU features and CPU quota
 * @param providers whose libraries are installed
 * @param root stands before /proc and /sys, so that tests can lay out a machine of their own
 */
export function readHostFacts(
  host?: MeasuredHost,
  root = "",
  providers: readonly AcceleratorProvider[] = [],
): HostFacts {
  const board = firstLine(join(root, "/proc/device-tree/model"));
  return factsFrom(host ?? hostOfNode(), {
    platform: process.platform,
    board,
    discreteGpu: process.platform === "linux" ? findGpu(root) : undefined,
    ...coresOf(root),
    providers,
  });
}

/** Read once: a chip does not change. */
let apple: CoreKinds | undefined | null = null;

function coresOf(root: string): Pick<HostExtras, "generation" | "coreKinds"> {
  if (process.platform === "linux") {
    let cpuinfo = "";
    try {
      cpuinfo = readSystemText(join(root, "/proc/cpuinfo"));
    } catch {
      // A system without it.
    }
    return { generation: chipGeneration(cpuinfo), coreKinds: linuxCoreKinds(root) };
  }
  if (process.platform !== "darwin") return {};
  if (apple === null) apple = appleCoreKinds(sysctl());
  return { coreKinds: apple };
}

/** "" where it cannot be asked. */
function sysctl(): string {
  const run = spawnSync("/usr/sbin/sysctl", [...sysctlNames], { encoding: "utf8", timeout: 1_000 });
  return run.stdout ?? "";
}

function hostOfNode(): MeasuredHost {
  const limit = process.constrainedMemory();
  const architecture = process.arch === "x64" || process.arch === "arm64" ? process.arch : "other";
  return {
    architecture,
    cpuModel: cpus()[0]?.model ?? "unknown",
    cpuFeatures: [],
    usableCpus: availableParallelism(),
    totalMemoryBytes: totalmem(),
    cgroup: limit !== undefined && limit > 0 ? { memoryLimitBytes: limit } : {},
  };
}

/** A graphics card of NVIDIA, or of AMD with memory of its own, by what Linux lists. */
export function findGpu(root = ""): string | undefined {
  const cards = join(root, "/sys/class/drm");
  for (const name of names(cards).filter((one) => /^card\d+$/.test(one))) {
    const device = join(cards, name, "device");
    const vendor = firstLine(join(device, "vendor"));
    if (vendor === nvidiaVendor) return "NVIDIA";
    const memory = Number(firstLine(join(device, "mem_info_vram_total")) ?? 0);
    if (vendor === amdVendor && memory >= cardMemoryBytes) return "AMD";
  }
  // A container with a GPU often shows the driver and no card.
  return names(join(root, "/proc/driver/nvidia/gpus")).length > 0 ? "NVIDIA" : undefined;
}

/** Numbers of the NUMA nodes that have CPUs; undefined where the system does not tell. */
export function findNumaNodes(root = ""): number[] | undefined {
  const folder = join(root, "/sys/devices/system/node");
  const nodes = names(folder).flatMap((name) => /^node(\d+)$/.exec(name)?.[1] ?? []);
  const withCpus = nodes.filter(
    (id) => (firstLine(join(folder, `node${id}`, "cpulist")) ?? "") !== "",
  );
  return withCpus.length === 0 ? undefined : withCpus.map(Number).sort((a, b) => a - b);
}

export type Disk = "ssd" | "hdd" | "sd";

/**
 * The kind of disk a folder lies on, by what Linux says of its device; undefined where that cannot be
 * told: other systems, network drives, and disks of virtual machines, which say they turn and do not.
 */
export function findDisk(folder: string, root = ""): Disk | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    const device = statExisting(folder);
    // As the kernel's MAJOR and MINOR of a 64-bit device number.
    const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xfffff000n);
    const minor = (device & 0xffn) | ((device >> 12n) & 0xffffff00n);
    const link = readlinkSync(join(root, `/sys/dev/block/${major}:${minor}`));
    return diskOf(join(root, "/sys/dev/block", link));
  } catch {
    return undefined;
  }
}

/** @param block the device's folder in /sys; a partition's lies in that of its disk */
export function diskOf(block: string): Disk | undefined {
  const isPartition = firstLine(join(block, "partition")) !== undefined;
  const disk = isPartition ? dirname(block) : block;
  if (basename(disk).startsWith("mmcblk")) return "sd";
  if (!/^(sd|nvme)/.test(basename(disk))) return undefined;
  const turns = firstLine(join(disk, "queue", "rotational"));
  return turns === "1" ? "hdd" : turns === "0" ? "ssd" : undefined;
}

function statExisting(folder: string): bigint {
  for (let at = folder; ; at = dirname(at)) {
    const stats = statSync(at, { bigint: true, throwIfNoEntry: false });
    if (stats !== undefined) return stats.dev;
    if (dirname(at) === at) return 0n;
  }
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function firstLine(path: string): string | undefined {
  try {
    return readSystemText(path)
      .split(/[\n\0]/, 1)[0]
      ?.trim();
  } catch {
    return undefined;
  }
}
