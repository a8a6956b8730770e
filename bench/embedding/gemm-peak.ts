/*
 * The machine's own peak for the products this model is made of: ONNX files of one product each,
 * run alone by onnxruntime-node on one thread.
 */
import { createRequire } from "node:module";
import { join } from "node:path";
import { oneProduct } from "./one-product.ts";

const rows = 384;
const shapes = [
  [384, 1152],
  [384, 384],
  [384, 1536],
  [1536, 384],
] as const;
const secondsEach = 0.7;

/** 10⁹ operations a second (a multiply-add is two), over all shapes by their share of a layer. */
export async function measurePeak(rivals: string): Promise<{ int8: number; fp32: number }> {
  const ort = createRequire(join(rivals, "x.js"))(
    "onnxruntime-node",
  ) as typeof import("onnxruntime-node");
  const measure = async (int8: boolean): Promise<number> => {
    let operations = 0;
    let seconds = 0;
    for (const [inner, outer] of shapes) {
      const session = await ort.InferenceSession.create(oneProduct(inner, outer, int8), {
        intraOpNumThreads: 1,
      });
      const input = int8
        ? new ort.Tensor("uint8", new Uint8Array(rows * inner).fill(77), [rows, inner])
        : new ort.Tensor("float32", new Float32Array(rows * inner).fill(0.5), [rows, inner]);
      const once = async (): Promise<void> => {
        await session.run({ a: input });
      };
      await once();
      const cpu = process.cpuUsage();
      const start = performance.now();
      let runs = 0;
      for (; performance.now() - start < secondsEach * 1000; runs += 1) await once();
      const { user, system } = process.cpuUsage(cpu);
      operations += 2 * rows * inner * outer;
      seconds += (user + system) / 1e6 / runs;
    }
    return operations / seconds / 1e9;
  };
  return { int8: await measure(true), fp32: await measure(false) };
}
