import { version } from "../../base/package/version.ts";
import type { Configuration } from "../../config/load.ts";
import type { HostSummary } from "../../ports/answers/index-facts.ts";
import { counted, formatBytes } from "./format.ts";

/** One line about this machine, its tier and the model, for people. */
export function makeBanner(
  host: HostSummary,
  configuration: Configuration,
  modelName: string,
): string {
  const best = ["avx512vnni", "avx512f", "i8mm", "dotprod", "avx2", "neon", "avx"].find((name) =>
    host.cpuFeatures.includes(name),
  );
  const { facts } = configuration;
  const memory = `${formatBytes(facts.memoryBytes)}${facts.limits.memoryBytes === undefined ? "" : " (container)"}`;
  const cores = `${counted(facts.cores, "CPU")}${facts.limits.cores === undefined ? "" : " (container)"}`;
  return [
    `haypile ${version}`,
    `${process.platform} ${host.architecture}`,
    ...(facts.cpuModel === "unknown" ? [] : [facts.cpuModel]),
    cores,
    ...(best === undefined ? [] : [best]),
    memory,
    tierInWords(configuration),
    `ONNX Runtime ${host.runtimeVersion}`,
    modelName,
  ].join(" · ");
}

/** "score 3, tier standard"; a tier that was forced says so. */
export function tierInWords({ score, tier, settings }: Configuration): string {
  const { value, origin } = settings["host.tier"];
  const isForced = origin !== "default" && value !== "auto";
  return `score ${score.total} of 11, tier ${tier}${isForced ? ` (by ${origin})` : ""}`;
}
