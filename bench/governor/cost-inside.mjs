/*
 * Loaded before the command (node --import): adds up the CPU time of the thread inside the governor's calls, and
 * prints it at the end. See cost.ts.
 */
import { ProcessGauge } from "../../dist/governor/gauge.js";
import { Governor } from "../../dist/governor/governor.js";
import { loadBinding } from "../../dist/native/load.js";

const spent = { look: 0, gauge: 0, relief: 0, looks: 0, reliefs: 0 };
let depth = 0;

function threadMicros() {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}

/** Counts a method's own thread time; calls inside another counted one are in that one's time already. */
function count(object, name, onto, times) {
  const method = object[name];
  object[name] = function (...values) {
    if (times !== undefined) spent[times] += 1;
    const before = threadMicros();
    depth += 1;
    try {
      return method.apply(this, values);
    } finally {
      depth -= 1;
      const micros = threadMicros() - before;
      spent[onto] += micros;
      if (onto === "relief" && depth === 0) spent.outside = (spent.outside ?? 0) + micros;
    }
  };
}

if (process.send === undefined) {
  count(Governor.prototype, "look", "look", "looks");
  count(ProcessGauge.prototype, "read", "gauge");
  const binding = loadBinding();
  count(binding, "releaseMemory", "relief", "reliefs");
  count(binding, "dropFilePages", "relief");
  process.on("exit", () => {
    const { user, system } = process.cpuUsage();
    process.stderr.write(
      `governor ${JSON.stringify({ ...spent, outside: spent.outside ?? 0, all: user + system })}\n`,
    );
  });
}
