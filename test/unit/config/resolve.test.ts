/* Which layer wins, where a value is said to come from, and what an untrusted file may say. */
import { describe, expect, it } from "vitest";
import type { OptionValue } from "../../../src/config/options/option-row.ts";
import {
  type OptionName,
  optionNames,
  options,
  rowOf,
} from "../../../src/config/options/options.ts";
import { type OptionLayer, origins, resolveSettings } from "../../../src/config/resolve.ts";
import { machines } from "../host/machines.ts";

function facts(name: string) {
  const found = machines.find((machine) => machine.name.startsWith(name));
  if (found === undefined) throw new Error(`no machine ${name}`);
  return found.facts;
}
/** Standard, 8 threads, 15.4 GiB. */
const laptop = facts("Core i5-1135G7");

type Values = Partial<Record<OptionName, OptionValue>>;

function layer(origin: OptionLayer["origin"], values: Values, isUntrusted = false): OptionLayer {
  return {
    origin,
    values: new Map(Object.entries(values) as [OptionName, OptionValue][]),
    from: (name) => `${origin}:${name}`,
    isUntrusted,
  };
}

const resolve = (...layers: OptionLayer[]) => resolveSettings(laptop, undefined, layers);

describe("order", () => {
  it("lets each layer win over those before it, in any order given", () => {
    const layers = [
      layer("flag", { "embed.workers": 5 }),
      layer("environment", { "embed.workers": 4, "search.limit": 4 }),
      layer("project file", { "embed.workers": 3, "search.limit": 3, "search.lines": 3 }),
      layer("user file", {
        "embed.workers": 2,
        "search.limit": 2,
        "search.lines": 2,
        "index.min-lines": 2,
      }),
    ];
    const { settings } = resolve(...layers);
    expect(settings["embed.workers"]).toEqual({
      value: 5,
      origin: "flag",
      from: "flag:embed.workers",
    });
    expect(settings["search.limit"]).toMatchObject({ value: 4, origin: "environment" });
    expect(settings["search.lines"]).toMatchObject({ value: 3, origin: "project file" });
    expect(settings["index.min-lines"]).toMatchObject({ value: 2, origin: "user file" });
    expect(settings["index.max-file-size"]).toEqual({
      value: 1_048_576,
      origin: "default",
      from: "",
    });
    expect(settings["embed.tokens-per-run"]).toMatchObject({ origin: "tier", from: "standard" });
  });

  it("lets a profile win over the tier, and lose against a file", () => {
    const { settings } = resolve(
      layer("user file", { "host.profile": "conservative", "cache.total": 5_000_000 }),
    );
    expect(settings["memory.max"]).toEqual({
      value: 918_000_000,
      origin: "profile",
      from: "conservative",
    });
    expect(settings["embed.tokens-per-run"].origin).toBe("tier");
    expect(settings["cache.total"]).toMatchObject({ value: 5_000_000, origin: "user file" });
  });

  it("gives every option a value or says why it has none, with a known origin", () => {
    const { settings } = resolve();
    expect(Object.keys(settings)).toEqual(optionNames);
    for (const name of optionNames) {
      expect(origins).toContain(settings[name].origin);
      if (settings[name].value === undefined) expect(rowOf(name).unset).toBeDefined();
    }
  });
});

describe("tier", () => {
  it("can be forced, and moves all values with it", () => {
    const { settings, tier, score } = resolve(layer("flag", { "host.tier": "heavy" }));
    expect([score.tier, tier]).toEqual(["standard", "heavy"]);
    expect(settings["host.tier"]).toMatchObject({ value: "heavy", origin: "flag" });
    expect(settings["embed.intra-op-threads"]).toEqual({ value: 4, origin: "tier", from: "heavy" });
    expect(settings["embed.workers"].value).toBe(2);
    expect(settings["model.quantisation"].value).toBe("fp32");
  });

  it("is the score's by default and for auto", () => {
    expect(resolve().settings["host.tier"]).toEqual({
      value: "standard",
      origin: "default",
      from: "score 3",
    });
    expect(resolve(layer("flag", { "host.tier": "auto" })).tier).toBe("standard");
  });

  it("keeps workers × threads within the CPUs when one of them is said", () => {
    const threads = (values: Values) => {
      const { settings } = resolve(layer("flag", values));
      return [settings["embed.workers"].value, settings["embed.intra-op-threads"].value];
    };
    expect(threads({})).toEqual([4, 2]);
    expect(threads({ "embed.workers": 8 })).toEqual([8, 1]);
    expect(threads({ "embed.intra-op-threads": 8 })).toEqual([1, 8]);
    expect(threads({ "embed.workers": 20, "embed.intra-op-threads": 3 })).toEqual([20, 3]);
  });

  it("lets caches shrink with a limit that was said", () => {
    const { settings } = resolve(layer("flag", { "memory.max": 160_000_000 }));
    expect(settings["storage.bits-budget"].value).toBe(40_000_000);
    expect(settings["cache.total"].value).toBe(20_000_000);
  });
});

describe("storage", () => {
  it("follows its profile, and the disk", () => {
    const { settings, pageSizeBytes } = resolve(
      layer("flag", { "storage.profile": "high-performance", "storage.disk": "hdd" }),
    );
    expect(settings["storage.mmap"]).toEqual({
      value: 0,
      origin: "profile",
      from: "high-performance",
    });
    expect(settings["storage.page-cache"]).toMatchObject({ value: 64_000_000, origin: "profile" });
    expect(pageSizeBytes).toBe(8_192);
    expect(resolveSettings(laptop, "sd", []).pageSizeBytes).toBe(8_192);
    expect(
      resolveSettings(laptop, "sd", [layer("flag", { "storage.disk": "ssd" })]).pageSizeBytes,
    ).toBe(4_096);
  });

  it("is small on a small machine", () => {
    const { settings } = resolveSettings(facts("Raspberry Pi Zero"), "sd", []);
    expect(settings["storage.profile"]).toMatchObject({ value: "low-memory", origin: "tier" });
    expect(Number(settings["storage.page-cache"].value)).toBeLessThanOrEqual(12_000_000);
    expect(settings["storage.checkpoint"].value).toBe(40_960_000);
  });
});

describe("an untrusted project file", () => {
  const narrower: Values = {
    "host.tier": "light",
    "memory.max": 300_000_000,
    "embed.workers": 1,
    "model.graph-cache": false,
    "model.network": false,
    "storage.synchronous": "full",
    "search.limit": 500,
  };
  const wider: Values = {
    "host.profile": "aggressive",
    "memory.max": 9_000_000_000,
    "embed.workers": 64,
    "model.name": "other",
    "model.folder": "/elsewhere",
    "model.endpoint": "http://elsewhere",
    "model.reranker": "/elsewhere",
    "embed.provider": "cuda",
    "embed.spinning": true,
    "storage.synchronous": "off",
    "storage.mmap": 1_000_000_000,
  };

  it("may narrow", () => {
    const { settings, ignored } = resolve(layer("project file", narrower, true));
    expect(ignored).toEqual([]);
    for (const [name, value] of Object.entries(narrower)) {
      expect(settings[name as OptionName]).toMatchObject({ value, origin: "project file" });
    }
  });

  it("may not widen, and is told what was left out", () => {
    const { settings, ignored } = resolve(layer("project file", wider, true));
    expect(ignored).toEqual(Object.keys(wider));
    expect(settings).toEqual(resolve().settings);
    const trusted = resolve(layer("project file", wider));
    expect(trusted.ignored).toEqual([]);
    expect(trusted.settings["model.name"].value).toBe("other");
  });

  it("is measured against what the user said, not against the machine", () => {
    const user = layer("user file", { "memory.max": 200_000_000, "model.network": false });
    const { settings, ignored } = resolve(
      user,
      layer("project file", { "memory.max": 300_000_000, "model.network": true }, true),
    );
    expect(ignored).toEqual(["memory.max", "model.network"]);
    expect(settings["memory.max"].value).toBe(200_000_000);
    expect(settings["model.network"].value).toBe(false);
  });

  it("has a rule for every option that fits its type", () => {
    for (const name of optionNames) {
      const { untrusted, type } = rowOf(name);
      if (untrusted === "off") expect(type).toBe("boolean");
      if (untrusted === "lower") expect(["integer", "size", "choice"]).toContain(type);
    }
    const free = optionNames.filter((name) => options[name].untrusted === "any");
    expect(free.filter((name) => /^(model|memory|cache|host)/.test(name))).toEqual([]);
  });
});
