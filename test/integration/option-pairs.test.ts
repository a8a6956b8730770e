/*
 * Issue 11: "--model static" beside any limit of memory was refused with "needs 116016434 MB". The kind: two options
 * that were never tried together. Every value of every option that can meet meets every other at least once, in the
 * real command line over a small tree: it works, or ends with an error that has a code and makes sense.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isErrorCode } from "../../src/base/errors.ts";
import { type OptionName, optionNames, rowOf } from "../../src/config/options/options.ts";
import { formatValue } from "../../src/config/options/values.ts";
import { cli, type Ended } from "../helpers/cli.ts";
import { allPairs, type Row } from "../helpers/pairs.ts";
import { writeTinyModel } from "../helpers/tiny-model.ts";
import { writeTinyReranker } from "../helpers/tiny-reranker.ts";

/**
 * Options of other parts than an index in a file and its search: the daemon with its page and alerts, downloads, memories,
 * and a store on a server (test/integration/stores).
 */
const elsewhere =
  /^(http|daemon|memories|snapshots|page|alerts|upkeep|store)\.|^index\.store$|^model\.(network|endpoint)$/;

/** What the ends of a range would not try: most of these would only be refused. */
const chosen: Partial<Record<OptionName, unknown[]>> = {
  "memory.max": [undefined, 300e6, 16e12],
  "memory.target": [undefined, "50%"],
  "memory.warning": [undefined, "80%"],
  "memory.critical": [undefined, "99%"],
  "embed.workers": [undefined, 1, 64],
  "embed.intra-op-threads": [undefined, 1, 16],
  // A path this CPU has not is refused by every model: so are whole rows.
  "model.isa": [undefined, "auto", "scalar"],
};

let scratch: string;
let tree: string;
let rows: Row[];

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "haypile-pairs-"));
  tree = join(scratch, "tree");
  mkdirSync(tree);
  writeFileSync(join(tree, "a.py"), "def read_file(path):\n    return open(path).read()\n");
  writeFileSync(join(tree, "b.ts"), "export function writeFile(path: string): void {}\n");
  writeFileSync(join(tree, "c.md"), "# Files\n\nRead the path and write the index.\n");
  const tiny = writeTinyModel(join(scratch, "tiny"));
  const reranker = join(scratch, "reranker");
  writeTinyReranker(reranker);
  // A name and a folder of another model are two answers to one question.
  chosen["model.name"] = [undefined, "static", "all-minilm-l6-v2", tiny];
  chosen["model.reranker"] = [undefined, reranker];
  const parameters: Record<string, unknown[]> = {
    "--pin": [false, true],
    "--numa-node": [undefined, 0],
  };
  for (const name of optionNames) {
    if (!elsewhere.test(name) && name !== "model.folder")
      parameters[name] = chosen[name] ?? valuesOf(name);
  }
  rows = allPairs(parameters);
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function valuesOf(name: OptionName): unknown[] {
  const { type, choices, range, default: usual } = rowOf(name);
  if (type === "boolean") return [undefined, usual !== true];
  if (choices !== undefined) return [undefined, ...choices];
  if (range !== undefined) return [undefined, ...range];
  throw new Error(`${name} needs values of its own here`);
}

/** The variables and flags that say a row. */
function said(row: Row): { flags: string[]; env: NodeJS.ProcessEnv } {
  const env: NodeJS.ProcessEnv = {};
  const flags: string[] = row["--pin"] === true ? ["--pin"] : [];
  if (row["--numa-node"] === 0) flags.push("--numa-node", "0");
  for (const name of optionNames) {
    const value = row[name];
    const isFolder = name === "model.name" && String(value).includes("/");
    const { env: variable } = rowOf(isFolder ? "model.folder" : name);
    if (value !== undefined) env[variable] = formatValue(name, value as string);
  }
  return { flags, env };
}

function expectSense(ended: Ended, about: string): void {
  const all = `${about}\n${ended.stdout}\n${ended.stderr}`;
  expect(ended.signal, all).toBeNull();
  if (ended.code === 0) {
    JSON.parse(ended.stdout);
    return;
  }
  const line = ended.stderr.split("\n").findLast((one) => one.startsWith("{")) ?? "{}";
  const { error } = JSON.parse(line) as { error?: { code: string; message: string } };
  expect(isErrorCode(error?.code), all).toBe(true);
  expect(error?.code, all).not.toBe("HAYPILE_INTERNAL");
  expect(error?.message, all).not.toMatch(/undefined|NaN|Infinity|\[object/);
  for (const [, megabytes] of (error?.message ?? "").matchAll(/(\d+(?:\.\d+)?) MB/g)) {
    expect(Number(megabytes), all).toBeLessThan(200_000);
  }
}

describe("every two options", () => {
  it("work together, or end with an error that makes sense", async () => {
    expect(rows.length).toBeGreaterThan(10);
    let worked = 0;
    const left = [...rows.entries()];
    const work = async (): Promise<void> => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) {
        const [at, row] = next;
        const { flags, env } = said(row);
        const options = { data: join(scratch, `data${at}`), cwd: tree, env, limitMs: 240_000 };
        const about = JSON.stringify({ flags, env });
        const indexed = await cli(["index", ".", "--json", ...flags], options);
        expectSense(indexed, `index ${about}`);
        if (indexed.code !== 0) continue;
        const found = await cli(["search", "read file", "--json", ...flags], options);
        expectSense(found, `search ${about}`);
        if (found.code === 0) worked += 1;
      }
    };
    await Promise.all([work(), work()]);
    // Where most are refused, little was tried.
    expect(worked).toBeGreaterThan(rows.length / 2);
  }, 1_800_000);

  it("has a static model work under a small limit, and say so of a model that does not", async () => {
    const options = { data: join(scratch, "static"), cwd: tree, limitMs: 240_000 };
    for (const limit of ["140MB", "200MB", "2GB"]) {
      const args = ["--model", "static", "--max-memory", limit, "--json"];
      const indexed = await cli(["index", ".", ...args], options);
      expect(indexed.code, indexed.stderr).toBe(0);
      const found = await cli(["search", "read file", ...args], options);
      expect(found.code, found.stderr).toBe(0);
      expect(JSON.parse(found.stdout).hits.length).toBeGreaterThan(0);
    }
    const refused = await cli(["index", ".", "--max-memory", "10MB", "--json"], {
      ...options,
      data: join(scratch, "refused"),
    });
    expect(refused.code).toBe(7);
    expectSense(refused, "10MB");
  }, 600_000);
});
