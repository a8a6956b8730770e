import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { HaypileError } from "../../../../src/base/errors.ts";
import { noStages, timesOf } from "../../../../src/base/stages.ts";
import type {
  SearchCallOptions,
  SearchHit,
  SearchResult,
} from "../../../../src/ports/answers/search.ts";
import { merge, searchFolders, shortNames } from "../../../../src/search/across/search-folders.ts";
import { seededRandom } from "../../../helpers/temp-tree.ts";

function hit(path: string, score: number, text = "text"): SearchHit {
  return {
    ...{ path, score, relevance: score, text, language: "text", startLine: 1, endLine: 1 },
    parts: { words: null, share: 0, meaning: null },
    snippet: { startLine: 1, lines: [text] },
    ...{ stale: false, alsoAt: [], inFile: [] },
  };
}

function found(hits: SearchHit[], more: Partial<SearchResult> = {}): SearchResult {
  return {
    ...{ hits, candidates: { words: 0, meaning: 0, symbols: 0 }, nearest: undefined },
    ...{ withoutVector: 0, isStatic: false, cut: [], changedFiles: [], filledIn: 0 },
    ...{ reranked: undefined, fromCache: undefined, indexing: undefined },
    timesMs: timesOf(noStages()),
    ...more,
  };
}

type Answer = (options: SearchCallOptions) => Promise<SearchResult>;

function ask(
  answers: Record<string, Answer>,
  options: SearchCallOptions = {},
  models: Record<string, string> = {},
) {
  const asked: { folder: string; options: SearchCallOptions }[] = [];
  const result = searchFolders({
    folders: Object.keys(answers).map((folder) => ({ folder })),
    options,
    answers: {
      search: async (folder, given) => {
        asked.push({ folder, options: given });
        return await (answers[folder] as Answer)(given);
      },
      modelOf: async (folder) => models[folder] ?? "one",
    },
  });
  return { asked, result };
}

describe("searchFolders", () => {
  it("merges by score, says the folder of each hit, and counts", async () => {
    const { result } = ask(
      {
        "/a/web": async () => found([hit("1", 0.9), hit("2", 0.3)], { changedFiles: ["1"] }),
        "/b/web": async () => found([hit("3", 0.9), hit("4", 0.5)]),
      },
      { k: 3 },
    );
    const { hits, folders, notes } = await result;
    expect(hits.map(({ name, path }) => `${name} ${path}`)).toEqual([
      "a/web 1",
      "b/web 3",
      "b/web 4",
    ]);
    expect(folders).toMatchObject([
      { folder: "/a/web", hits: 1, changedFiles: 1 },
      { folder: "/b/web", hits: 2, changedFiles: 0 },
    ]);
    expect(notes).toEqual([]);
  });

  it("says which folders failed, and lets the others answer", async () => {
    const { result } = ask({
      "/a": async () => {
        throw new HaypileError("HAYPILE_DB_CORRUPT", "It is damaged.");
      },
      "/b": async () => found([hit("1", 0.5)]),
    });
    const { hits, folders } = await result;
    expect(hits).toHaveLength(1);
    expect(folders).toMatchObject([{ failed: "It is damaged." }, { hits: 1 }]);
    expect(folders[1]?.failed).toBeUndefined();
  });

  it("fails as the first folder did where none answers, and at once when it is stopped", async () => {
    const fail = (code: "HAYPILE_NOT_INDEXED" | "HAYPILE_ABORTED") => async () => {
      throw new HaypileError(code, code);
    };
    const none = ask({ "/a": fail("HAYPILE_NOT_INDEXED"), "/b": fail("HAYPILE_NOT_INDEXED") });
    await expect(none.result).rejects.toMatchObject({ code: "HAYPILE_NOT_INDEXED" });
    const stopped = ask({ "/a": async () => found([]), "/b": fail("HAYPILE_ABORTED") });
    await expect(stopped.result).rejects.toMatchObject({ code: "HAYPILE_ABORTED" });
    const signal = AbortSignal.abort();
    const before = ask({ "/a": async () => found([]) }, { signal });
    await expect(before.result).rejects.toMatchObject({ code: "HAYPILE_ABORTED" });
    expect(before.asked).toEqual([]);
  });

  it("shares the time, does not wait for a folder that hangs, and names those it did not ask", async () => {
    const hangs = new Promise<SearchResult>(() => undefined);
    const { asked, result } = ask(
      {
        "/a": async () => found([hit("1", 0.5)]),
        "/b": async () => await hangs,
        "/c": async () => found([hit("2", 0.9)]),
      },
      { deadlineMs: 200 },
    );
    const { hits, folders, notes } = await result;
    expect(hits.map(({ path }) => path)).toEqual(["1"]);
    expect(asked.map(({ folder }) => folder)).toEqual(["/a", "/b"]);
    for (const { options } of asked) {
      expect(options.deadlineMs).toBeGreaterThan(0);
      expect(options.deadlineMs).toBeLessThanOrEqual(200);
    }
    expect(folders[1]?.failed).toMatch(/did not answer within/);
    expect(folders[2]?.failed).toMatch(/time was up/);
    expect(notes).toEqual(["1 folder was not asked: the time was up"]);
  });

  it("hears nothing of a search that fails after it was given up", async () => {
    const late: Promise<unknown>[] = [];
    const { result } = ask(
      {
        "/a": async () => {
          const failing = wait(1_400).then(() => {
            throw new Error("too late");
          });
          late.push(failing.catch(() => undefined));
          return await failing;
        },
        "/b": async () => found([]),
      },
      { deadlineMs: 100 },
    );
    await expect(result).rejects.toMatchObject({ code: "HAYPILE_OVERLOADED" });
    await Promise.all(late);
  });

  it("says when models differ, and keeps to the tokens", async () => {
    const answers = {
      "/a": async () => found([hit("1", 0.9, "x".repeat(90)), hit("2", 0.8, "x".repeat(900))]),
      "/b": async () => found([hit("3", 0.7, "x".repeat(90))]),
    };
    const { result } = ask(answers, { maxTokens: 70 }, { "/a": "small", "/b": "large" });
    const { hits, notes } = await result;
    expect(hits.map(({ path }) => path)).toEqual(["1", "3"]);
    expect(notes).toEqual([
      expect.stringMatching(/different models \(small, large\)/),
      "1 hit was left out to fit the tokens",
    ]);
  });
});

describe("merge", () => {
  it("gives the same beginning, whatever more is asked for", () => {
    const next = seededRandom(3);
    for (let round = 0; round < 200; round += 1) {
      // As pages are: not in the order of scores throughout.
      const lists = Array.from({ length: 3 }, () =>
        Array.from({ length: 12 }, () => ({ score: Math.round(next() * 20) / 20 })),
      );
      const all = lists.reduce((a, b) => merge(a, b, 36));
      for (const k of [1, 5, 12]) {
        const some = lists.map((one) => one.slice(0, k)).reduce((a, b) => merge(a, b, k));
        expect(some).toEqual(all.slice(0, k));
      }
      expect(all).toHaveLength(36);
    }
  });
});

describe("shortNames", () => {
  it.each([
    [
      ["/a/web", "/a/api"],
      ["web", "api"],
    ],
    [
      ["/a/web", "/b/web"],
      ["a/web", "b/web"],
    ],
    [
      ["/x/a/web", "/y/a/web", "/web"],
      ["x/a/web", "y/a/web", "/web"],
    ],
    [["/"], ["/"]],
  ])("tells %j apart", (folders, names) => {
    expect(shortNames(folders)).toEqual(names);
    expect(new Set(shortNames(folders)).size).toBe(folders.length);
  });
});
