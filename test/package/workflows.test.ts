/* The workflows cannot run here. What can be seen here: actions are pinned by digest, and each step is a script that exists. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { repository } from "../helpers/model.ts";

const folder = join(repository, ".github", "workflows");
const steps = readdirSync(folder).flatMap((name) =>
  [...readFileSync(join(folder, name), "utf8").matchAll(/^ *- (uses|run): (.+)$/gm)].map(
    ([, kind, what = ""]) => ({ name, kind, what }),
  ),
);

it("pin every action by the digest of a commit, with its version beside it", () => {
  const actions = steps.filter(({ kind }) => kind === "uses");
  expect(actions.length).toBeGreaterThan(5);
  for (const { name, what } of actions) {
    expect(what, name).toMatch(/^actions\/[a-z-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  }
});

it("run scripts of this repository, and nothing else", () => {
  const runs = steps.filter(({ kind }) => kind === "run");
  expect(runs.length).toBeGreaterThan(5);
  for (const { name, what } of runs) {
    const script = what.replace(/^node /, "").split(" ")[0] ?? "";
    expect(script, name).toMatch(/^(scripts\/|\.ci\/)/);
    expect(existsSync(join(repository, script)), `${name}: ${what}`).toBe(true);
  }
});
