/** The command line as a door: examples of the help, anchors, tags, secrets and days (reports: none of these worked). */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Memory } from "../../../src/ports/memories.ts";
import { bin, type Ended, cli as run } from "../../helpers/cli.ts";
import { writeTree } from "../../helpers/temp-tree.ts";

const limit = 300_000;
let data: string;
let project: string;

beforeAll(() => {
  data = mkdtempSync(join(tmpdir(), "haypile-doors-"));
  project = mkdtempSync(join(tmpdir(), "haypile-doors-project-"));
  writeTree(project, { "src/http.ts": "export function retry() {\n  return 5;\n}\n" });
  const git = (...args: string[]): void => {
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...args], {
      cwd: project,
    });
  };
  git("init", "--quiet");
  git("add", ".");
  git("commit", "--quiet", "-m", "Cap retries");
});

afterAll(() => {
  for (const folder of [data, project]) rmSync(folder, { recursive: true, force: true });
});

function cli(args: string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return run(args, { data, cwd: project, env, limitMs: limit });
}

async function listed(...args: string[]): Promise<Memory[]> {
  const { stdout } = await cli(["memories", "list", "--json", ...args]);
  return (JSON.parse(stdout) as { memories: Memory[] }).memories;
}

/** Lines below "Examples:" as a shell would run them. */
async function examples(command: string): Promise<string[]> {
  const { stdout } = await cli([...command.split(" "), "--help"]);
  const [, below = ""] = stdout.split("Examples:\n");
  return below
    .split("\n")
    .map((line) => line.trim().replace(/ {2,}.*$/u, ""))
    .filter((line) => /^haypile |\| haypile /u.test(line));
}

describe("the examples of the help", () => {
  it.each(["remember", "recall"])(
    "of %s run as they stand",
    async (command) => {
      const lines = await examples(command);
      expect(lines.length).toBeGreaterThan(2);
      for (const line of lines) {
        const shell = `haypile() { "${process.execPath}" "${bin}" "$@"; }\nset -e -o pipefail\n${line}`;
        const env = { ...process.env, HAYPILE_DATA_DIR: data };
        // A failing command makes it throw, with what it wrote.
        execFileSync("bash", ["-c", shell], { cwd: project, env, timeout: limit, stdio: "pipe" });
      }
    },
    limit,
  );

  it(
    "left what they say",
    async () => {
      const found = await listed();
      expect(found.find(({ text }) => text.startsWith("retries are"))?.anchors).toEqual([
        { path: join(project, "src/http.ts"), symbol: "retry" },
      ]);
      expect(found.find(({ namespace }) => namespace === "release-notes")?.text).toContain("Cap");
      expect(found.find(({ kind }) => kind === "decision")?.tags).toEqual(["deploy"]);
    },
    limit,
  );
});

describe("tags", () => {
  it(
    "may hold a comma, and are found however they are written",
    async () => {
      await cli(["remember", "One tag with a comma", "--tag", "red\\,green"]);
      await cli(["remember", "Two tags", "--tag", " Red , green "]);
      const texts = async (...args: string[]): Promise<string[]> =>
        (await listed(...args)).map(({ text }) => text);
      expect(await texts("--tag", "red\\,green")).toEqual(["One tag with a comma"]);
      expect(await texts("--tag", "red,green")).toEqual(["Two tags", "One tag with a comma"]);
      expect(await texts("--all-tags", "RED,green")).toEqual(["Two tags"]);
      expect(await texts("--tag", "red", "--not-tag", "green")).toEqual([]);
    },
    limit,
  );
});

describe("secrets", () => {
  it(
    "are refused where nobody can be asked, and kept with --allow-secret",
    async () => {
      const token = ["gh", "p_", "aB3dE5gH7jK9mN1pQ2sT4vW6xY8zaB3dE5gH"].join("");
      const refused = await cli(["remember", `the token is ${token}`]);
      expect(refused.code).toBe(2);
      expect(refused.stderr).toMatch(/GitHub token.*--allow-secret.*HAYPILE_SECRET/s);
      expect(refused.stderr).not.toContain(token);
      const kept = await cli(["remember", `the token is ${token}`, "--allow-secret"]);
      expect(kept.code, kept.stderr).toBe(0);
    },
    limit,
  );
});

describe("days", () => {
  it(
    "are those of the person's zone, in filters and in what is shown",
    async () => {
      // A zone whose day is another than that of UTC.
      const isLate = new Date().getUTCHours() >= 10;
      const env = { TZ: isLate ? "Etc/GMT-14" : "Etc/GMT+11" };
      const shift = (isLate ? 14 : -11) * 3_600_000;
      const day = (plus: number): string =>
        new Date(Date.now() + shift + plus * 86_400_000).toISOString().slice(0, 10);
      const { stdout } = await cli(["remember", "Standup moved", "--namespace", "zone"], env);
      const [id] = stdout.trim().split(/\s+/u);
      const count = async (...args: string[]): Promise<number> => {
        const found = await cli(
          ["memories", "list", "--namespace", "zone", "--json", ...args],
          env,
        );
        return (JSON.parse(found.stdout) as { total: number }).total;
      };
      expect(await count("--since", day(0))).toBe(1);
      expect(await count("--since", day(1))).toBe(0);
      expect(await count("--until", day(0))).toBe(0);
      expect(await count("--until", day(1))).toBe(1);
      expect(await count("--as-of", day(0))).toBe(1);
      expect(await count("--as-of", day(-1))).toBe(0);
      const shown = await cli(["memories", "list", "--namespace", "zone"], env);
      expect(shown.stdout).toContain(`${id}  ${day(0)}  zone`);
      const history = await cli(["memories", "history", id ?? ""], env);
      expect(history.stdout).toContain(day(0));
    },
    limit,
  );

  it(
    "that are none are refused with what is expected, and an end in the past is said",
    async () => {
      for (const odd of ["2026-02-30", "13/04/2026", "soon"]) {
        const refused = await cli(["memories", "list", "--since", odd]);
        expect(refused.code, odd).toBe(2);
        expect(refused.stderr).toMatch(/Expected a day \("2026-11-21"\)/);
      }
      const past = await cli(["remember", "Over", "--expires", "2020-01-01", "--json"]);
      expect(past.code).toBe(0);
      expect(past.stderr).toContain("had expired when it was remembered");
      expect(JSON.parse(past.stdout)).toMatchObject({ warning: expect.any(String) });
    },
    limit,
  );
});
