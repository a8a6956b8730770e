import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Speed is never asserted: a busy machine may be ten times slower.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
