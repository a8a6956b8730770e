/* What every Haypile does, over REST; and that each call answers as it does over the socket. */
import { describe, expect, it, vi } from "vitest";
import { codeCalls, doorCalls, memoryCalls } from "../../../src/ports/calls.ts";
import { codeTree, haypileContract } from "../../contract/haypile-contract.ts";
import { restDaemon } from "./daemon.ts";
import { byName, get, post, restHaypile } from "./rest-client.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

describe("over REST", () => {
  haypileContract(async () => restHaypile(await restDaemon()));
});

/** Arguments to compare with; a call that is not here is asked with none. */
const samples: Readonly<Record<string, readonly (readonly unknown[])[]>> = {
  "code/index": [[], [{ maxFileBytes: 20 }], [{ maxFileBytes: -1 }]],
  "code/search": [["when is the lamp lit", { k: 2, filter: { languages: ["markdown"] } }], [""]],
  "code/why": [
    ["lamp", "notes.md", { k: 1 }],
    ["lamp", "../x"],
  ],
  "code/findSymbol": [["helper"], ["hlper", { k: 1, kinds: ["function"] }]],
  "code/outline": [[], ["src"], ["none"], [undefined, { depth: 0 }]],
  "code/references": [["helper"], ["none"]],
  "code/callers": [["helper"]],
  "code/callees": [["light"]],
  "code/implementations": [["helper"]],
  "code/reach": [
    ["helper", "callers", { depth: 2 }],
    ["helper", "nonsense"],
  ],
  "code/impact": [[{ names: ["helper"] }], []],
  "code/unused": [[{ sure: "low" }]],
  "code/map": [[{ maxTokens: 200 }]],
  "code/migrate": [[{ cancel: true }], [{ model: "no-such" }]],
  "haypile/ask": [
    ["when is the lamp lit", { folder: "FOLDER", k: 2 }],
    ["when does the ferry leave", { folder: "FOLDER", asOf: "2020-01-01" }],
    ["lamp", { folder: "FOLDER", asOf: "no-such-tag" }],
  ],
  "memories/get": [["ID"], ["none"]],
  "memories/recall": [["when does the ferry leave", { k: 1, why: true }]],
  "memories/list": [[], [{ limit: 1 }], [{ tags: { any: ["boats"] } }]],
  "memories/history": [["ID"], ["none"]],
  "memories/removed": [[], [3]],
  "memories/forgetWhere": [[{}], [{ namespace: "none" }, { confirm: "x" }]],
  "memories/forget": [["none"]],
  "memories/undelete": [["none"]],
  "memories/update": [["none", { text: "x" }]],
  // One that is made is another each time.
  "memories/snapshot": [[{ note: 5 }], [{ note: "x".repeat(1_001) }]],
  "code/snapshotIndex": [[{ note: 5 }], [{ note: "x".repeat(1_001) }]],
  "code/indexSnapshots": [[]],
  "code/verifyIndexSnapshot": [["none"], ["20260101T000000000Z-abcdef"]],
  "code/restoreIndexSnapshot": [["none"], ["20260101T000000000Z-abcdef", { to: 5 }]],
  "code/removeIndexSnapshot": [["none"], ["20260101T000000000Z-abcdef"]],
  "memories/removeSnapshot": [["none"], ["20260101T000000000Z-abcdef"]],
  "memories/verifySnapshot": [["none"], ["20260101T000000000Z-abcdef"]],
  "memories/restoreSnapshot": [["none"], ["20260101T000000000Z-abcdef", { to: 5 }]],
  "memories/pruneSnapshots": [[{ dryRun: true }], [{ holding: 5 }]],
  "memories/bringBack": [["none"], ["20260101T000000000Z-abcdef"]],
  "memories/sync": [["shared"], ["/none/such"], ["/tmp", { namespace: 5 }]],
  "memories/link": [["ID", "none", "next"]],
  "memories/rememberMany": [[[{ txt: "slip" }]], [[{ text: "" }]]],
  "memories/remember": [
    ["", {}],
    ["password=hunter2hunter2 ghp_0123456789abcdefghijABCDEFGHIJ012345"],
  ],
};

/** What is another at each look: times, memory and what was answered before. */
const unsteady =
  /^(?:timesMs|.*[bB]ytes|.*Ms|at|efficiency|owners|children|cpu\w*|load\w*|advice|uses|lastUsed|confirm|provider|filledIn|.*Percent|systemShare|virtualBytes)$/u;

function steady(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(steady);
  // A memory is a little older at each look.
  if (typeof value === "number") return Math.round(value * 1e6) / 1e6;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => name !== "fromCache")
      .map(([name, one]) => [name, unsteady.test(name) ? typeof one : steady(one)]),
  );
}

function inFolder(arg: unknown, folder: string): unknown {
  if (typeof arg !== "object" || arg === null || !("folder" in arg)) return arg;
  return arg.folder === "FOLDER" ? { ...arg, folder } : arg;
}

it("answers each call of the table as it does over the socket", async () => {
  const daemon = await restDaemon();
  const { socket } = daemon;
  const folder = codeTree();
  const code = socket.code(folder, { nearest: false });
  await code.index();
  const { id } = await socket.memories.remember("The ferry leaves at six.", { tags: ["boats"] });
  await socket.memories.settled();
  const groups = { code: codeCalls, memories: memoryCalls, haypile: doorCalls };
  let compared = 0;
  for (const [group, table] of Object.entries(groups)) {
    for (const [name, call] of Object.entries(table)) {
      if ("streams" in call) continue;
      const path = `${group}/${name}`;
      for (const sample of samples[path] ?? [[]]) {
        const args = sample.map((arg) => (arg === "ID" ? id : inFolder(arg, folder)));
        const object = group === "code" ? code : group === "memories" ? socket.memories : socket;
        const there = async (): Promise<unknown> => {
          try {
            return await (object as never as Record<string, (...all: unknown[]) => unknown>)[
              name
            ]?.(...args);
          } catch (error) {
            return { error: (error as { code: string }).code };
          }
        };
        // The first answer may do work that later ones find done.
        await there();
        const expected = await there();
        const { said } = byName(call, args);
        const more = group === "code" ? { folder, nearest: false } : {};
        const answer = await post(daemon, path, { ...said, ...more });
        const found =
          answer.status === 200
            ? answer.body
            : { error: (answer.body as { error: { code: string } }).error.code };
        const shown = JSON.parse(JSON.stringify(expected ?? null));
        // What is missing is said before anything is asked, whatever the call itself would say.
        if ((found as { error?: string } | null)?.error !== "HAYPILE_USAGE" || args.length > 0) {
          expect([path, args, steady(found)]).toEqual([path, args, steady(shown)]);
          compared += 1;
        }
      }
    }
  }
  expect(compared).toBeGreaterThan(50);
});

it("reads with GET what a query string can say", async () => {
  const daemon = await restDaemon();
  const folder = codeTree();
  await daemon.socket.code(folder, { nearest: false }).index();
  const ask = async (path: string, query: Record<string, string>) =>
    await get(daemon, `${path}?${new URLSearchParams({ folder, ...query })}`);
  const found = await ask("code/search", {
    query: "lamp",
    k: "3",
    "filter.languages": "markdown,typescript",
  });
  const posted = await post(daemon, "code/search", {
    folder,
    query: "lamp",
    k: 3,
    filter: { languages: ["markdown", "typescript"] },
  });
  expect(found.status).toBe(200);
  expect(steady(found.body)).toEqual(steady(posted.body));
  expect(JSON.stringify(found.body)).toContain("notes.md");
  const none = await ask("code/search", { query: "lamp", "filter.paths": "nowhere/**" });
  expect((none.body as { hits: unknown[] }).hits).toEqual([]);
  const noTests = await ask("code/search", { query: "lamp", "filter.noTests": "true" });
  expect(noTests.status).toBe(200);
  expect((await ask("code/search", { query: "lamp", k: "many" })).body).toMatchObject({
    error: { code: "HAYPILE_USAGE", message: expect.stringContaining("Expected a number for k") },
  });
  expect((await ask("code/search", { query: "lamp", "filter.path": "x" })).body).toMatchObject({
    error: { message: expect.stringContaining("Did you mean paths?") },
  });
});

it("takes a body that says nothing but what must be said", async () => {
  const daemon = await restDaemon();
  const { id } = await daemon.socket.memories.remember("The ferry leaves at six.");
  expect(await post(daemon, "memories/update", { id })).toMatchObject({
    status: 200,
    body: { id, text: "The ferry leaves at six." },
  });
  // An empty body is an empty record, and null stands for what is not said.
  expect((await post(daemon, "memories/list", "")).body).toMatchObject({ total: 1 });
  expect((await post(daemon, "memories/list", { kind: null })).body).toMatchObject({ total: 1 });
  const preview = await post(daemon, "memories/forgetWhere", {});
  expect(preview.body).toMatchObject({ matched: 1, confirm: expect.any(String) });
  expect((await post(daemon, "memories/removed", { limit: null })).body).toEqual([]);
});
