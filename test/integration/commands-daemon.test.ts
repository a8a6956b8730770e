/*
 * Commands through a daemon say what they say with --here: on stdout, with --json, on stderr, and by their exit code,
 * given good words and bad ones. Not compared are times, rates, sizes on disk and in RAM, process numbers, the data folder's
 * path, whether a result was kept from before, ids and tokens, which are compared by their order (test/helpers/twins.ts),
 * and the numbers of --memory.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { writeTree } from "../helpers/temp-tree.ts";
import { type Said, type Step, Twins } from "../helpers/twins.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const files = {
  "src/lamp.ts":
    "/** Lights the lamp. */\nexport function light(): number {\n  return helper(1);\n}\n\nexport function helper(n: number): number {\n  return n + 1;\n}\n",
  "src/shade.ts":
    'import { light } from "./lamp.ts";\n\nexport interface Shade {\n  colour: string;\n}\n\nexport class Paper implements Shade {\n  colour = "white";\n  hang(): number {\n    return light();\n  }\n}\n',
  "src/shade.test.ts": 'import { Paper } from "./shade.ts";\n\nnew Paper().hang();\n',
  "notes.md": "# The lamp\n\nIt is lit at dusk, and put out at dawn.\n",
  "big.txt": "so it goes on and on\n".repeat(2_000),
  "image.bin": new Uint8Array([0, 1, 2, 255, 0, 3]),
  "odd\u001b[31m.md": "# A name that would colour the terminal\n",
} as const;

const twins = new Twins();
const tree = realpathSync(mkdtempSync(join(tmpdir(), "haypile-commands-")));
const bare = realpathSync(mkdtempSync(join(tmpdir(), "haypile-bare-")));

const git = (...args: string[]): string =>
  execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.com", ...args], {
    cwd: tree,
    encoding: "utf8",
  }).trim();

beforeAll(async () => {
  writeTree(tree, files);
  git("init", "-q");
  git("add", ".");
  git("commit", "-qm", "one");
  await twins.start();
});

afterAll(async () => {
  await twins.end();
  for (const folder of [tree, bare]) rmSync(folder, { recursive: true, force: true });
});

/** Both say the same, and the daemon has served the first. */
async function same(step: Step, served = 1): Promise<Said> {
  const said = await twins.both(step);
  expect(said.through, step.args.join(" ")).toEqual(said.here);
  expect(said.served, step.args.join(" ")).toBe(served);
  return said.through;
}

/** Each with an exit code. */
type Case = [code: number, ...args: string[]];

/** With --json, which says all there is; the first of each command also without. */
async function each(cases: readonly Case[]): Promise<void> {
  const seen = new Set<string>();
  for (const [code, ...args] of cases) {
    const name = `${code} ${args[0]} ${args[0] === "memories" ? args[1] : ""}`;
    const ways = seen.has(name) ? [["--json"]] : [[], ["--json"]];
    seen.add(name);
    for (const more of ways) {
      const { code: ended, stderr } = await same({ args: [...args, ...more], cwd: tree });
      expect(ended, `${args.join(" ")}: ${stderr}`).toBe(code);
    }
  }
}

describe("index", () => {
  it("refuses what it cannot index", async () => {
    await each([
      [3, "index", "no/such/folder"],
      [3, "index", "notes.md"],
      [2, "index", "--since", "no-such-commit"],
    ]);
  });

  it("reports, names what was skipped, and stores nothing twice", async () => {
    const first = await same({ args: ["index", "--max-file-size", "20kB"], cwd: tree });
    expect(first.stdout).toContain("5 new");
    expect(first.stderr).toContain("static-code-256");
    const again = await same({ args: ["index", "--max-file-size", "20kB", "--json"], cwd: tree });
    expect(again.stdout).toMatchObject({ files: { new: 0, changed: 0 }, index: { files: 5 } });
    const all = await same({ args: ["index", "--list-skipped"], cwd: tree });
    expect(all.stdout).toContain("image.bin");
    expect(all.stdout).toContain("1 new");
    expect(all.stdout).not.toContain("\u001b");
  });

  it("says nothing on stderr with --quiet or --json", async () => {
    for (const flag of ["--quiet", "--json"]) {
      expect((await same({ args: ["index", flag], cwd: tree })).stderr).toBe("");
    }
  });

  it("reads with --since what differs from a commit, and no more", async () => {
    const commit = git("rev-parse", "HEAD");
    writeFileSync(join(tree, "notes.md"), `${files["notes.md"]}\nAnd never by day.\n`);
    const args = ["index", "--since", commit, "--json"];
    const { stdout } = await same({ args, cwd: tree });
    expect(stdout).toMatchObject({ files: { changed: 1, seen: 6 } });
  });

  it("takes the folder as a word and as --path, and not two", async () => {
    await each([
      [0, "index", tree, "--quiet"],
      [0, "index", "--path", ".", "--quiet"],
    ]);
    // Refused before anything is asked.
    const step = { args: ["index", tree, "--path", bare], cwd: tree };
    expect((await same(step, 0)).code).toBe(2);
  });

  it("shows how far it is", async () => {
    const many = realpathSync(mkdtempSync(join(tmpdir(), "haypile-many-")));
    try {
      const text = files["src/lamp.ts"];
      const names = Array.from({ length: 3_000 }, (_, i) => [`f${i}.ts`, `${text}// ${i}\n`]);
      writeTree(many, Object.fromEntries(names) as Record<string, string>);
      const step = { args: ["index", many] };
      for (const { code, stderr } of [await twins.through.run(step), await twins.here.run(step)]) {
        expect(code).toBe(0);
        expect(stderr).toMatch(/haypile: (?:searchable now|(?:reading|embedding) .*RSS)/u);
      }
    } finally {
      rmSync(many, { recursive: true, force: true });
    }
  });
});

describe("questions of an index", () => {
  it("search and why", async () => {
    await each([
      [0, "search", "when is the lamp lit"],
      [0, "search", "lamp", "-k", "1", "--lines", "0"],
      [0, "search", "lamp", "--lang", "typescript", "--in", "src", "--no-tests"],
      [0, "search", "lamp", "--kind", "function", "--max-tokens", "40"],
      [0, "search", "lamp", "--min-score", "0.99"],
      [0, "search", "lamp", "--deadline-ms", "60000", "--fill-in", "off"],
      [0, "search", "lamp", "--path", "src"],
      [0, "search", "lamp -path:src/**"],
      [0, "search", "in:nowhere/at/all lamp"],
      [2, "search", ""],
      [2, "search", "lamp lang:klingon"],
      [3, "search", "lamp", "--path", "no/such/folder"],
      [3, "search", "lamp", "--path", "notes.md"],
      [3, "search", "lamp", "--path", bare],
      [0, "why", "lamp", "notes.md"],
      [0, "why", "lamp", "src/shade.ts", "-k", "2"],
      [0, "why", "lamp", "no/such/file.ts"],
      [2, "why", "", "notes.md"],
      [3, "why", "lamp", "notes.md", "--path", bare],
    ]);
  });

  it("symbol and outline", async () => {
    await each([
      [0, "symbol", "helper"],
      [0, "symbol", "Paper.hang", "--kind", "method", "--in", "src", "-k", "3"],
      [0, "symbol", "halper"],
      [0, "symbol", "nothing of this kind"],
      [2, "symbol", "helper", "--in", "no/such/path"],
      [3, "symbol", "helper", "--path", bare],
      [0, "outline"],
      [0, "outline", "src", "--depth", "1"],
      [0, "outline", "src/shade.ts", "-k", "1"],
      [0, "outline", ".", "-k", "1"],
      [3, "outline", "no/such/file.ts"],
      [3, "outline", "--path", bare],
    ]);
  });

  it("references, callers, callees and implementations", async () => {
    await each([
      [0, "references", "light"],
      [0, "references", "light", "-k", "1", "--kind", "function", "--in", "src/lamp.ts"],
      [0, "callers", "helper"],
      [0, "callees", "Paper.hang"],
      [0, "implementations", "Shade"],
      [3, "references", "nobody"],
      [3, "callers", "nobody"],
      [3, "callees", "nobody"],
      [3, "implementations", "nobody"],
      [3, "callers", "light", "--path", bare],
    ]);
  });

  it("impact, map, unused, entry-points and hierarchy", async () => {
    await each([
      [0, "callers", "helper", "--depth", "3"],
      [0, "hierarchy", "Shade"],
      [0, "impact", "--of", "helper"],
      [0, "impact"],
      [2, "impact", "--since", "no-such-commit"],
      [0, "unused", "--sure", "low"],
      [0, "entry-points"],
      [0, "map", "--tokens", "300"],
      [3, "hierarchy", "nobody"],
      [3, "impact", "--of", "nobody"],
      [3, "map", "--path", bare],
    ]);
  });

  it("status", async () => {
    await each([
      [0, "status"],
      [0, "status", "--path", "src"],
      [0, "status", "--index"],
      [3, "status", "--path", bare],
      [3, "status", "--path", "no/such/folder"],
    ]);
    const { through, here } = await twins.both({
      args: ["status", "--memory", "--json"],
      cwd: tree,
    });
    expect(through.code).toBe(0);
    const names = (said: Said) => Object.keys(said.stdout as object);
    expect(names(through)).toEqual(names(here));
  });

  it("outline of a file in another folder's index", async () => {
    const step = { args: ["outline", join(tree, "src", "lamp.ts")], cwd: bare };
    expect((await same(step)).code).toBe(0);
  });
});

describe("memories", () => {
  it("remember keeps, merges, links and refuses", async () => {
    await each([
      [0, "remember", "The ferry leaves at six.", "--tag", "ferry,time", "--kind", "fact"],
      [0, "remember", "The bakery is shut on Mondays.", "--namespace", "town", "--pin"],
      [0, "remember", "The mill turns at noon.", "--importance", "0.9", "--source", "agent"],
      [0, "remember", "Lamps are lit by helper.", "--anchor", "src/lamp.ts#helper"],
      [0, "remember", "The lamp of this project.", "--namespace", "."],
      [0, "remember", "The ferry leaves at six o'clock.", "--on-duplicate", "link"],
      [2, "remember", ""],
      [0, "remember", "Short-lived.", "--expires", "1999-01-01"],
      [3, "remember", "Another time.", "--replaces", "zzzzzzzzzzzzzzzz"],
    ]);
    const secret = await same({ args: ["remember", "password = hunter2secretvalue99"] });
    expect(secret.code).not.toBe(0);
    expect(secret.stderr).toContain("--allow-secret");
    const lines = {
      args: ["remember", "-", "--lines", "--json"],
      input: "One line.\n\nTwo lines.\n",
    };
    expect((await same(lines)).stdout).toMatchObject({ results: [{}, {}] });
    const replaced = { args: ["remember", "The ferry leaves at seven.", "--replaces", "<id 1>"] };
    expect((await same(replaced)).code).toBe(0);
  });

  it("recall", async () => {
    await each([
      [0, "recall", "when does the ferry leave"],
      [0, "recall", "ferry", "-k", "1", "--why", "--tag", "ferry"],
      [0, "recall", "bakery", "--namespace", "town", "--neighbours", "1"],
      [0, "recall", "ferry", "--as-of", "1999-01-01"],
      [0, "recall", "ferry", "--min-score", "1"],
      [0, "recall", "lamp", "--namespace", "."],
      [0, "recall", "ferry", "--max-tokens", "5", "--deadline-ms", "60000"],
      [0, "recall", ""],
    ]);
    expect((await same({ args: ["recall", "-"], input: "ferry" })).code).toBe(0);
  });

  it("memories list, stats, history", async () => {
    await each([
      [0, "memories", "list"],
      [0, "memories", "list", "-k", "2"],
      [0, "memories", "list", "--tag", "ferry", "--kind", "fact", "--since", "2000-01-01"],
      [2, "memories", "list", "--cursor", "nonsense"],
      [0, "memories", "stats"],
      [0, "memories", "history", "<id 1>"],
      [3, "memories", "history", "zzzzzzzzzzzzzzzz"],
    ]);
  });

  it("forget, memories undelete, collect and removed", async () => {
    await each([
      [3, "forget", "zzzzzzzzzzzzzzzz"],
      [0, "forget", "--tag", "time"],
      [2, "forget", "--tag", "time", "--confirm", "aaaaaa-00000000000000000000"],
    ]);
    const forget = ["forget", "<id 2>"];
    expect((await same({ args: forget })).stdout).toContain("1 memory forgotten");
    expect((await same({ args: forget, cwd: tree })).code).toBe(3);
    await each([[0, "memories", "removed"]]);
    expect((await same({ args: ["memories", "undelete", "<id 2>"] })).code).toBe(0);
    const confirmed = ["forget", "--tag", "time", "--confirm", "<token>", "--hard"];
    expect((await same({ args: confirmed })).stdout).toContain("erased");
    await each([
      [3, "memories", "undelete", "zzzzzzzzzzzzzzzz"],
      [0, "memories", "collect"],
      [0, "memories", "removed"],
    ]);
    // Refused before anything is asked.
    for (const args of [["forget"], ["forget", "<id 2>", "--all"]]) {
      expect((await same({ args }, 0)).code).toBe(2);
    }
  });

  it("memories export and import", async () => {
    const { stdout } = await same({ args: ["memories", "export"] });
    expect(String(stdout).split("\n").length).toBeGreaterThan(5);
    const file = join(bare, "lines.jsonl");
    const texts = Array.from({ length: 450 }, (_, i) => JSON.stringify({ text: `Note ${i}.` }));
    writeFileSync(file, `${texts.join("\n")}\n`);
    const taken = await same({ args: ["memories", "import", file, "--namespace", "many"] });
    expect(taken.stdout).toContain("450 memories stored");
    const lines = await same({ args: ["memories", "export", "--namespace", "many"] });
    expect(String(lines.stdout).trim().split("\n")).toHaveLength(450);
    const stream = { args: ["memories", "import", "--json"], input: readFileSync(file, "utf8") };
    expect((await same(stream)).stdout).toMatchObject({ stored: 450, merged: 0 });
    const bad = { args: ["memories", "import", "-"], input: '{"text": "Good."}\n{"txt": 1}\n' };
    expect((await same(bad)).code).toBe(3);
    expect((await same({ args: ["memories", "import", "-"], input: "" })).code).toBe(0);
    expect((await same({ args: ["memories", "import", "no/such/file"] })).code).toBe(3);
    expect((await same({ args: ["memories", "import", file, "--format", "odd"] })).code).toBe(2);
  });
});

describe("what the daemon is not asked", () => {
  it("words that no command has, wrong values, and help", async () => {
    for (const [code, ...args] of [
      [2, "search"],
      [2, "search", "lamp", "--limit", "0"],
      [2, "search", "lamp", "--no-such-flag"],
      [2, "symbol", "helper", "--kind", "gadget"],
      [2, "recall", "lamp", "--min-score", "7"],
      [2, "remember", "lamp", "--kind", "gadget"],
      [2, "memories", "list", "--since", "yesterday-ish"],
      [0, "search", "--help"],
    ] as Case[]) {
      expect((await same({ args }, 0)).code, args.join(" ")).toBe(code);
    }
  });

  it("what shapes the model, names another database, or says --here", async () => {
    const db = join(bare, "other.db");
    const memories = join(bare, "other-memories.db");
    const index: string[][] = [
      ["index", "--db", db, "--quiet"],
      ["search", "lamp", "--db", db],
      ["symbol", "helper", "--db", db],
      ["status", "--db", db],
      ["search", "lamp", "--here"],
      ["search", "lamp", "--model", "static-code-256"],
      ["search", "lamp", "--max-memory", "500MB"],
      ["search", "lamp", "--workers", "1"],
      ["search", "lamp", "--tier", "light"],
      ["search", "lamp", "--cache-total", "1MB"],
      ["why", "lamp", "notes.md", "--intra-op-threads", "1"],
      ["index", "--pin", "--quiet"],
      ["remember", "In another file.", "--db", memories],
      ["recall", "file", "--db", memories],
      ["memories", "stats", "--db", memories],
      ["memories", "export", "--here"],
    ];
    const before = await twins.served();
    for (const args of index) {
      const { code, stderr } = await twins.through.run({ args, cwd: tree });
      expect(code, `${args.join(" ")}: ${stderr}`).toBe(0);
    }
    const reranker = ["search", "lamp", "--reranker", bare];
    expect((await twins.through.run({ args: reranker, cwd: tree })).stderr).toContain("HAYPILE_");
    expect(await twins.served()).toBe(before);
  });
});
