/*
 * Fast and frugal cores of one chip, and which generation it is of: what the system lists, read and counted. Linux has it below
 * /sys, macOS says it by sysctl; elsewhere, and where all cores are alike, nothing is known.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { readSystemText } from "../base/files/read-file.ts";

/** Cores, not threads. */
export interface CoreKinds {
  performance: number;
  efficiency: number;
}

/** What `sysctl` is asked for on macOS. */
export const sysctlNames = ["hw.perflevel0.physicalcpu", "hw.perflevel1.physicalcpu"] as const;

/** A kind of core is frugal when it can do less than this share of what the fastest can. */
const frugalShare = 0.75;

/** @param root stands before /sys, so that tests can lay out a machine of their own */
export function linuxCoreKinds(root = ""): CoreKinds | undefined {
  return intelKinds(root) ?? armKinds(root);
}

/** @param text lines as "hw.perflevel0.physicalcpu: 8" */
export function appleCoreKinds(text: string): CoreKinds | undefined {
  const count = (name: string): number =>
    Number(new RegExp(`^${name.replaceAll(".", "\\.")}: (\\d+)$`, "m").exec(text)?.[1] ?? 0);
  return kindsOf(count(sysctlNames[0]), count(sysctlNames[1]));
}

/** The kernel has a device of each kind of core, named by the family of its design. */
function intelKinds(root: string): CoreKinds | undefined {
  const devices = join(root, "/sys/devices");
  const types = join(devices, "system/cpu/types");
  const listed = (kind: "core" | "atom"): number[] => {
    const plain = text(join(devices, `cpu_${kind}`, "cpus"));
    const named = names(types).filter((name) => name.startsWith(`intel_${kind}`));
    const lists =
      plain === undefined ? named.map((name) => text(join(types, name, "cpulist"))) : [plain];
    return lists.flatMap((list) => cpusOf(list ?? ""));
  };
  return kindsOf(coresOf(listed("core"), root), coresOf(listed("atom"), root));
}

/** What each CPU can do, the fastest 1,024. */
function armKinds(root: string): CoreKinds | undefined {
  const folder = join(root, "/sys/devices/system/cpu");
  const cpus = names(folder).flatMap((name) => {
    const id = /^cpu(\d+)$/.exec(name)?.[1];
    const capacity = Number(text(join(folder, name, "cpu_capacity")) ?? 0);
    return id === undefined || !(capacity > 0) ? [] : [{ id: Number(id), capacity }];
  });
  const most = Math.max(0, ...cpus.map(({ capacity }) => capacity));
  const isFrugal = ({ capacity }: { capacity: number }): boolean => capacity < most * frugalShare;
  const idsOf = (frugal: boolean): number[] =>
    cpus.filter((cpu) => isFrugal(cpu) === frugal).map(({ id }) => id);
  return kindsOf(coresOf(idsOf(false), root), coresOf(idsOf(true), root));
}

/** Undefined where there are not both. */
function kindsOf(performance: number, efficiency: number): CoreKinds | undefined {
  return performance > 0 && efficiency > 0 ? { performance, efficiency } : undefined;
}

/** Threads of one core name the same siblings. */
function coresOf(cpus: readonly number[], root: string): number {
  const siblings = (cpu: number): string => {
    const topology = join(root, "/sys/devices/system/cpu", `cpu${cpu}`, "topology");
    return text(join(topology, "thread_siblings_list")) ?? `only ${cpu}`;
  };
  return new Set(cpus.map(siblings)).size;
}

/** "0-3,8" is 0, 1, 2, 3 and 8. */
function cpusOf(list: string): number[] {
  return list.split(",").flatMap((part) => {
    const [, from, to = from] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part.trim()) ?? [];
    if (from === undefined || to === undefined || Number(to) - Number(from) > 4_096) return [];
    return Array.from({ length: Number(to) - Number(from) + 1 }, (_, at) => Number(from) + at);
  });
}

/** AMD names its designs by family; within family 25 two of them are told by the model. */
const zenModels: readonly (readonly [family: number, from: number, to: number, name: string])[] = [
  [23, 0x30, 0xff, "Zen 2"],
  [23, 0x00, 0x2f, "Zen"],
  [25, 0x10, 0x1f, "Zen 4"],
  [25, 0x60, 0x7f, "Zen 4"],
  [25, 0xa0, 0xaf, "Zen 4"],
  [25, 0x00, 0xff, "Zen 3"],
  [26, 0x00, 0xff, "Zen 5"],
];
const intelModels: Readonly<Record<number, string>> = {
  85: "Skylake or Cascade Lake",
  106: "Ice Lake",
  140: "Tiger Lake",
  143: "Sapphire Rapids",
  151: "Alder Lake",
  154: "Alder Lake",
  170: "Meteor Lake",
  173: "Granite Rapids",
  183: "Raptor Lake",
  186: "Raptor Lake",
  191: "Raptor Lake",
  207: "Emerald Rapids",
};
const armParts: Readonly<Record<string, string>> = {
  "0xd03": "Cortex-A53",
  "0xd08": "Cortex-A72",
  "0xd0b": "Cortex-A76",
  "0xd0c": "Neoverse N1",
  "0xd40": "Neoverse V1",
  "0xd49": "Neoverse N2",
  "0xd4f": "Neoverse V2",
};

/** The design of the cores, by /proc/cpuinfo; "Apple M3 Pro" says its own. Undefined: none that we know. */
export function chipGeneration(cpuinfo: string): string | undefined {
  const field = (name: string): string | undefined =>
    new RegExp(`^${name}\\s*:\\s*(.+)$`, "m").exec(cpuinfo)?.[1]?.trim();
  const [family, model] = [Number(field("cpu family")), Number(field("model"))];
  switch (field("vendor_id")) {
    case "AuthenticAMD":
      return zenModels.find(([of, from, to]) => of === family && model >= from && model <= to)?.[3];
    case "GenuineIntel":
      return family === 6 ? intelModels[model] : undefined;
    default:
      return armParts[field("CPU part") ?? ""];
  }
}

function text(path: string): string | undefined {
  try {
    return readSystemText(path).trim();
  } catch {
    return undefined;
  }
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
