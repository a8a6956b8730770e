/* The core's vector scan as the store takes it. */
import { rescore, VectorScan } from "../native/vector-scan.ts";
import type { ScanKernels } from "../ports/vector-scan.ts";

export function scanKernels(addonFolder: string | undefined): ScanKernels {
  return {
    create: (dimensions) => new VectorScan(dimensions, addonFolder),
    rescore: (query, rows, scales, ids, k) => rescore(query, rows, scales, ids, k, addonFolder),
  };
}
