/* What Haypile has elsewhere and not on a system, why, and what serves in its place: doctor and the banner say it. */
import type { SystemFacts } from "./system.ts";

export interface Lack {
  /** What is not there, in a word or two. */
  what: string;
  /** Goes on after "it lacks … because". */
  why: string;
  /** A sentence without its full stop. */
  instead: string;
  /** Nobody needs to hear of it at every start. */
  isMinor?: boolean | undefined;
}

interface Row extends Lack {
  on: (system: SystemFacts & { cpuModel: string }) => boolean;
}

const isMusl: Row["on"] = ({ libc }) => libc === "musl";
const isMac: Row["on"] = ({ platform }) => platform === "darwin";

const rows: readonly Row[] = [
  {
    what: "ONNX Runtime",
    why: "it has no library for musl",
    instead:
      "models with packed weights run in Haypile's own encoder; other models, and GPUs, need a system with glibc",
    on: isMusl,
  },
  {
    what: "sqlite-vec",
    why: "it has no build for this system",
    instead:
      "vectors are compared in Haypile's own code; where the database would do it, in JavaScript, four times slower",
    on: (system) => isMusl(system) || (system.platform === "win32" && system.arch === "arm64"),
  },
  {
    what: "a Node for this CPU",
    why: "this one is for Intel and the system translates it (Rosetta)",
    instead: "all works, several times slower; install Node for arm64 (Apple silicon)",
    on: (system) => isMac(system) && system.arch === "x64" && /Apple/u.test(system.cpuModel),
  },
  {
    what: "threads bound to CPUs",
    why: "macOS has no call for it",
    instead: "the system places them; --pin and --numa-node do nothing",
    isMinor: true,
    on: isMac,
  },
  {
    what: "a list of what memory consists of",
    why: "macOS gives a process its totals only",
    instead: "the receipt of memory has fewer lines",
    isMinor: true,
    on: isMac,
  },
];

/** @param cpuModel as the system says it */
export function lacksOf(system: SystemFacts, cpuModel: string): Lack[] {
  return rows.filter(({ on }) => on({ ...system, cpuModel })).map(({ on: _on, ...lack }) => lack);
}

/** "without ONNX Runtime, sqlite-vec (see haypile doctor)"; nothing where all is there. */
export function lacksInWords(system: SystemFacts, cpuModel: string): string[] {
  const names = lacksOf(system, cpuModel)
    .filter(({ isMinor }) => isMinor !== true)
    .map(({ what }) => what);
  return names.length === 0 ? [] : [`without ${names.join(", ")} (see haypile doctor)`];
}

/** Why there is no library of ONNX Runtime for a system; undefined: there is one. */
export function whyNoRuntime(system: SystemFacts): string | undefined {
  const { platform, arch } = system;
  const lack = lacksOf(system, "").find(({ what }) => what === "ONNX Runtime");
  if (lack !== undefined) return lack.why;
  const isKnown =
    ["linux", "darwin", "win32"].includes(platform) && ["x64", "arm64"].includes(arch);
  return isKnown ? undefined : `it has no library for ${platform}-${arch}`;
}
