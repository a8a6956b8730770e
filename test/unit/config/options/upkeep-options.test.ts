/** How often upkeep is done, as people write it. */
import { expect, it } from "vitest";
import { optionNames, rowOf } from "../../../../src/config/options/options.ts";
import { parseEvery } from "../../../../src/config/options/upkeep-options.ts";
import { readValue } from "../../../../src/config/options/values.ts";

const source = { where: "in a test", code: "HAYPILE_USAGE" } as const;

it("is a time from a second to 400 days, or off", () => {
  expect(readValue("upkeep.collect", "90min", source)).toBe("90min");
  expect(readValue("upkeep.collect", "30d", source)).toBe("30d");
  expect(readValue("upkeep.collect", "48h", source)).toBe("2d");
  expect(readValue("upkeep.collect", "OFF", source)).toBe("off");
  expect(readValue("upkeep.collect", false, source)).toBe("off");
  expect(parseEvery("30d")).toBe(2_592_000_000);
  for (const wrong of ["0", "999ms", "401d", "-1h", "daily", "", "1e9d", 5, true]) {
    expect(() => readValue("upkeep.collect", wrong, source)).toThrow(/a time from 1s to 400d/);
  }
});

it("is never a project's to say", () => {
  const own = optionNames.filter((name) => name.startsWith("upkeep."));
  expect(own.length).toBe(7);
  for (const name of own) expect(rowOf(name).untrusted).toBe("never");
});
