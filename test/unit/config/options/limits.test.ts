import { describe, expect, it } from "vitest";
import { commandWords, webhookUrl } from "../../../../src/config/options/alert-options.ts";
import { readLimits } from "../../../../src/config/options/limits.ts";
import { optionNames, rowOf } from "../../../../src/config/options/options.ts";
import { describeType, readValue } from "../../../../src/config/options/values.ts";

const source = { where: "in a test", code: "HAYPILE_USAGE" } as const;

describe("marks of alerts", () => {
  it("are one or two values of one unit, the second worse", () => {
    expect(readLimits("256MB, 1GB", ["bytes"])).toEqual({
      warning: { value: 256_000_000, unit: "bytes" },
      critical: { value: 1_000_000_000, unit: "bytes" },
    });
    expect(readLimits("80%", ["share", "bytes"])?.warning).toEqual({ value: 0.8, unit: "share" });
    expect(readLimits("64MB", ["share", "bytes"])?.warning?.unit).toBe("bytes");
    expect(readLimits(" Off ", ["ms"])).toEqual({ warning: undefined, critical: undefined });
    expect(readLimits("1GB,200MB", ["bytes"], true)?.critical?.value).toBe(200_000_000);
    const wrong = ["", "x", "1,2,3", "2s,1s", "1s,1s", "0", "-1", "1s,80%", "1s,", "off,1s", "1e3"];
    for (const text of wrong)
      expect([text, readLimits(text, ["ms", "share"])]).toEqual([text, undefined]);
    expect(readLimits("200MB,1GB", ["bytes"], true)).toBeUndefined();
  });

  it("are kept as they are written best, and read back as they were", () => {
    expect(readValue("alerts.wal-size", "1000000000 , 2000000000", source)).toBe("1GB,2GB");
    expect(readValue("alerts.pending", 5_000, source)).toBe("5000");
    expect(readValue("alerts.write-p95", false, source)).toBe("off");
    for (const name of optionNames.filter((one) => one.startsWith("alerts."))) {
      const usual = rowOf(name).default;
      expect(readValue(name, usual, source)).toBe(usual);
    }
  });

  it("are refused in words that say what is expected", () => {
    expect(() => readValue("alerts.queue", "many", source)).toThrow(
      'Expected "off", or one or two thresholds such as "1000" with a comma between them',
    );
    expect(describeType("alerts.disk-free")).toContain("below it");
  });

  it("are never a project's", () => {
    const own = optionNames.filter((one) => one.startsWith("alerts."));
    expect(own.length).toBe(10);
    for (const name of own) expect(rowOf(name).untrusted).toBe("never");
  });
});

describe("the command of alerts", () => {
  it("is a list of words, in a file or as JSON", () => {
    expect(readValue("alerts.command", ["notify-send", "a b", "$HOME"], source)).toBe(
      '["notify-send","a b","$HOME"]',
    );
    expect(commandWords('["x", "y"]')).toEqual(["x", "y"]);
    for (const wrong of [
      "notify-send x",
      "[]",
      '[""]',
      "[1]",
      '{"a":1}',
      '["a\\u0000b"]',
      "",
      "null",
    ]) {
      expect([wrong, commandWords(wrong)]).toEqual([wrong, undefined]);
    }
    expect(() => readValue("alerts.command", "rm -rf /", source)).toThrow("a list of a program");
  });
});

describe("the webhook of alerts", () => {
  const here = [
    "http://127.0.0.1:9/x?y=1",
    "http://localhost:8080/",
    "http://a.localhost/",
    "http://[::1]:80/",
    "http://[::ffff:127.0.0.1]/",
    "http://2130706433/",
    "http://0x7f.1/",
    "http://017700000001/",
    "http://machine/",
  ];
  const elsewhere = [
    "https://127.0.0.1/",
    "http://example.org/",
    "http://192.168.1.1/",
    "http://3232235777/",
    "http://0xc0a80101/",
    "http://0.0.0.0/",
    "http://0/",
    "http://[::]/",
    "http://[fe80::1]/",
    "http://[::ffff:10.0.0.1]/",
    "http://[::ffff:7f]/",
    "http://user@127.0.0.1/",
    "http://user:x@localhost/",
    "http://127.0.0.1.example.org/",
    "http://127.0.0.1@example.org/",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "//127.0.0.1/",
    "",
  ];

  it("may be an http address of this machine and nothing else", () => {
    for (const url of here) expect([url, webhookUrl(url) !== undefined]).toEqual([url, true]);
    for (const url of elsewhere) expect([url, webhookUrl(url)?.href]).toEqual([url, undefined]);
  });
});
