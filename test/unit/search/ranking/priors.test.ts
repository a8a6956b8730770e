/* Changelogs and lock files outranked the code they speak of. */
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { asideOf, asksForAside } from "../../../../src/base/paths/asides.ts";
import { type Engine, open } from "../../../../src/index.ts";
import { pathPrior } from "../../../../src/search/ranking/priors.ts";
import { writeTree } from "../../../helpers/temp-tree.ts";

// On a machine where other work runs, processes take their time.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

describe("asideOf", () => {
  it.each([
    ["changelog", "CHANGELOG.md CHANGES pkg/CHANGELOG-2.x.md docs/RELEASE_NOTES.txt HISTORY.rst"],
    ["changelog", "docs/releases/5.2.txt .changeset/blue-fox.md changelog.d/12.feature NEWS"],
    ["changelog", "debian/changelog docs/whatsnew/v1.0.rst CHANGELOG.json release-notes/1.4.md"],
    ["lock", "Cargo.lock web/package-lock.json go.sum .terraform.lock.hcl SHA256SUMS a.sha256"],
    ["lock", "x.egg-info/PKG-INFO cabal.project.freeze Package.resolved bun.lockb"],
    ["licence", "LICENSE MIT-LICENSE LICENSE.mit COPYING.LESSER licenses/a.txt .github/CODEOWNERS"],
    ["licence", "NOTICE AUTHORS.md THIRD_PARTY_NOTICES.txt CODE_OF_CONDUCT.md"],
    [undefined, "src/history.ts src/news/feed.py releases/prod.yaml src/license.ts src/lock.rs"],
    [undefined, "locks.md deadlock.md README.md src/authors.html migrations/0001.sql"],
    [undefined, "docs/change-data-capture.md package.json requirements.txt"],
  ])("%s", (aside, paths) => {
    for (const path of paths.split(" ")) expect(asideOf(path), path).toBe(aside);
  });

  it("is asked for by word, by number and by name", () => {
    const asked = (path: string, query: string) =>
      asksForAside(asideOf(path) as "lock", path, query);
    expect(asked("CHANGELOG.md", "release notes about retries")).toBe(true);
    expect(asked("CHANGELOG.md", "what changed in 2.4.1")).toBe(true);
    expect(asked("CHANGELOG.md", "where are retries counted")).toBe(false);
    expect(asked("Cargo.lock", "which version of serde is used")).toBe(true);
    expect(asked("Cargo.lock", "dependency injection of the store")).toBe(false);
    expect(asked("Cargo.lock", "the cargo.lock file")).toBe(true);
    expect(asked("LICENSE", "who holds the copyright")).toBe(true);
    expect(asked("LICENSE", "limit liability of retries")).toBe(false);
    // The name of a file may hold signs of patterns.
    expect(asked("a+(b).lock", "no such thing")).toBe(false);
  });

  it("takes less off than a good hit is worth, and the most of a path alone", () => {
    expect(pathPrior("CHANGELOG.md", "retry")).toBeLessThan(pathPrior("tests/a.ts", "retry"));
    expect(pathPrior("CHANGELOG.md", "retry")).toBeGreaterThanOrEqual(-1.5);
    expect(pathPrior("CHANGELOG.md", "changelog of the retry")).toBe(0);
  });
});

describe("a search", () => {
  let root: string;
  let engine: Engine;
  beforeAll(async () => {
    root = realpathSync(mkdtempSync(join(tmpdir(), "haypile-priors-")));
    const entry = "- The delay before a retry is doubled each time, with jitter.\n";
    writeTree(root, {
      "CHANGELOG.md": `# Changelog\n\n## 2.4.1\n${entry}- Idle sockets are closed after a minute.\n`,
      "flake.lock.json": '{ "retry-delay": { "version": "2.4.1", "jitter": "1.0.0" } }\n',
      "src/backoff.ts":
        "/** Delay before a retry: doubled each time, with jitter. */\nexport function backoff(attempt: number): number {\n  return 100 * 2 ** attempt * (1 + Math.random());\n}\n",
      "src/sockets.ts":
        "/** Closes sockets that were idle for a minute. */\nexport function reap(): void {\n  return;\n}\n",
      "src/config.ts": "export const limits = { sockets: 10 };\n",
    });
    engine = await open({ folder: root, database: `${root}.db` });
    await engine.index();
  });
  afterAll(async () => {
    await engine.reset();
    rmSync(root, { recursive: true, force: true });
  });

  it("finds the code first, and the changelog when it is asked for", async () => {
    const first = async (query: string) => (await engine.search(query, { k: 3 })).hits[0]?.path;
    expect(await first("the delay before a retry is doubled each time")).toBe("src/backoff.ts");
    expect(await first("idle sockets are closed after a minute")).toBe("src/sockets.ts");
    expect(await first("changelog: retry delay doubled")).toBe("CHANGELOG.md");
    // The only place that speaks of it is not hidden.
    expect((await engine.search("2.4.1 jitter", { k: 3 })).hits.map(({ path }) => path)).toContain(
      "flake.lock.json",
    );
  });
});
