import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { LongestFirst } from "./test/longest-first.ts";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/helpers/postgres-run.ts"],
    env: {
      // Daemons of tests listen for nobody, but where a test is about that.
      HAYPILE_PAGE_PORT: "0",
      // Tests start programs by the thousand: they keep the compiled code of the last.
      NODE_COMPILE_CACHE: join(import.meta.dirname, "build", "compile-cache"),
    },
    // Tests wait for processes of their own, for limits of time and for answers: three files at a time keep two cores busy.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    // Speed is never asserted: a busy machine may be ten times slower.
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
