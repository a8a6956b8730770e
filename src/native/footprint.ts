/* Facts of the host and of this process's memory, read by the core. */

import type { Footprint } from "../ports/answers/footprint-report.ts";
import type { HostInfo } from "../ports/answers/index-facts.ts";
import type { NativeMallocUsage, NativeMemoryMap } from "./binding.ts";
import { loadBinding } from "./load.ts";

export type MallocUsage = NativeMallocUsage;
export type FootprintMap = NativeMemoryMap;

/** CPU, memory and container limits of this machine. */
export function readHostInfo(addonFolder?: string): HostInfo {
  return loadBinding(addonFolder).hostInfo();
}

/** Resident memory of this process, and the bytes ONNX Runtime asked for. All in bytes. */
export function readFootprint(addonFolder?: string): Footprint {
  return loadBinding(addonFolder).memoryUsage();
}

/**
 * Takes pages of programs and libraries out of this process's resident memory: what only start and loading
 * used stays out. Costs page faults, no reads. Linux; elsewhere nothing happens.
 */
export function dropFilePages(addonFolder?: string): void {
  loadBinding(addonFolder).dropFilePages();
}

/** Gives freed memory back to the operating system. */
export function releaseMemory(addonFolder?: string): void {
  loadBinding(addonFolder).releaseMemory();
}

/** What the C library's malloc holds; undefined where it does not count (glibc does). */
export function readMallocUsage(addonFolder?: string): MallocUsage | undefined {
  return loadBinding(addonFolder).mallocUsage();
}

/** Resident memory by mapping; undefined where the system does not list it (Linux does). */
export function readFootprintMap(addonFolder?: string): FootprintMap | undefined {
  return loadBinding(addonFolder).memoryMap();
}
