/* The figures of a receipt beside its owners: address space, the share of the machine, and what one of each takes. */
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { printFootprint } from "../../../../src/cli/commands/index/footprint-report.ts";
import { ramFamilies } from "../../../../src/daemon/metrics/ram-families.ts";
import { type ReceiptSources, receiptOf } from "../../../../src/engine/receipt/receipt.ts";
import { systemMemory, virtualBytesOf } from "../../../../src/engine/receipt/system-figures.ts";
import type { FootprintReport } from "../../../../src/ports/answers/footprint-report.ts";
import { readMetrics } from "../../../helpers/prometheus.ts";
import { tempFolder, writeTree } from "../../../helpers/temp-tree.ts";

const nothing = {
  addonFolder: undefined,
  databases: [],
  model: undefined,
  reranker: undefined,
  parser: { pids: [] } as unknown as ReceiptSources["parser"],
  ceiling: { governor: undefined } as unknown as ReceiptSources["ceiling"],
  databaseCacheBytes: 0,
  bitsBytes: 0,
  lengthsBytes: 0,
  caches: { maxBytes: 0, bytes: 0, windowShare: 0, owners: [] },
  files: 0,
} satisfies ReceiptSources;

const some: ReceiptSources = {
  ...nothing,
  databaseCacheBytes: 900,
  bitsBytes: 60,
  lengthsBytes: 30,
  caches: { ...nothing.caches, bytes: 10 },
  memoriesBytes: 1_000,
  files: 3,
  memories: 6,
  clients: 4,
};

describe("the receipt", () => {
  it("says nothing of files, memories and clients where there are none", () => {
    const receipt = receiptOf({ ...nothing, memories: 0, clients: 0 });
    expect([receipt.perFile, receipt.perMemory, receipt.perClient]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    const said = receiptOf(nothing);
    expect([said.perMemory, said.perClient]).toEqual([undefined, undefined]);
  });

  it("divides what each holds by how many there are", () => {
    const { perFile, perMemory, perClient, process: usage } = receiptOf(some);
    expect(perFile).toEqual({ count: 3, bytes: 1_000, eachBytes: 333 });
    expect(perMemory).toEqual({ count: 6, bytes: 1_000, eachBytes: 167 });
    expect(perClient).toEqual({
      count: 4,
      bytes: usage.rssBytes,
      eachBytes: Math.round(usage.rssBytes / 4),
    });
  });

  it("is a share of what the process may count on", () => {
    const { systemShare, systemBytes, process: usage, virtualBytes } = receiptOf(nothing);
    expect(systemBytes).toBe(systemMemory());
    expect(systemShare).toBeCloseTo(usage.rssBytes / systemBytes, 12);
    if (process.platform === "linux") expect(virtualBytes).toBeGreaterThan(usage.rssBytes);
    else expect(virtualBytes).toBeUndefined();
  });
});

describe("what the system says", () => {
  it.each([
    [0, 8e9, 8e9],
    [undefined, 8e9, 8e9],
    [512e6, 8e9, 512e6],
    // A control group without a limit says more than there is.
    [2 ** 63, 8e9, 8e9],
  ])("counts on the least of a limit of %s and %s bytes", (limit, all, expected) => {
    expect(systemMemory(limit ?? 0, all)).toBe(expected);
  });

  it.runIf(process.platform === "linux")("reads the address space, and misses it", () => {
    const folder = tempFolder();
    writeTree(folder, {
      "good/status": "Name:\tnode\nVmPeak:\t    2048 kB\nVmSize:\t    1024 kB\nVmRSS:\t 7 kB\n",
      "missing/status": "Name:\tnode\nVmRSS:\t 7 kB\n",
      "odd/status": "Name:\tnode\nVmSize:\tmuch\n",
      "empty/status": "",
    });
    const at = (name: string): number | undefined => virtualBytesOf(join(folder, name));
    expect(at("good")).toBe(1_048_576);
    for (const name of ["missing", "odd", "empty", "nowhere"]) expect(at(name)).toBeUndefined();
  });
});

describe("who reads it", () => {
  const at = (share: Partial<FootprintReport>): FootprintReport => ({
    ...receiptOf(some),
    systemShare: 0.0123,
    systemBytes: 8e9,
    virtualBytes: 2e9,
    perClient: { count: 4, bytes: 8e6, eachBytes: 2e6 },
    ...share,
  });
  const linesOf = (report: FootprintReport): string => {
    const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    try {
      printFootprint(report);
      return write.mock.calls.map(([text]) => String(text)).join("");
    } finally {
      write.mockRestore();
    }
  };
  const familiesOf = (report: FootprintReport): string =>
    ramFamilies(
      { ownBytes: 1, childBytes: 0, usedBytes: 1, level: undefined, steps: [] } as never,
      report as never,
    );

  it("finds all of it printed", () => {
    const text = linesOf(at({}));
    expect(text).toMatch(/of the system +1\.2 % of 8\.0 GB; 2\.0 GB of address space$/mu);
    expect(text).toMatch(/per file +333 B on average: 1\.0 kB for 3 indexed$/mu);
    expect(text).toMatch(/per memory +167 B on average: 1\.0 kB for 6 kept$/mu);
    expect(text).toMatch(/per client +2\.0 MB on average: 8\.0 MB for 4 connected$/mu);
  });

  it("finds nothing printed of what is not known", () => {
    const text = linesOf(
      at({
        virtualBytes: undefined,
        perFile: undefined,
        perMemory: undefined,
        perClient: undefined,
      }),
    );
    expect(text).toMatch(/of the system +1\.2 % of 8\.0 GB$/mu);
    expect(text).not.toMatch(/undefined|NaN|address space|per (?:file|memory|client)/u);
  });

  it("finds them among the metrics, and no family without a figure", () => {
    const all = readMetrics(familiesOf(at({})));
    expect(all.get("haypile_memory_virtual_bytes")).toBeDefined();
    const none = familiesOf(at({ virtualBytes: undefined }));
    expect(none).not.toContain("haypile_memory_virtual_bytes");
    expect(none).toContain("haypile_memory_system_ratio 0.0123");
  });
});
