/*
 * What the score of a machine is made of, as one record. A container's limits stand in it in place of
 * the machine's own, since they are what ends the process. The record is plain data: tests write it
 * down for machines nobody here has.
 */

import type { CoreKinds } from "./core-kinds.ts";

/** The class of an Apple chip, from its name. */
export type AppleClass = "base" | "pro" | "max" | "ultra";

export interface HostFacts {
  /** As Node names it: "linux", "darwin", "win32". */
  platform: string;
  /** "x64", "arm64" or "other". */
  architecture: string;
  /** The chip, else the board, else "unknown". */
  cpuModel: string;
  /** e.g. ["avx2", "fma"] or ["neon", "dotprod"]. */
  cpuFeatures: readonly string[];
  /** CPUs this process may keep busy: of the machine, its affinity mask, and a container's quota. */
  cores: number;
  /** Memory this process may count on, bytes: the machine's, or a container's limit below it. */
  memoryBytes: number;
  /** Memory of the machine, bytes. */
  totalMemoryBytes: number;
  /** Limits of a container that are below what the machine has. */
  limits: { memoryBytes?: number | undefined; cores?: number | undefined };
  /** Design of the cores: "Zen 5"; left out where it is not known, or stands in the model's name. */
  generation?: string | undefined;
  /** Where the chip has both. Of the machine, whatever a container may use of it. */
  coreKinds?: CoreKinds | undefined;
  /** CPUs of the machine. */
  totalCores: number;
  /** Undefined: no Apple chip. */
  apple: AppleClass | undefined;
  /** The name of a discrete GPU; undefined: none was found. */
  discreteGpu: string | undefined;
  /** Providers of ONNX Runtime whose library is installed: an accelerator without one does nothing for us. */
  providers: readonly AcceleratorProvider[];
}

export type AcceleratorProvider = "cuda" | "coreml";

/** What the native core says of the machine; the shape of its hostInfo(). */
export interface MeasuredHost {
  architecture: string;
  cpuModel: string;
  cpuFeatures: readonly string[];
  /** Of the machine. Default: those that are usable. */
  logicalCpus?: number | undefined;
  usableCpus: number;
  totalMemoryBytes: number;
  cgroup: { memoryLimitBytes?: number | undefined; cpuQuota?: number | undefined };
}

/** What else is looked up in the system. */
export interface HostExtras {
  platform: string;
  /** Name of the board, where the CPU has none (ARM on Linux). */
  board?: string | undefined;
  discreteGpu?: string | undefined;
  generation?: string | undefined;
  coreKinds?: CoreKinds | undefined;
  providers?: readonly AcceleratorProvider[] | undefined;
}

/** Puts the record together. A quota of 2.5 CPUs counts as 2: a third thread would wait half its time. */
export function factsFrom(host: MeasuredHost, extras: HostExtras): HostFacts {
  const { memoryLimitBytes, cpuQuota } = host.cgroup;
  const quota = cpuQuota === undefined ? undefined : Math.max(1, Math.floor(cpuQuota));
  const usable = Math.max(1, host.usableCpus);
  const isMemoryLimited =
    memoryLimitBytes !== undefined && memoryLimitBytes < host.totalMemoryBytes;
  const areCoresLimited = quota !== undefined && quota < usable;
  const cpuModel = host.cpuModel === "unknown" ? (extras.board ?? "unknown") : host.cpuModel;
  return {
    platform: extras.platform,
    architecture: host.architecture,
    cpuModel,
    cpuFeatures: host.cpuFeatures,
    cores: areCoresLimited ? quota : usable,
    memoryBytes: isMemoryLimited ? memoryLimitBytes : host.totalMemoryBytes,
    totalMemoryBytes: host.totalMemoryBytes,
    limits: {
      ...(isMemoryLimited && { memoryBytes: memoryLimitBytes }),
      ...(areCoresLimited && { cores: quota }),
    },
    generation: extras.generation,
    coreKinds: extras.coreKinds,
    totalCores: Math.max(usable, host.logicalCpus ?? usable),
    apple: appleClass(cpuModel),
    discreteGpu: extras.discreteGpu,
    providers: extras.providers ?? [],
  };
}

/** "Apple M3 Pro" is "pro", "Apple M1" is "base". */
export function appleClass(cpuModel: string): AppleClass | undefined {
  const match = /^Apple M\d+(?: (Pro|Max|Ultra))?\b/.exec(cpuModel);
  return match === null ? undefined : ((match[1]?.toLowerCase() ?? "base") as AppleClass);
}
