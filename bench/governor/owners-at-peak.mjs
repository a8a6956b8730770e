/*
 * Loaded before the command (node --import): notes what the process's memory is made of whenever it is
 * 2 MB above all it was before, and prints the last note at the end. See spread.ts --owners.
 */
import { readFootprintMap, readMallocUsage } from "../../dist/native/footprint.js";

const everyMs = 10;
const stepBytes = 2e6;
let most = 0;
let note;
const start = performance.now();
const mb = (bytes) => Math.round(bytes / 1e5) / 10;

function look() {
  const rss = process.memoryUsage.rss();
  if (rss < most + stepBytes) return;
  most = rss;
  const node = process.memoryUsage();
  const map = readFootprintMap();
  if (map === undefined) return;
  const files = map.files.reduce((sum, { bytes }) => sum + bytes, 0);
  const named = (word) =>
    mb(
      map.files
        .filter(({ path }) => path.includes(word))
        .reduce((sum, { bytes }) => sum + bytes, 0),
    );
  note = {
    rss: mb(rss),
    heap: mb(map.heapBytes),
    heapUsed: mb(node.heapUsed),
    external: mb(node.external),
    code: mb(map.codeBytes),
    malloc: mb(map.mallocBytes),
    mallocUsed: mb(readMallocUsage()?.usedBytes ?? 0),
    runtime: mb(map.runtimeBytes),
    other: mb(map.otherBytes),
    files: mb(files),
    node: named("/node"),
    onnx: named("libonnx"),
    graphs: named("/graphs/"),
    atMs: Math.round(performance.now() - start),
  };
}

if (process.send === undefined) {
  const timer = setInterval(look, everyMs);
  timer.unref();
  process.on("exit", () => {
    process.stderr.write(`peak ${JSON.stringify(note)}\n`);
  });
}
