/* haypile index export, import, trust and key, as a person writes them. */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { gitIn, Team } from "../helpers/artefact-places.ts";
import { cli, type Ended } from "../helpers/cli.ts";
import { writeTree } from "../helpers/temp-tree.ts";

// On a machine where other work runs, processes take their time.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

let team: Team;

beforeAll(() => {
  team = new Team({ "a.py": "def first(x):\n    return x + 1\n" });
});
afterAll(async () => await team.close());

const run = (
  machine: string,
  cwd: string,
  args: string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Ended> =>
  cli(args, {
    cwd,
    data: team.data(machine),
    env: { HAYPILE_MODEL_DIR: team.model, HAYPILE_INDEX_KEY: "", ...env },
  });

/** What would act on a terminal, or turn what follows around. */
const hiddenIn = (text: string): string[] =>
  ["\u202e", "\u001b"].filter((sign) => text.includes(sign));

async function fine(...asked: Parameters<typeof run>): Promise<string> {
  const ended = await run(...asked);
  expect(ended.code, ended.stderr).toBe(0);
  return ended.stdout;
}

describe("the command line", () => {
  it("exports with a key that a server made, and imports where that is trusted", async () => {
    const pem = join(team.scratch, "server.pem");
    const { key } = JSON.parse(await fine("ci", team.tree, ["index", "key", pem, "--json"]));
    expect(statSync(pem).mode & 0o777).toBe(0o600);
    expect((await run("ci", team.tree, ["index", "key", pem])).code).toBe(2);
    await fine("ci", team.tree, ["index", "-q"]);
    const secret = { HAYPILE_INDEX_KEY: readFileSync(pem, "utf8") };
    const maker = "\u202eevil\u001b[2J";
    const out = await fine("ci", team.tree, ["index", "export", "--maker", maker], secret);
    expect(out).toContain(key);
    // The file itself lies in the folder, and git does not know it.
    const file = join(team.tree, "tree.haypile-index");
    const again = await fine("ci", team.tree, ["index", "export", "--key", pem, "--json"]);
    expect(JSON.parse(again)).toMatchObject({ file, key, vectors: 2, files: 2 });
    await fine("ci", team.tree, ["index", "export", "--maker", maker, "--key", pem]);

    const clone = team.clone("clone");
    const refused = await run("laptop", clone, ["index", "import", file]);
    expect(refused).toMatchObject({ code: 3, stdout: "" });
    expect(refused.stderr).toContain(`haypile index trust ${key}`);
    expect(hiddenIn(refused.stderr)).toEqual([]);
    const grouped = key.toUpperCase().replaceAll(/(.{4})(?=.)/g, "$1-");
    expect(await fine("laptop", clone, ["index", "trust", grouped])).toContain(`trusted ${key}`);
    expect(await fine("laptop", clone, ["index", "trust"])).toContain(key);
    const report = await fine("laptop", clone, ["index", "import", file]);
    expect(report).toMatch(/taken +2 vectors of the 2 in the file\n.*embedded +0 chunks/);
    expect(hiddenIn(report)).toEqual([]);
    await fine("laptop", clone, ["index", "trust", key, "--remove"]);
    expect((await run("laptop", clone, ["index", "import", file])).code).toBe(3);
    for (const said of ["not-hex", "/etc/hostname", clone]) {
      expect((await run("laptop", clone, ["index", "trust", said])).code, said).toBeGreaterThan(1);
    }
  });

  it("indexes a folder that is called as a command, where it is named as a path", async () => {
    const folder = team.clone("named");
    writeTree(folder, { "export/inside.py": "def inside(x):\n    return x\n" });
    const said = await run("names", folder, ["index", "./export", "--json", "-q"]);
    expect(JSON.parse(said.stdout)).toMatchObject({ root: join(folder, "export") });
    const byPath = await run("names", folder, ["index", "--path", "export", "--json", "-q"]);
    expect(JSON.parse(byPath.stdout)).toMatchObject({ files: { unchanged: 1 } });
    // The word alone is the command, and says how the folder is meant.
    const word = await run("names", folder, ["index", "export"]);
    expect(word.code).toBe(3);
    expect(word.stderr).toContain("write: haypile index ./export");
    expect(word.stderr).toContain("HAYPILE_NOT_INDEXED");
    expect(gitIn(folder, "status", "--short")).toBe("?? export/");
  });

  it("has the key and the trust of the daemon's user, and work done there", async () => {
    const env = { XDG_RUNTIME_DIR: join(team.scratch, "run"), HAYPILE_DAEMON_IDLE: "60s" };
    const tree = team.clone("served");
    await fine("served", tree, ["start"], env);
    try {
      await fine("served", tree, ["index", "-q", "--json"], env);
      const file = join(team.scratch, "served.haypile-index");
      const made = JSON.parse(await fine("served", tree, ["index", "export", file, "--json"], env));
      expect(made).toMatchObject({ file, vectors: 2 });
      const stdout = await fine("served", tree, ["index", "import", file, "--json"], env);
      expect(JSON.parse(stdout)).toMatchObject({ artefact: { key: made.key }, taken: 0 });
    } finally {
      await run("served", tree, ["stop"], env);
    }
  });
});
