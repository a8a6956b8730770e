import { version } from "../../base/package/version.ts";
import type { Configuration } from "../../config/load.ts";
import type { HostFacts } from "../../host/facts.ts";
import { lacksInWords } from "../../host/lacks.ts";
import { thisSystem } from "../../host/system.ts";
import type { EncoderIsa, HostSummary, ModelEngine } from "../../ports/answers/index-facts.ts";
import { counted, formatBytes } from "./format.ts";

/** One line about this machine, its tier and the model, for people. */
export function makeBanner(
  host: HostSummary,
  configuration: Configuration,
  modelName: string,
): string {
  const { runner } = host;
  const best = ["avx512vnni", "avx512f", "i8mm", "dotprod", "avx2", "neon", "avx"].find((name) =>
    host.cpuFeatures.includes(name),
  );
  const { facts } = configuration;
  return [
    `haypile ${version}`,
    `${process.platform} ${host.architecture}`,
    ...chipInWords(facts),
    coresInWords(facts),
    ...(best === undefined || runner?.isa !== undefined ? [] : [best]),
    memoryInWords(facts),
    tierInWords(configuration),
    ...(runner === undefined ? [] : [runnerInWords(runner, host.runtimeVersion)]),
    ...lacksInWords(thisSystem(), facts.cpuModel),
    modelName,
  ].join(" · ");
}

/** "AMD EPYC (Zen 5)", "Apple M3 Pro". */
function chipInWords({ cpuModel, generation }: HostFacts): string[] {
  if (cpuModel === "unknown") return generation === undefined ? [] : [generation];
  return [generation === undefined ? cpuModel : `${cpuModel} (${generation})`];
}

/** "12 CPUs: 8 performance and 4 efficiency cores", "2 of 16 CPUs (container)". */
function coresInWords({ cores, totalCores, limits, coreKinds }: HostFacts): string {
  const all =
    limits.cores === undefined
      ? counted(cores, "CPU")
      : `${cores} of ${counted(totalCores, "CPU")} (container)`;
  if (coreKinds === undefined) return all;
  const { performance, efficiency } = coreKinds;
  return `${all}: ${performance} performance and ${efficiency} efficiency cores`;
}

/** "16.0 GB", "4.0 GB of 64.0 GB (container)". */
function memoryInWords({ memoryBytes, totalMemoryBytes, limits }: HostFacts): string {
  if (limits.memoryBytes === undefined) return formatBytes(memoryBytes);
  return `${formatBytes(memoryBytes)} of ${formatBytes(totalMemoryBytes)} (container)`;
}

/** "encoder avx512-vnni", "ONNX Runtime 1.30.0", or both; a slow one says so. */
export function runnerInWords(
  { engine, isa }: { engine: ModelEngine; isa: EncoderIsa | "" | undefined },
  runtimeVersion: string | undefined,
): string {
  const encoder =
    isa === undefined || isa === ""
      ? undefined
      : `encoder ${isa}${isa === "scalar" ? " (slow)" : ""}`;
  if (engine === "direct") return encoder ?? "encoder";
  const runtime = ["ONNX Runtime", runtimeVersion].filter(Boolean).join(" ");
  return encoder === undefined ? runtime : `${encoder} in ${runtime}`;
}

/** "score 3, tier standard"; a tier that was forced says so. */
export function tierInWords({ score, tier, settings }: Configuration): string {
  const { value, origin } = settings["host.tier"];
  const isForced = origin !== "default" && value !== "auto";
  return `score ${score.total} of 11, tier ${tier}${isForced ? ` (by ${origin})` : ""}`;
}
