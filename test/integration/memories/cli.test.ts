/** The commands on memories, as a person and a script use them, with the real model. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bin, type Ended, cli as run } from "../../helpers/cli.ts";

let data: string;

beforeAll(() => {
  data = mkdtempSync(join(tmpdir(), "haypile-memories-cli-"));
});

afterAll(() => rmSync(data, { recursive: true, force: true }));

function cli(...args: string[]): Promise<Ended> {
  return run(args, { data });
}

/** With something on stdin. */
function fed(input: string, ...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [bin, ...args], {
      env: { ...process.env, NO_COLOR: "1", HAYPILE_DATA_DIR: data },
    });
    const ended: Ended = { code: null, signal: null, stdout: "", stderr: "" };
    child.stdout.on("data", (chunk) => {
      ended.stdout += chunk;
    });
    child.stderr.on("data", (chunk) => {
      ended.stderr += chunk;
    });
    child.on("close", (code) => resolve({ ...ended, code }));
    child.stdin.end(input);
  });
}

describe("memories on the command line", () => {
  let id = "";

  it("remembers, from an argument and from stdin", async () => {
    const first = await cli(
      ...["remember", "Deploys go out on Tuesdays.", "--tag", "deploy,ops", "--kind", "decision"],
      "--json",
    );
    expect(first.code, first.stderr).toBe(0);
    const result = JSON.parse(first.stdout) as { id: string; status: string };
    expect(result.status).toBe("stored");
    id = result.id;
    const again = await cli("remember", "Deploys go out  on Tuesdays");
    expect(again.stdout.trim()).toBe(`${id}  merged`);
    const lines = await fed(
      "The cat is called Minka.\n\nThe dog is called Rex.\n",
      ...["remember", "-", "--lines", "--tag", "pets", "--json"],
    );
    expect(lines.code, lines.stderr).toBe(0);
    expect(JSON.parse(lines.stdout).results).toHaveLength(2);
    const empty = await fed("", "remember", "-");
    expect(empty.code).toBe(2);
    expect(empty.stderr).toContain("HAYPILE_USAGE");
  }, 60_000);

  it("recalls by meaning, with its reasons and inside a filter", async () => {
    const found = await cli("recall", "when do we release", "-k", "1", "--why", "--json");
    const { hits, withoutVector } = JSON.parse(found.stdout) as {
      hits: { memory: { id: string }; why: object }[];
      withoutVector: number;
    };
    expect(hits.map(({ memory }) => memory.id)).toEqual([id]);
    expect(hits[0]?.why).toMatchObject({ importance: 1 });
    expect(withoutVector).toBe(0);
    const pets = await cli("recall", "names", "--tag", "pets");
    expect(pets.stdout).toContain("Minka");
    expect(pets.stdout).toContain("Rex");
    expect(pets.stdout).not.toContain("Tuesdays");
  }, 60_000);

  it("lists, exports and imports without loss, also the graph of another server", async () => {
    const list = await cli("memories", "list", "--limit", "2");
    expect(list.stdout.trim().split("\n")).toHaveLength(2);
    expect(list.stderr).toMatch(/2 of 3 memories; go on with --cursor \w+/);
    const exported = await cli("memories", "export");
    expect(exported.stdout.trim().split("\n")).toHaveLength(3);
    const other = join(data, "other.db");
    const taken = await fed(
      `${exported.stdout}not json\n`,
      ...["memories", "import", "--db", other, "--json"],
    );
    expect(JSON.parse(taken.stdout)).toMatchObject({
      stored: 3,
      merged: 0,
      refused: [{ line: 4 }],
    });
    const back = await cli("memories", "export", "--db", other);
    expect(back.stdout).toBe(exported.stdout);
    const graph = join(data, "graph.jsonl");
    writeFileSync(
      graph,
      `${JSON.stringify({ type: "entity", name: "Ada", entityType: "person", observations: ["writes C++", "lives in Oslo"] })}
${JSON.stringify({ type: "relation", from: "Ada", to: "Haypile", relationType: "works on" })}\n`,
    );
    const graphed = await cli("memories", "import", graph, "--db", other, "--namespace", "graph");
    expect(graphed.stdout).toContain("3 memories stored");
    const ada = await cli(
      "recall",
      "Oslo",
      "--db",
      other,
      "--namespace",
      "graph",
      "--tag",
      "person",
    );
    expect(ada.stdout).toContain("Ada: lives in Oslo");
    const absent = await cli("memories", "import", join(data, "nothing.jsonl"));
    expect(absent.code).toBe(3);
  }, 120_000);

  it("forgets by id and by filter, and brings back", async () => {
    expect((await cli("forget", id)).stdout).toContain("1 memory forgotten");
    expect((await cli("memories", "undelete", id)).stdout).toContain("is back");
    const preview = await cli("forget", "--tag", "pets", "--json");
    const { matched, confirm } = JSON.parse(preview.stdout) as { matched: number; confirm: string };
    expect(matched).toBe(2);
    const wrong = await cli("forget", "--tag", "pets", "--confirm", "zzz-0");
    expect(wrong.code).toBe(2);
    const done = await cli("forget", "--tag", "pets", "--confirm", confirm, "--hard");
    expect(done.stdout).toContain("2 memories forgotten, erased");
    expect((await cli("memories", "removed")).stdout.match(/forgotten/g)).toHaveLength(2);
    const history = await cli("memories", "history", id);
    expect(history.stdout).toContain("said again as: Deploys go out  on Tuesdays");
    const stats = await cli("memories", "stats", "--json");
    expect(JSON.parse(stats.stdout)).toMatchObject({ memories: 1, deleted: 0, withoutVector: 0 });
    expect((await cli("forget")).code).toBe(2);
    expect((await cli("forget", "nobody")).code).toBe(3);
  }, 120_000);

  it("keeps to a quota and a time of grace that options say", async () => {
    const own = { data, env: { HAYPILE_MEMORIES_QUOTA: "2", HAYPILE_MEMORIES_GRACE: "1h" } };
    for (const text of [
      "The first oar is red.",
      "The second oar is blue.",
      "The third oar is green.",
    ]) {
      const kept = await run(["remember", text, "--namespace", "oars"], own);
      expect(kept.code, kept.stderr).toBe(0);
    }
    const listed = await run(["memories", "list", "--namespace", "oars", "--json"], own);
    const { total, memories } = JSON.parse(listed.stdout) as {
      total: number;
      memories: { id: string }[];
    };
    expect(total).toBe(2);
    const gone = await run(["forget", memories[0]?.id ?? "", "--json"], own);
    const until = Date.parse(
      (JSON.parse(gone.stdout) as { recoverableUntil: string }).recoverableUntil,
    );
    expect(until - Date.now()).toBeLessThanOrEqual(3_600_000);
    expect(until).toBeGreaterThan(Date.now());
  }, 60_000);
});
