/* Which engine runs a model, and who says how many workers it has. */
import { describe, expect, it } from "vitest";
import { runnerInWords } from "../../../../src/cli/output/banner.ts";
import { readEnvironment } from "../../../../src/config/environment/env.ts";
import { configure } from "../../../../src/engine/configure.ts";
import { engineOf } from "../../../../src/engine/models/runner.ts";

const packed = { name: "packed", kind: "embedding", weightsPath: "/m/weights.bin" };
const graph = { name: "graph", kind: "embedding", weightsPath: undefined };

describe("the engine of a model", () => {
  it("is the core alone where the weights are packed, unless ONNX Runtime is asked for", () => {
    expect(engineOf(packed, {})).toBe("direct");
    expect(engineOf(packed, { engine: "auto" })).toBe("direct");
    expect(engineOf(packed, { engine: "direct" })).toBe("direct");
    expect(engineOf(packed, { engine: "onnx" })).toBe("onnx");
    expect(engineOf(graph, {})).toBe("onnx");
    expect(engineOf(graph, { engine: "onnx" })).toBe("onnx");
    expect(() => engineOf(graph, { engine: "direct" })).toThrow(/packed weights/);
  });

  it("is said in few words", () => {
    expect(runnerInWords({ engine: "direct", isa: "avx2" }, undefined)).toBe("encoder avx2");
    expect(runnerInWords({ engine: "direct", isa: "scalar" }, "")).toBe("encoder scalar (slow)");
    expect(runnerInWords({ engine: "onnx", isa: "avx2" }, "1.30.0")).toBe(
      "encoder avx2 in ONNX Runtime 1.30.0",
    );
    expect(runnerInWords({ engine: "onnx", isa: "" }, "1.30.0")).toBe("ONNX Runtime 1.30.0");
    expect(runnerInWords({ engine: "onnx", isa: undefined }, undefined)).toBe("ONNX Runtime");
  });
});

describe("workers whose runs are one thread each", () => {
  const workersOf = (given: Parameters<typeof configure>[0]) =>
    configure(given, undefined, readEnvironment()).options;

  it("are as many as were said", () => {
    for (const workers of [1, 3]) {
      expect(workersOf({ workers })).toMatchObject({ workers, directWorkers: workers });
      expect(workersOf({ workers, intraOpThreads: 4 }).directWorkers).toBe(workers);
    }
  });

  it("fill the CPUs that workers and their threads would have filled", () => {
    for (const given of [{}, { intraOpThreads: 2 }]) {
      const { workers = 0, intraOpThreads = 0, directWorkers } = workersOf(given);
      expect(directWorkers).toBe(workers * intraOpThreads);
      expect(directWorkers).toBeGreaterThan(0);
    }
  });
});
