/** A long text takes little more memory than a short one (report: 990,000 characters took 3 GB). */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, it } from "vitest";
import "../../helpers/as-installed.ts";
import { bin } from "../../helpers/cli.ts";
import { memoryBench } from "../../helpers/open-memories.ts";
import { seededRandom } from "../../helpers/random.ts";

const run = promisify(execFile);
const limitMs = 600_000;
let data: string;

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "haypile-long-"));
});

afterEach(() => rmSync(data, { recursive: true, force: true }));

/** Words that are none but look like it. */
function prose(characters: number): string {
  const random = seededRandom(3);
  const words = "release staging database team memory deploy window retry budget cache".split(" ");
  let text = "";
  while (text.length < characters) {
    text += `${words[Math.floor(random() * words.length)]}${random() < 0.1 ? ". " : " "}`;
  }
  return text.slice(0, characters);
}

it(
  "is remembered from the command line within 250 MB",
  async () => {
    const file = join(data, "long.txt");
    writeFileSync(file, prose(1_000_000));
    // The process says its own peak when it ends.
    const tell = join(data, "peak.cjs");
    writeFileSync(
      tell,
      'process.on("exit", () => require("fs").writeFileSync(process.env.PEAK, String(process.resourceUsage().maxRSS)));',
    );
    const peak = join(data, "peak");
    const { stdout } = await run(
      "bash",
      ["-c", `"${process.execPath}" --require "${tell}" "${bin}" remember - < "${file}"`],
      {
        timeout: limitMs,
        env: {
          ...process.env,
          PEAK: peak,
          HAYPILE_DATA_DIR: data,
          HAYPILE_CACHE_DIR: join(tmpdir(), "haypile-test-graphs"),
          HAYPILE_CONFIG_DIR: join(data, "config"),
        },
      },
    );
    expect(stdout).toContain("stored");
    const { readFileSync } = await import("node:fs");
    const peakBytes = Number(readFileSync(peak, "utf8")) * 1_024;
    expect(peakBytes).toBeGreaterThan(50_000_000);
    expect(peakBytes).toBeLessThan(250_000_000);
  },
  limitMs,
);

it(
  "is read once for many of its parts, and each part gets its own text",
  async () => {
    const bench = memoryBench();
    try {
      const memories = await bench.open();
      const texts = [`${prose(300_000)} 🎉 the end`, "short", `日本語\u0000 ${prose(50_000)}`];
      for (const text of texts) await memories.remember(text);
      await memories.settled();
      const embedded = bench.embedder.embedded.filter((text) => text.length > 0);
      for (const text of texts) {
        const own = embedded.filter((part) => text.includes(part));
        expect(own.join("").length).toBeGreaterThanOrEqual(text.length);
      }
      expect((await memories.stats()).withoutVector).toBe(0);
    } finally {
      await bench.end();
    }
  },
  limitMs,
);
