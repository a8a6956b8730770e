import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Daemons of tests listen for nobody, but where a test is about that.
    env: { HAYPILE_PAGE_PORT: "0" },
    // Many tests wait for processes of their own: two files at a time keep two cores busy.
    maxWorkers: 2,
    // Speed is never asserted: a busy machine may be ten times slower.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
