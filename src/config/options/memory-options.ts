/* Rows of the options table about memory: the limit, the marks below it at which something is done, and V8's heap. */
import { markForm } from "./memory-marks.ts";
import type { OptionRow } from "./option-row.ts";

const MB = 1_000_000;

export const memoryOptions = {
  "memory.max": {
    type: "size",
    range: [MB, 16_000_000 * MB],
    tier: "maxMemoryBytes",
    says: "most memory of all our processes together: kept when it is said, a guide to other sizes when it comes from the tier",
    env: "HAYPILE_MAX_MEMORY",
    flag: "--max-memory <size>",
    key: "maxMemoryBytes",
    untrusted: "lower",
  },
  "memory.warning": {
    type: "text",
    form: markForm,
    default: "85%",
    says: "from here on freed memory and unused pages are given back: a share of memory.max, or a size",
    env: "HAYPILE_MEMORY_WARNING",
    key: "memoryWarning",
    untrusted: "never",
  },
  "memory.critical": {
    type: "text",
    form: markForm,
    default: "94%",
    says: "from here on one thing after another is given up, above memory.warning",
    env: "HAYPILE_MEMORY_CRITICAL",
    key: "memoryCritical",
    untrusted: "never",
  },
  "memory.target": {
    type: "text",
    form: markForm,
    default: "78%",
    says: "what was given up is taken back after five seconds below it, below memory.warning",
    env: "HAYPILE_MEMORY_TARGET",
    key: "memoryTarget",
    untrusted: "never",
  },
  "memory.check-interval": {
    type: "duration",
    range: [20, 60_000],
    default: 100,
    says: "time between two looks at memory under a limit; below half of the limit every other one is left out",
    env: "HAYPILE_MEMORY_CHECK_INTERVAL",
    key: "memoryCheckMs",
    untrusted: "never",
  },
  "memory.cleanup": {
    type: "choice",
    choices: ["gentle", "aggressive"],
    default: "gentle",
    says: "aggressive: what changes no answer is given up from memory.warning on, one step at each look, and V8 collects whenever memory is given back",
    env: "HAYPILE_MEMORY_CLEANUP",
    key: "memoryCleanup",
    untrusted: "never",
  },
  "memory.heap": {
    type: "size",
    range: [64 * MB, 16_000_000 * MB],
    unset: "V8's own, by the memory of the machine",
    says: "most JavaScript heap of each of our processes, V8's --max-old-space-size; one that needs more ends. Programs that use the library say it to Node",
    env: "HAYPILE_MEMORY_HEAP",
    untrusted: "never",
  },
} as const satisfies Record<string, OptionRow>;
