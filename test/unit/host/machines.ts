/*
 * Real machines as facts: memory as the system reports it (a little below what is sold), threads of the
 * processor, its instruction sets. Sources are the makers' data sheets.
 */
import { factsFrom, type HostFacts } from "../../../src/host/facts.ts";
import type { Tier } from "../../../src/host/score.ts";

export interface Machine {
  name: string;
  facts: HostFacts;
  score: number;
  tier: Tier;
}

const old = ["sse4.2"];
const avx2 = ["sse4.2", "avx", "avx2", "fma"];
const avx512 = [...avx2, "avx512f", "avx512vnni"];
const neon = ["neon"];
const dotprod = ["neon", "dotprod"];

interface Row {
  gb: number;
  cores: number;
  features: readonly string[];
  model?: string;
  board?: string;
  limitBytes?: number;
  quota?: number;
  gpu?: string;
  providers?: HostFacts["providers"];
}

function machine(name: string, row: Row, score: number, tier: Tier): Machine {
  const arm = row.features.includes("neon");
  const facts = factsFrom(
    {
      architecture: arm ? "arm64" : "x64",
      cpuModel: row.model ?? (arm ? "unknown" : name),
      cpuFeatures: row.features,
      usableCpus: row.cores,
      totalMemoryBytes: Math.round(row.gb * 2 ** 30),
      cgroup: {
        ...(row.limitBytes !== undefined && { memoryLimitBytes: row.limitBytes }),
        ...(row.quota !== undefined && { cpuQuota: row.quota }),
      },
    },
    {
      platform: row.model?.startsWith("Apple") === true ? "darwin" : "linux",
      board: row.board,
      discreteGpu: row.gpu,
      providers: row.providers,
    },
  );
  return { name, facts, score, tier };
}

const apple = (chip: string, cores: number, gb: number, score: number, tier: Tier): Machine =>
  machine(
    `${chip}, ${cores} cores, ${gb} GB`,
    { model: `Apple ${chip}`, cores, gb, features: dotprod, providers: ["coreml"] },
    score,
    tier,
  );

const MiB = 2 ** 20;

export const machines: readonly Machine[] = [
  machine("Raspberry Pi Zero 2 W", { gb: 0.42, cores: 4, features: neon }, 0, "light"),
  machine("Raspberry Pi 4, 4 GB", { gb: 3.7, cores: 4, features: neon }, 0, "light"),
  machine("Raspberry Pi 5, 4 GB", { gb: 3.95, cores: 4, features: dotprod }, 1, "light"),
  machine(
    "Raspberry Pi 5, 8 GB",
    { gb: 7.9, cores: 4, features: dotprod, board: "Raspberry Pi 5 Model B Rev 1.0" },
    1,
    "light",
  ),
  machine("Raspberry Pi 5, 16 GB", { gb: 15.8, cores: 4, features: dotprod }, 3, "standard"),
  apple("M1", 8, 8, 2, "light"),
  apple("M1", 8, 16, 4, "standard"),
  apple("M1 Pro", 10, 16, 5, "standard"),
  apple("M1 Max", 10, 64, 9, "heavy"),
  apple("M1 Ultra", 20, 128, 10, "heavy"),
  apple("M2", 8, 24, 5, "standard"),
  apple("M2 Pro", 12, 32, 7, "heavy"),
  apple("M2 Ultra", 24, 192, 10, "heavy"),
  apple("M3", 8, 8, 2, "light"),
  apple("M3 Pro", 12, 18, 5, "standard"),
  apple("M3 Max", 16, 48, 9, "heavy"),
  apple("M4", 10, 16, 4, "standard"),
  apple("M4 Pro", 14, 24, 6, "standard"),
  apple("M4 Max", 16, 64, 9, "heavy"),
  apple("M4 Ultra", 32, 256, 10, "heavy"),
  machine("Intel N100 mini PC, 8 GB", { gb: 7.6, cores: 4, features: avx2 }, 1, "light"),
  machine("Core 2 era PC, 4 threads, 8 GB", { gb: 7.7, cores: 4, features: old }, 0, "light"),
  machine("Core i5-1135G7 laptop, 16 GB", { gb: 15.4, cores: 8, features: avx512 }, 3, "standard"),
  machine("Ryzen 7 7840U laptop, 32 GB", { gb: 30.5, cores: 16, features: avx512 }, 6, "standard"),
  machine(
    "Core i7-13700H laptop, 32 GB, NVIDIA with CUDA's provider",
    { gb: 31.1, cores: 20, features: avx2, gpu: "NVIDIA", providers: ["cuda"] },
    9,
    "heavy",
  ),
  // A card that nothing here can use counts for nothing.
  machine(
    "Core i7-13700H laptop, 32 GB, NVIDIA",
    { gb: 31.1, cores: 20, features: avx2, gpu: "NVIDIA" },
    7,
    "heavy",
  ),
  machine(
    "Ryzen 9 7950X, 64 GB, AMD card",
    { gb: 62.5, cores: 32, features: avx512, gpu: "AMD", providers: ["cuda"] },
    9,
    "heavy",
  ),
  machine("EPYC server, 64 threads, 256 GB", { gb: 251, cores: 64, features: avx512 }, 9, "heavy"),
  machine("cloud VM, 2 CPUs, 24 GB", { gb: 23.5, cores: 2, features: avx2 }, 3, "standard"),
  machine("cloud VM, 1 CPU, 1 GB", { gb: 0.95, cores: 1, features: avx2 }, 0, "light"),
  machine("Graviton 3 VM, 8 CPUs, 16 GB", { gb: 15.3, cores: 8, features: dotprod }, 3, "standard"),
  machine(
    "container of 512 MB on 64 cores",
    { gb: 251, cores: 64, features: avx512, limitBytes: 512 * MiB },
    4,
    "light",
  ),
  machine(
    "container of 16 GB and 2.5 CPUs on 64 cores",
    { gb: 251, cores: 64, features: avx512, limitBytes: 16 * 1024 * MiB, quota: 2.5 },
    2,
    "light",
  ),
];
