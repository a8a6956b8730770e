/*
 * The table of other systems: what it names of ours is there, what it refuses is refused in the same words wherever somebody
 * writes it, and every setting and command of the brief is in it.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { describe, expect, it, vi } from "vitest";
import { makeProgram } from "../../../../src/cli/main.ts";
import { readEnvironment } from "../../../../src/config/environment/env.ts";
import { changeFile } from "../../../../src/config/file/change-file.ts";
import { parseOptions } from "../../../../src/config/file/read-file.ts";
import type { ForeignRow } from "../../../../src/config/foreign/foreign-row.ts";
import { foreignVariables } from "../../../../src/config/foreign/foreign-variables.ts";
import { answerInWords, answerOf, foreignSystems } from "../../../../src/config/foreign/systems.ts";
import { isOptionName, optionOfKey } from "../../../../src/config/options/options.ts";
import { allTools } from "../../../../src/mcp/tools/all.ts";
import { cli } from "../../../helpers/cli.ts";
import { repository } from "../../../helpers/model.ts";
import { tempFolder } from "../../../helpers/temp-tree.ts";

// On a machine where other work runs, processes take their time.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const program = await makeProgram(new AbortController().signal, true);
const api = readFileSync(join(repository, "docs", "api.md"), "utf8");
const rows = foreignSystems.flatMap((system) =>
  system.rows.map((row) => ({ ...row, system: system.name })),
);

/** Is there such a command, with such flags? */
function isCommand(words: readonly string[]): boolean {
  let at: Command = program;
  for (const word of words) {
    if (word.startsWith("-")) {
      if (!at.options.some(({ long, short }) => long === word || short === word)) return false;
    } else {
      const next = at.commands.find((one) => one.name() === word);
      if (next === undefined) return false;
      at = next;
    }
  }
  return words.length > 0;
}

const folders = ["HAYPILE_DATA_DIR", "HAYPILE_CACHE_DIR", "HAYPILE_CONFIG_DIR"];

/** Is what a row tells to use there? */
function isOurs(use: string): boolean {
  if (use.startsWith("haypile ")) return isCommand(use.split(" ").slice(1));
  if (use.startsWith("MCP ")) return allTools.some(({ name }) => name === use.slice(4));
  const key = /^open\(\{ (\w+) \}\)$/.exec(use)?.[1];
  if (key !== undefined) return api.includes(`\`${key}?\``) || optionOfKey(key) !== undefined;
  const call = /^(\w+\.)?(\w+)\(\)$/.exec(use)?.[2];
  if (call !== undefined) return api.includes(`\`${call}(`) || api.includes(`### ${call}()`);
  return isOptionName(use) || folders.includes(use);
}

describe("the table", () => {
  it("has all five systems, each name once a kind", () => {
    expect(foreignSystems.map(({ id }) => id)).toHaveLength(5);
    for (const { rows: own, name } of foreignSystems) {
      const names = own.flatMap((row) => row.names.map((one) => `${row.kind} ${one}`));
      expect(new Set(names).size, name).toBe(names.length);
      expect(names.length, name).toBeGreaterThan(25);
    }
  });

  it("answers what one of them only planned, a cluster among it", () => {
    const rows = foreignSystems.find(({ id }) => id === "42context")?.rows ?? [];
    const planned = rows.filter(({ names }) =>
      names.some((name) => name.endsWith("planned there")),
    );
    expect(planned).toHaveLength(4);
    const cluster = planned.find(({ names }) => names[0]?.includes("cluster"))?.means;
    expect(cluster).toMatchObject({
      works: true,
      use: expect.arrayContaining(["store.url", "haypile move"]),
    });
  });

  it("names only options, commands, flags, calls and tools that are there", () => {
    const strange = rows.flatMap((row) => {
      const answer = answerOf(row);
      const used = answer.state === "option" ? [answer.option] : answer.use;
      return used.filter((use) => !isOurs(use)).map((use) => `${row.names[0]}: ${use}`);
    });
    expect(strange).toEqual([]);
    for (const use of [
      "haypile serach",
      "haypile search --hurry",
      "memory.wishes",
      "MCP find_all",
    ]) {
      expect(isOurs(use), use).toBe(false);
    }
  });

  it("says of what is refused why, and what to use or that nothing is to be set", () => {
    for (const row of rows) {
      const answer = answerOf(row);
      if (answer.state === "option") continue;
      expect(answer.says, row.names[0]).toMatch(/^[A-Z].*\.$/);
      if (answer.state === "works" && answer.use.length > 0) continue;
      expect(answerInWords(answer), row.names[0]).toMatch(/\b(Use|Remove|Set|set|Nothing)\b/);
    }
  });
});

/** What becomes of a key in each of the places. */
function said(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return (error as Error).message;
  }
  return "taken";
}

const settable = (row: ForeignRow): boolean =>
  (row.kind === "setting" || row.kind === "variable") &&
  row.names.every((name) => /^[\w.-]+$/.test(name));

describe("a refused key", () => {
  const refused = rows.filter((row) => settable(row) && answerOf(row).state !== "option");

  it("is refused in the same words by config set and in haypile.toml", () => {
    const environment = { ...readEnvironment({}), dataFolder: tempFolder() };
    const path = join(tempFolder(), "haypile.toml");
    expect(refused.length).toBeGreaterThan(60);
    for (const row of refused) {
      const words = answerInWords(answerOf(row));
      const isKnob = "knob" in row.means;
      for (const name of row.names) {
        const key = isKnob ? `storage.${name}` : name;
        // Two systems may mean two things by a name: then the first one answers.
        const first = rows.find((one) => settable(one) && one.names.includes(name));
        if (first?.means !== row.means) continue;
        const told = said(() => changeFile(path, key, "7", false, environment));
        expect(told, key).toBe(`Cannot set ${key} in "haypile config set". ${words}`);
        expect(said(() => parseOptions(`${key} = 7`, path))).toBe(
          `Cannot set ${key} in ${path}. ${words}`,
        );
      }
    }
  });

  it("is told in the same words where it is a variable that is set", () => {
    const variables = rows.filter(({ kind }) => kind === "variable");
    const all = Object.fromEntries(variables.flatMap(({ names }) => names.map((n) => [n, "x"])));
    const told = foreignVariables({ variables: all });
    expect(told.length).toBeGreaterThan(150);
    for (const { name, says } of told) {
      const row = variables.find(({ names }) => names.includes(name)) as ForeignRow;
      expect(says).toBe(answerInWords(answerOf(row)));
    }
    // Many programs have these.
    for (const name of ["REDIS_URL", "GOOGLE_API_KEY"]) {
      expect(told.some((one) => one.name === name)).toBe(false);
    }
  });
});

describe("a key that is taken", () => {
  const parse = (text: string) => Object.fromEntries(parseOptions(text, "/p/haypile.toml"));

  it.each([
    ["MEMTRACE_EMBED_RSS_LIMIT_GB = 4", { "memory.max": 4e9 }],
    ["MEMTRACE_UNIFIED_CACHE_MB = 512", { "cache.total": 512e6 }],
    ['MEMTRACE_RERANK = "off"', { "search.rerank": "off" }],
    ["MEMTRACE_ORT_LOW_RSS = 1", { "embed.cpu-arena": false }],
    ['MEMTRACE_EMBED_MODEL = "bge-small"', { "model.name": "bge-small-en-v1.5" }],
    ['CODESAGE_MEMORY_LIMIT = "512MB"', { "memory.max": 512e6 }],
    ["CODESAGE_MAX_MEMORY_MB = 1024", { "memory.max": 1024e6 }],
    ["CODESAGE_MODEL_CACHE_TTL_MINUTES = 60", { "model.idle": 3_600_000 }],
    ['CODESAGE_LOG_LEVEL = "WARNING"', { "log.level": "warn" }],
    ['MEMORY_PROFILE = "aggressive"', { "host.profile": "aggressive" }],
    ["[memoryThresholds]\nmaxMemory = 6144", { "memory.max": 6144e6 }],
    ["[semanticSearch]\nmaxResults = 5", { "search.limit": 5 }],
    ["PARALLEL_WORKERS = 2", { "embed.workers": 2 }],
    [
      '[storage]\nwrite_buffer_size_mb = 64\nmax_background_jobs = 4\n[storage.advanced]\nblock_cache_size_mb = 256\ncompression = "none"\nwal_size_limit_mb = 1024',
      undefined,
    ],
    [
      "[storage]\nwrite_buffer_size_mb = 64\nmax_background_jobs = 4\n[storage.advanced]\nblock_cache_size_mb = 256\nwal_size_limit_mb = 1024",
      {
        "storage.checkpoint": 64e6,
        "embed.workers": 4,
        "storage.page-cache": 256e6,
        "storage.wal-limit": 1024e6,
      },
    ],
  ])("in haypile.toml: %j", (text, expected) => {
    if (expected === undefined) expect(said(() => parse(text))).toMatch(/Use "off"/);
    else expect(parse(text)).toEqual(expected);
  });
});

/** Settings, variables, commands and lines that the brief names. */
const ofTheBrief: Readonly<Record<string, readonly string[]>> = {
  memtrace: [
    ..."TIER EMBED_INTRA_OP_THREADS EMBED_BATCH_SIZE EMBED_RSS_LIMIT_GB EMBED_QUANT EMBED_MODEL VECTOR_DIMS"
      .split(" ")
      .map((name) => `MEMTRACE_${name}`),
    ..."EMBED_MIN_LINES DISABLE_COREML RERANK UNIFIED_CACHE_MB ORT_LOW_RSS TRANSPORT UI_PORT"
      .split(" ")
      .map((name) => `MEMTRACE_${name}`),
    "memtrace index PATH",
    "memtrace start",
    "memtrace stop",
    "memtrace status",
    "memtrace reset",
    "find_symbol",
    "find_code",
    "embed: RSS sample batch_idx=… rss_mb=… limit_mb=…",
    "ort: global thread pool capped — intra_op=… inter_op=…",
    "Value Ledger panel on port 3030",
  ],
  memento: [
    "memento remember TEXT",
    "memento recall QUERY",
    "memento delete ID",
    "embed(use_cache=False)",
    "unload_model()",
    "get_cache_stats()",
    "filters: tags",
    "asking for three times as many, and filtering",
  ],
  "42context": [
    "MEMORY_PROFILE",
    "MEMORY_MAX_HEAP_SIZE",
    "MEMORY_BATCH_SIZE",
    "gcConfig.interval",
    "memoryThresholds.maxMemory",
    "memoryThresholds.warning",
    "memoryThresholds.critical",
    "checkMemoryPressure()",
    "waitForMemoryPressureReduction(ms)",
    "refreshing the model against leaks",
    "delays.betweenEmbeddingsMs",
    "status --memory",
    "config list",
    "start --project-path",
    "--debug",
    "NODE_OPTIONS=--expose-gc",
  ],
  codesage: [
    ..."MEMORY_LIMIT MAX_MEMORY_MB ENABLE_MEMORY_MONITORING MEMORY_CHECK_INTERVAL MODEL_CACHE_TTL_MINUTES"
      .split(" ")
      .map((name) => `CODESAGE_${name}`),
    ..."ENABLE_MODEL_QUANTIZATION ENABLE_MEMORY_MAPPED_INDEXES EMBEDDING_CACHE_SIZE SEARCH_CACHE_SIZE FILE_CACHE_SIZE"
      .split(" ")
      .map((name) => `CODESAGE_${name}`),
    ..."INDEX_COMPRESSION INDEX_COMPRESSION_TYPE TARGET_MEMORY_MB AGGRESSIVE_MEMORY_CLEANUP PARALLEL_WORKERS"
      .split(" ")
      .map((name) => `CODESAGE_${name}`),
    ..."ADAPTIVE_MEMORY_ENABLED MEMORY_TARGET_PERCENT ADAPTIVE_ADJUSTMENT_INTERVAL NUMA_AWARE NUMA_NODE THREAD_AFFINITY"
      .split(" ")
      .map((name) => `CODESAGE_${name}`),
    ..."EMBEDDING_POOL_SIZE INDEX_POOL_SIZE CACHE_POOL_SIZE CACHE_COMPRESSION COMPRESSION_LEVEL CACHE_WARMING_ENABLED"
      .split(" ")
      .map((name) => `CODESAGE_${name}`),
    "CODESAGE_INDEX_TYPE",
    "get_memory_stats()",
    "analyze_memory_patterns()",
    "checking at 80 % each day",
  ],
  "agent-memory": [
    ..."write_buffer_size_mb max_background_jobs block_cache_size_mb [storage.advanced] cache_index_and_filter_blocks".split(
      " ",
    ),
    ..."whole_key_filtering bloom_filter_bits_per_key compression bottommost_compression wal_dir wal_size_limit_mb".split(
      " ",
    ),
    ..."wal_ttl_seconds target_file_size_base_mb level_compaction_dynamic_level_bytes max_bytes_for_level_base_mb".split(
      " ",
    ),
    "max_write_buffer_number",
    "path",
    "profiles Balanced, Low Memory, High Performance",
    "admin stats",
    "admin stats | grep write_latency",
    "admin stats | grep flush_rate",
    "admin stats | grep pending_compaction",
    "admin stats | grep memory",
    "Write stall detected",
  ],
};

it("has every setting and command of the brief", () => {
  for (const [id, names] of Object.entries(ofTheBrief)) {
    const system = foreignSystems.find((one) => one.id === id);
    const known = system?.rows.flatMap((row) => row.names);
    for (const name of names) expect(known, `${id}: ${name}`).toContain(name);
  }
});

describe("haypile config", () => {
  it("prints the systems, one of them, and one row", async () => {
    const data = tempFolder();
    const all = await cli(["config", "from"], { data });
    for (const { id } of foreignSystems) expect(all.stdout).toContain(id);
    const one = await cli(["config", "from", "CodeSage", "--json"], { data });
    const { systems } = JSON.parse(one.stdout) as {
      systems: { system: string; rows: { names: string[]; state: string; use: string[] }[] }[];
    };
    expect(systems.map(({ system }) => system)).toEqual(["codesage"]);
    expect(
      systems[0]?.rows.find(({ names }) => names.includes("CODESAGE_LOG_LEVEL")),
    ).toMatchObject({ state: "option", use: ["log.level"] });
    const row = await cli(["config", "from", "memtrace-tier"], { data });
    expect(row.stdout).toMatch(/MEMTRACE_TIER\n +host\.tier: /);
    const none = await cli(["config", "from", "MEMTRACE_TEIR"], { data });
    expect(none.code).toBe(2);
    expect(none.stderr).toContain("Did you mean MEMTRACE_TIER?");
  });

  it("names variables of others in config list, never their values, and does not obey them", async () => {
    const data = tempFolder();
    const env = { MEMTRACE_EMBED_INTRA_OP_THREADS: "77", MEMTRACE_LICENSE_KEY: "hush-hush" };
    const listed = await cli(["config", "list"], { data, env });
    expect(listed.stderr).toContain("MEMTRACE_EMBED_INTRA_OP_THREADS is set");
    expect(listed.stderr).toContain("Use embed.intra-op-threads: ");
    expect(listed.stdout + listed.stderr).not.toContain("hush-hush");
    expect(listed.stdout).not.toMatch(/intra-op-threads +77/);
    const json = await cli(["config", "list", "--json"], { data, env });
    const { foreignVariables: told } = JSON.parse(json.stdout) as {
      foreignVariables: { name: string }[];
    };
    expect(told.map(({ name }) => name)).toEqual(Object.keys(env));
    const other = await cli(["config", "get", "embed.intra-op-threads"], { data, env });
    expect(other.stdout.trim()).not.toBe("77");
    expect(other.stderr).toBe("");
  });

  it("takes their key behind config set, and refuses others", async () => {
    const data = tempFolder();
    const set = await cli(["config", "set", "MEMTRACE_EMBED_RSS_LIMIT_GB", "4"], { data });
    expect(set.stdout).toContain("memory.max = 4GB");
    const refused = await cli(["config", "set", "MEMTRACE_EMBED_BATCH_SIZE", "4"], { data });
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("Use embed.tokens-per-run.");
    const folder = tempFolder();
    writeFileSync(join(folder, "haypile.toml"), "[storage.advanced]\nwal_ttl_seconds = 60\n");
    const read = await cli(["config", "list", "--path", folder], { data });
    expect(read.stderr).toContain("Cannot set storage.advanced.wal_ttl_seconds");
  });
});
