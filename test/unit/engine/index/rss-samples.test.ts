/** The line about memory while texts get their vectors: the first batch, then one in ten seconds. */
import { expect, it } from "vitest";
import { RssSamples } from "../../../../src/engine/index/rss-samples.ts";

it("says the first batch and then one in ten seconds, with the limit where there is one", () => {
  let now = 5_000;
  const lines: string[] = [];
  const samples = new RssSamples(
    () => now,
    (line) => lines.push(line),
  );
  const governor = { usedBytes: 130_900_000, limitBytes: 192_000_000 };
  for (let batch = 0; batch < 200; batch += 1) {
    samples.batch(governor);
    now += 100;
  }
  expect(lines).toEqual([
    "embed: RSS sample batch_idx=1 rss_mb=130.9 limit_mb=192.0",
    "embed: RSS sample batch_idx=101 rss_mb=130.9 limit_mb=192.0",
  ]);
  now += 10_000;
  samples.batch(undefined);
  expect(lines[2]).toMatch(/^embed: RSS sample batch_idx=201 rss_mb=\d+\.\d limit_mb=none$/);
});
