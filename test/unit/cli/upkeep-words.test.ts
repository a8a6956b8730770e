/** What is printed of the daemon's upkeep. */
import { expect, it } from "vitest";
import { upkeepLines } from "../../../src/cli/output/upkeep-words.ts";
import type { UpkeepTaskStats } from "../../../src/ports/answers/daemon/upkeep.ts";

const at = "2026-01-02T12:00:00.000Z";
const counts = { done: 1, stopped: 0, failed: 0 };

it("says of each kind what came of it, when it is due, and why it failed", () => {
  const tasks: UpkeepTaskStats[] = [
    { task: "collect", every: "1h", nextAt: "2026-01-02T12:30:00.000Z", ...counts },
    {
      ...{ task: "verify", every: "30d", lastAt: "2026-01-01T12:00:00.000Z", ...counts },
      ...{ error: "a.db: torn\u001b[2J", nextAt: "2026-01-31T12:00:00.000Z" },
    },
    { task: "tidy", every: "off", lastAt: at, result: "1 index tidied", ...counts },
  ];
  const lines = upkeepLines({ isOn: true, idleMs: 60_000, tasks }, at);
  expect(lines.join("")).not.toContain("\u001b");
  expect(lines).toEqual([
    "",
    "Upkeep, when nobody asked for 1 min 00 s",
    "  collect    every 1h   never yet; next in 30 min 00 s",
    "  verify     every 30d  failed, 24 h ago; next in 29 days",
    expect.stringMatching(/^ {4}a\.db: torn/),
    "  tidy       off        1 index tidied, just now",
  ]);
  expect(upkeepLines({ isOn: false, idleMs: 1, tasks }, at)).toEqual([
    "",
    "Upkeep: off (upkeep.auto)",
  ]);
  expect(upkeepLines(undefined, at)).toEqual([]);
});
