/* One question to memories and code, as of any moment: a scripted world against an oracle that was written by hand. */
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { type Home, openHome } from "../../../src/engine/home.ts";
import { ask } from "../../../src/index.ts";
import type { AskOptions, AskResult } from "../../../src/ports/memory/ask.ts";
import { seededRandom } from "../../helpers/random.ts";
import { tempFolder } from "../../helpers/temp-tree.ts";
import {
  begins,
  coded,
  ends,
  firstCommit,
  gitIn,
  goneId,
  holds,
  namespace,
  records,
  told,
  turns,
  writeWorld,
} from "./world.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const before = { ...process.env };
/** Pairs of a question and a moment; HAYPILE_TRIALS=200 is what docs/decisions/0193 tells of. */
const trials = Number(process.env.HAYPILE_TRIALS ?? "40");

let scratch: string;
let folder: string;
let commits: string[];
let home: Home;

beforeAll(async () => {
  scratch = realpathSync(mkdtempSync(join(tmpdir(), "haypile-ask-")));
  folder = join(scratch, "tree");
  Object.assign(process.env, {
    HAYPILE_DATA_DIR: join(scratch, "data"),
    HAYPILE_CONFIG_DIR: join(scratch, "config"),
    HAYPILE_MODEL: "static-code-256",
  });
  commits = writeWorld(folder);
  home = await openHome({ embeddingCache: false });
  await home.withEngine(folder, (engine) => engine.index());
  const { stored } = await home.memories.import(records.map((one) => JSON.stringify(one)));
  expect(stored).toBe(records.length);
  await home.memories.forget(goneId, { hard: true });
});

afterAll(async () => {
  await home.close();
  process.env = before;
  rmSync(scratch, { recursive: true, force: true });
});

function asked(query: string, options: Partial<AskOptions> = {}): Promise<AskResult> {
  return ask(home, query, { folder, namespace, k: 50, ...options });
}

const texts = ({ hits }: AskResult): string[] =>
  hits.flatMap((hit) => (hit.kind === "memory" ? [hit.memory.memory.text] : []));
const code = ({ hits }: AskResult): string =>
  hits.flatMap((hit) => (hit.kind === "code" ? [hit.code.text] : [])).join("\n");

/** The last one by then. */
function commitBy(at: number): string | undefined {
  const times = [
    "2026-01-10T12:00:00Z",
    "2026-02-05T08:00:00Z",
    "2026-03-09T17:45:30Z",
    "2026-04-02T10:00:00Z",
    "2026-05-20T22:00:00Z",
  ];
  return commits[times.findLastIndex((time) => Date.parse(time) <= at)];
}

/** Everything that the oracle says of an answer. */
function expectAsOf(result: AskResult, query: string, at: number, about: string): void {
  const known = texts(result);
  for (const one of told) {
    if (!holds(one, at)) expect(known, about).not.toContain(one.text);
    else if (one.question === query) expect(known, about).toContain(one.text);
  }
  expect(known.join("\n"), about).not.toContain("heron");
  const found = code(result);
  for (const one of coded) {
    if (!holds(one, at)) expect(found, about).not.toContain(one.text);
    else if (one.question === query) expect(found, about).toContain(one.text);
  }
  const commit = commitBy(at);
  expect(result.code.at?.commit, about).toBe(commit);
  expect(result.code.problem?.code, about).toBe(
    commit === undefined ? "HAYPILE_REVISION_MISSING" : undefined,
  );
}

describe("as of any moment", () => {
  it(`is what the oracle says, for ${trials} questions and moments`, async () => {
    const random = seededRandom(18);
    const questions = [...new Set([...told, ...coded].map(({ question }) => question))];
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
    let beforeAny = 0;
    for (let trial = 0; trial < trials; trial += 1) {
      const query = pick(questions);
      // Half of them at the turns themselves, or a moment beside.
      const at =
        random() < 0.5
          ? pick(turns) + pick([-1, 0, 1, 999, -1_000])
          : Math.floor(begins + random() * (ends - begins));
      const asOf = new Date(at).toISOString();
      const result = await asked(query, { asOf });
      const about = `${query} as of ${asOf}`;
      expect(result.asOf, about).toEqual({ said: asOf, at: asOf });
      expectAsOf(result, query, at, about);
      const scores = result.hits.map(({ score }) => score);
      expect(scores.every((score) => score >= 0 && score <= 1)).toBe(true);
      if (at < firstCommit) beforeAny += 1;
    }
    expect(beforeAny).toBeGreaterThan(0);
    expect(beforeAny).toBeLessThan(trials / 2);
  });

  it("is the time of a commit or tag for memories, to the end of its second", async () => {
    const query = "which port does the gateway listen on";
    const cases = [
      ["v1", "2026-02-05T08:00:00Z", 1],
      ["v2", "2026-04-02T10:00:00Z", 3],
      ["main", "2026-05-20T22:00:00Z", 4],
      ["HEAD~1", "2026-04-02T10:00:00Z", 3],
      [(commits[2] as string).slice(0, 12), "2026-03-09T17:45:30Z", 2],
    ] as const;
    for (const [asOf, time, place] of cases) {
      const result = await asked(query, { asOf });
      const at = Date.parse(time) + 999;
      expect(result.asOf).toEqual({ said: asOf, at: new Date(at).toISOString() });
      const date = new Date(time).toISOString();
      expect(result.code.at).toEqual({ commit: commits[place], date, said: asOf });
      expectAsOf(result, query, at, asOf);
    }
  });

  it("takes a day for its end in the zone here, and what is written as a time for one", async () => {
    const { TZ } = process.env;
    onTestFinished(() => {
      process.env.TZ = TZ ?? "";
      if (TZ === undefined) delete process.env.TZ;
    });
    const days = [
      // Clocks go forward on that day: it has 23 hours.
      ["Europe/Berlin", "2026-03-29", "2026-03-29T21:59:59.999Z"],
      ["Europe/Berlin", "2026-03-28", "2026-03-28T22:59:59.999Z"],
      ["America/New_York", "2026-05-20", "2026-05-21T03:59:59.999Z"],
      ["Asia/Tokyo", "2026-05-20", "2026-05-20T14:59:59.999Z"],
    ] as const;
    const query = "which port does the gateway listen on";
    for (const [zone, asOf, at] of days) {
      process.env.TZ = zone;
      const result = await asked(query, { asOf });
      expect(result.asOf, `${asOf} in ${zone}`).toEqual({ said: asOf, at });
      expectAsOf(result, query, Date.parse(at), `${asOf} in ${zone}`);
    }
    process.env.TZ = "UTC";
    // A repository does not decide what a day is.
    const git = gitIn(folder);
    git("tag", "2026-02-28", commits[4] as string);
    onTestFinished(() => void git("tag", "-d", "2026-02-28"));
    const asDay = await asked(query, { asOf: "2026-02-28" });
    expect(asDay.code.at?.commit).toBe(commits[1]);
    const asTag = await asked(query, { asOf: "tags/2026-02-28" });
    expect(asTag.code.at?.commit).toBe(commits[4]);
  });

  it("that is still to come is of what is known now, and says so", async () => {
    const result = await asked("what is the tariff for pelicans", { asOf: "2999-01-01" });
    expect(texts(result)).toContain("The tariff for pelicans doubles.");
    expect(result.memories.notes.join(" ")).toContain("is still to come");
    expect(result.code.at?.commit).toBe(commits[4]);
  });

  it("before all began says so of each side", async () => {
    const result = await asked("the gateway", { asOf: "2020-01-01" });
    expect(result.hits).toEqual([]);
    expect(result.memories).toMatchObject({ searched: 0, found: 0, problem: undefined });
    expect(result.memories.notes[0]).toMatch(
      /^Nothing was remembered by 2020-01-01 23:59; the first is of 2026-01-0/u,
    );
    expect(result.code.problem?.code).toBe("HAYPILE_REVISION_MISSING");
    expect(result.code.problem?.message).toContain("the history here begins after");
    expect(result.isPartial).toBe(true);
    // What was forgotten for good is only counted.
    expect(result.memories.notes.at(-1)).toContain("1 forgotten");
  });
});

describe("one list", () => {
  it("of now has both kinds, best first, and each side once at least", async () => {
    const result = await asked("which port does the gateway listen on", { k: 2 });
    expect(result.asOf).toBeUndefined();
    expect(result.hits.map(({ kind }) => kind).sort()).toEqual(["code", "memory"]);
    expect(texts(result)).toEqual(["The gateway listens on port 4040."]);
    expect(code(result)).toContain("return 5050;");
    const all = await asked("which port does the gateway listen on");
    for (const kind of ["memory", "code"]) {
      const scores = all.hits.filter((hit) => hit.kind === kind).map(({ score }) => score);
      expect(scores).toEqual([...scores].sort((a, b) => b - a));
    }
  });

  it("keeps to a budget of tokens, and counts what it leaves out", async () => {
    const all = await asked("which port does the gateway listen on", { k: 10 });
    const few = await asked("which port does the gateway listen on", { k: 10, maxTokens: 15 });
    expect(few.hits.length).toBeGreaterThan(0);
    expect(few.hits.length + few.omitted).toBe(all.hits.length);
    expect(few.omitted).toBeGreaterThan(0);
    expect(few.isPartial).toBe(true);
  });

  it("comes of one side where the other cannot answer", async () => {
    const bare = tempFolder();
    const none = await ask(home, "which port does the gateway listen on", {
      folder: bare,
      namespace,
    });
    expect(texts(none)).toContain("The gateway listens on port 4040.");
    expect(none.code.problem?.code).toBe("HAYPILE_NOT_INDEXED");
    const then = await ask(home, "which port does the gateway listen on", {
      ...{ folder: bare, namespace, asOf: "2026-02-28" },
    });
    expect(texts(then)).toEqual(["The gateway listens on port 3030."]);
    expect(then.code.problem?.code).toBe("HAYPILE_GIT");
    const own = await ask(home, "which port does the gateway listen on", {
      folder,
      namespace: "empty",
    });
    expect(own.hits.every(({ kind }) => kind === "code")).toBe(true);
    expect(own.memories).toMatchObject({ found: 0, searched: 0, problem: undefined });
  });
});

describe("bad input", () => {
  it("is refused with what is expected", async () => {
    const bare = tempFolder();
    const cases: [string, unknown, string][] = [
      ["", { folder }, "HAYPILE_USAGE"],
      ["  ", { folder }, "HAYPILE_USAGE"],
      ["x", {}, "HAYPILE_USAGE"],
      ["x", { folder, k: 0 }, "HAYPILE_USAGE"],
      ["x", { folder, maxTokens: 0 }, "HAYPILE_USAGE"],
      ["x", { folder, deadlineMs: -1 }, "HAYPILE_USAGE"],
      ["x", { folder, minScore: 2 }, "HAYPILE_USAGE"],
      ["x", { folder, kind: "note" }, "HAYPILE_USAGE"],
      ["x", { folder, asOf: "" }, "HAYPILE_USAGE"],
      ["x", { folder, asOf: "2026-13-01" }, "HAYPILE_REVISION_MISSING"],
      ["x", { folder, asOf: "no-such-thing" }, "HAYPILE_REVISION_MISSING"],
      ["x", { folder, asOf: "--exec=x" }, "HAYPILE_REVISION_MISSING"],
      ["x", { folder, asOf: "x".repeat(5_000) }, "HAYPILE_USAGE"],
      ["x", { folder: bare, asOf: "v1" }, "HAYPILE_USAGE"],
    ];
    for (const [query, options, expected] of cases) {
      const refused = ask(home, query, options as AskOptions);
      await expect(refused, JSON.stringify([query, options])).rejects.toMatchObject({
        code: expected,
      });
    }
    const stopped = asked("x", { signal: AbortSignal.abort() });
    await expect(stopped).rejects.toMatchObject({ code: "HAYPILE_ABORTED" });
  });
});
