import { version } from "../base/version.ts";
import type { HostSummary } from "../engine/types.ts";
import { counted, formatBytes } from "./format.ts";

/** One line about this machine and the model, for people. */
export function makeBanner(host: HostSummary, modelName: string): string {
  const best = ["avx512vnni", "avx512f", "i8mm", "dotprod", "avx2", "neon", "avx"].find((name) =>
    host.cpuFeatures.includes(name),
  );
  const limit = host.cgroup.memoryLimitBytes;
  const memory =
    limit !== undefined && limit < host.totalMemoryBytes
      ? `${formatBytes(limit)} (container)`
      : formatBytes(host.totalMemoryBytes);
  return [
    `haypile ${version}`,
    `${process.platform} ${host.architecture}`,
    counted(host.usableCpus, "CPU"),
    ...(best === undefined ? [] : [best]),
    memory,
    `ONNX Runtime ${host.runtimeVersion}`,
    modelName,
  ].join(" · ");
}
