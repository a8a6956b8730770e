/* What a client of a server may do, tried as one who wants more: every call of the tables, aimed at what is not its own. */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { allowedHaypile } from "../../../src/http/team/rights/allowed-haypile.ts";
import {
  type Client,
  fits,
  type Rights,
  wholeScopes,
  within,
} from "../../../src/http/team/rights/rights.ts";
import {
  codeCalls,
  doorCalls,
  memoryCalls,
  type PlainMemoryCall,
} from "../../../src/ports/calls.ts";
import type { CodeIndex, Haypile } from "../../../src/ports/haypile.ts";
import type { Memories, Memory } from "../../../src/ports/memories.ts";
import { type TestHome, testHome } from "../../helpers/mcp.ts";
import { writeTree } from "../../helpers/temp-tree.ts";

const secretText = "The vault opens with the word marzipan.";
const word = "marzipan";
const nobody = "0000000000000000";

let data: string;
let home: TestHome;
let given: string;
let other: string;
let secret: Memory;
let gone: string;

beforeAll(async () => {
  data = realpathSync(mkdtempSync(join(tmpdir(), "haypile-rights-")));
  home = await testHome(data);
  given = join(data, "given");
  other = join(data, "other");
  writeTree(given, { "shown.ts": "export function shownToAll(): number {\n  return 1;\n}\n" });
  writeTree(other, { "hidden.ts": `export function ${word}Hidden(): number {\n  return 2;\n}\n` });
  for (const folder of [given, other]) await home.haypile.code(folder).index();
});

afterAll(async () => {
  await home.close();
  rmSync(data, { recursive: true, force: true });
});

beforeEach(async () => {
  const { memories } = home.haypile;
  for (const { id } of (await memories.list({ limit: 1_000 })).memories) {
    await memories.forget(id, { hard: true });
  }
  const file = join(data, "vault.txt");
  writeFileSync(file, word);
  const options = { namespace: "secret", tags: [word], anchors: [{ path: file, root: data }] };
  const { id } = await memories.remember(secretText, options);
  secret = (await memories.get(id)) as Memory;
  const put = await memories.remember(`An older ${word} is gone.`, { namespace: "secret" });
  gone = put.id;
  await memories.forget(gone);
});

function clientWith(rights: Partial<Rights>, more: Partial<Client> = {}): Client {
  return {
    ...{ key: "token test", name: "test", namespace: "team", limits: {} },
    rights: { read: [], write: [], folders: [], admin: false, ...rights },
    ...{ scopes: undefined, untilMs: undefined },
    ...more,
  };
}

/** The same memories, some of whose calls are others. */
function but(memories: Memories, calls: Partial<Memories>): Memories {
  return new Proxy(memories, {
    get: (of, name) => {
      const value = Reflect.get(name in calls ? calls : of, name);
      return typeof value === "function" && !(name in calls) ? value.bind(of) : value;
    },
  });
}

function haypileFor(rights: Partial<Rights>, more: Partial<Client> = {}): Haypile {
  return allowedHaypile(home.haypile, clientWith(rights, more));
}

/** What came of it, as one text: an answer, or why there is none. */
async function outcome(work: () => unknown): Promise<string> {
  try {
    const result = await work();
    return JSON.stringify(result) ?? "nothing";
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return `${code}: ${message}`;
  }
}

/** For each call that is a question and an answer, how it would get at the memory of another. */
function attacks(own: string): Record<PlainMemoryCall, readonly unknown[][]> {
  const { id, updatedAt } = secret;
  const there = { namespace: "secret" };
  const both = { namespace: ["team", "secret"] };
  const reading = [[there], [both], [{}], [{ namespace: [] }], []];
  const anchors = [{ path: join(data, "vault.txt"), root: data }];
  return {
    remember: [
      ["mine", there],
      ["mine", { replaces: id }],
      ["mine", { namespace: "team", replaces: id }],
      ["mine", { namespace: "team", anchors }],
    ],
    rememberMany: [
      [[{ text: "mine", ...there }]],
      [[{ text: "mine", replaces: id }]],
      [[{ text: "mine", anchors }]],
    ],
    recall: [
      [word, there],
      [word, both],
      [word],
      [word, { k: 1_000, minScore: 0 }],
      ["", { namespace: [] }],
      [word, { asOf: updatedAt }],
    ],
    get: [[id], [id, { asOf: updatedAt }], [gone]],
    list: [...reading, [{ text: word }], [{ tags: { all: [word] } }]],
    forget: [[id], [id, { hard: true }], [gone, { hard: true }]],
    forgetWhere: [...reading, [{ tags: { all: [word] } }]],
    undelete: [[gone], [id]],
    undeleteAt: [[updatedAt], ["2000-01-01"]],
    update: [
      [id, { text: "changed" }],
      [id, { namespace: "team" }],
      [own, { namespace: "secret" }],
      [own, { replaces: id }],
      [own, { anchors }],
    ],
    merge: [[[id, own]], [[own, id]]],
    unmerge: [[id]],
    duplicates: reading,
    dismiss: [
      [id, own],
      [own, id],
    ],
    unverified: [...reading, [{ id }]],
    anchored: [[{ anchors, ...there }], [{ anchors }], [{ anchors, namespace: [] }]],
    verify: [[id]],
    link: [
      [id, own, "near"],
      [own, id, "near"],
    ],
    history: [[id], [gone]],
    stats: [[]],
    collect: [[]],
    removed: [[], [1_000]],
    migrate: [[], [{ modelFolder: data }]],
    snapshot: [[]],
    snapshots: [[]],
    removeSnapshot: [["x"]],
    verifySnapshot: [["x"]],
    restoreSnapshot: [["x"], ["x", { to: join(data, "out") }]],
    pruneSnapshots: [[{ holding: id }]],
    bringBack: [["x"]],
    sync: [[data], [data, there]],
    settled: [[]],
  };
}

/** Words of what is another's. */
const tells = [word, "vault"];

describe.each([
  ["reads and writes one namespace", { read: ["team"], write: ["team"] }],
  ["reads one namespace", { read: ["team"] }],
  ["goes by a beginning", { write: ["team*"] }],
  ["has no right", {}],
  ["looks after the store, and reads nothing", { admin: true }],
] satisfies [string, Partial<Rights>][])("a client that %s", (_, rights) => {
  it("gets at no memory of another by any call", async () => {
    const { memories } = haypileFor(rights);
    const own = (await home.haypile.memories.remember("Our own.", { namespace: "team" })).id;
    const all = attacks(own);
    const isAdmin = "admin" in rights;
    for (const name of Object.keys(all) as PlainMemoryCall[]) {
      // It may, and what these do is the store's as a whole.
      if (isAdmin && ["migrate", "snapshot", "settled", "collect"].includes(name)) continue;
      for (const args of all[name]) {
        const call = memories[name] as (...args: readonly unknown[]) => unknown;
        const said = await outcome(() => call.apply(memories, args));
        const shown = `${name}(${JSON.stringify(args)}) → ${said}`;
        // What was asked may stand in a refusal.
        if (!said.startsWith("HAYPILE_"))
          for (const one of tells) expect(said, shown).not.toContain(one);
        if (!said.startsWith("HAYPILE_")) expect(said, shown).not.toContain(secret.id);
        expect(await home.haypile.memories.get(secret.id), shown).toEqual(secret);
        expect(await home.haypile.memories.get(gone), shown).toBeUndefined();
      }
    }
    const { memories: there } = await home.haypile.memories.list({ namespace: "secret" });
    expect(there.map(({ id }) => id)).toEqual([secret.id]);
  });

  it("does not learn by a refusal whether a memory is there", async () => {
    const { memories } = haypileFor(rights);
    for (const name of ["forget", "history", "verify", "unmerge", "undelete", "update"] as const) {
      const call = memories[name] as (id: string, more: object) => unknown;
      const [one, two] = await Promise.all(
        [secret.id, nobody].map((id) => outcome(() => call.call(memories, id, {}))),
      );
      expect(one?.replace(secret.id, "ID")).toBe(two?.replace(nobody, "ID"));
      expect(one).toMatch(/^HAYPILE_/);
    }
    expect(await memories.get(secret.id)).toBeUndefined();
  });

  it("exports nothing of another and imports nothing into it", async () => {
    const { memories } = haypileFor(rights);
    for (const filter of [{}, { namespace: "secret" }, { namespace: [] }, undefined]) {
      const said = await outcome(async () => {
        const lines: string[] = [];
        for await (const line of memories.export(filter)) lines.push(line);
        return lines;
      });
      expect(said.startsWith("HAYPILE_STORE_RIGHTS") || !said.includes(word), said).toBe(true);
    }
    if ("admin" in rights) return;
    const line = JSON.stringify({ text: "planted", namespace: "secret" });
    expect(await outcome(() => memories.import([line]))).toMatch(/^HAYPILE_STORE_RIGHTS/);
    expect(await outcome(() => memories.openImport({ namespace: "team" }))).toMatch(
      /^HAYPILE_STORE_RIGHTS/,
    );
  });
});

describe("a client in its own namespaces", () => {
  it("does all that one does with memories, and needs no namespace for it", async () => {
    const { memories } = haypileFor({ write: ["team"] });
    const first = await memories.remember("We deploy on Tuesdays.", { kind: "fact" });
    expect(first.namespace).toBe("team");
    const [second] = await memories.rememberMany([{ text: "The port is 3030." }]);
    const id = second?.id ?? "";
    const third = await memories.remember("The port is 3040.", { replaces: id });
    expect(third).toMatchObject({ status: "superseded", namespace: "team" });
    expect((await memories.recall("when do we deploy")).hits[0]?.memory.id).toBe(first.id);
    expect((await memories.list()).total).toBe(2);
    await memories.update(first.id, { text: "We deploy on Mondays.", namespace: "team" });
    await memories.link(first.id, third.id, "near");
    expect((await memories.get(first.id))?.links).toHaveLength(1);
    await memories.forget(first.id);
    await memories.undelete(first.id);
    const { confirm, matched } = await memories.forgetWhere({});
    expect(matched).toBeGreaterThan(1);
    await memories.forgetWhere({}, { confirm });
    expect((await memories.list()).total).toBe(0);
    expect((await memories.removed()).length).toBeGreaterThan(1);
    expect((await memories.stats()).namespaces.every(({ namespace }) => namespace === "team")).toBe(
      true,
    );
  });

  it("is shown what was removed of it, however much of others was removed after it", async () => {
    const { memories } = haypileFor({ write: ["crew*"] }, { namespace: "crew-1" });
    const { id } = await memories.remember("The crew meets on Fridays.");
    await memories.forget(id);
    const { memories: whole } = home.haypile;
    for (const part of [0, 1, 2]) {
      const text = (at: number): string => `Line ${part * 400 + at} of another log.`;
      const items = Array.from({ length: 400 }, (_, at) => ({ text: text(at), namespace: "busy" }));
      await whole.rememberMany(items);
    }
    const { confirm } = await whole.forgetWhere({ namespace: "busy" });
    await whole.forgetWhere({ namespace: "busy" }, { confirm });
    expect(await whole.removed(1_200)).toHaveLength(1_200);
    for (const limit of [1, 50, undefined]) {
      expect((await memories.removed(limit)).map((one) => one.id)).toEqual([id]);
    }
    for (const limit of [0, -1, 0.5, 10_001, "1"] as number[]) {
      await expect(memories.removed(limit)).rejects.toMatchObject({ code: "HAYPILE_USAGE" });
    }
  });

  it("is given nothing where no namespace begins so yet", async () => {
    const { memories: whole } = home.haypile;
    for (const namespace of ["default", "team"]) await whole.remember(secretText, { namespace });
    for (const namespace of ["default", "team", "secret"]) {
      const { memories } = haypileFor({ write: ["crew*", "lab*"] }, { namespace });
      const said = [
        await outcome(() => memories.list()),
        await outcome(() => memories.recall(word, { minScore: 0 })),
        await outcome(() => memories.duplicates()),
        await outcome(async () => {
          const lines: string[] = [];
          for await (const line of memories.export()) lines.push(line);
          return lines;
        }),
        await outcome(() => memories.forgetWhere({ text: word })),
      ];
      expect(said.join("\n"), namespace).not.toContain(word);
    }
    const { memories } = haypileFor({ write: ["crew*"] }, { namespace: "default" });
    const { confirm } = (await memories.forgetWhere({ text: word })) as { confirm?: string };
    if (confirm !== undefined) await memories.forgetWhere({ text: word }, { confirm });
    expect((await whole.list({ text: word })).total).toBe(3);
  });

  it("reads what begins so, and no more", async () => {
    for (const namespace of ["team", "team-a", "tea", "other"]) {
      await home.haypile.memories.remember(`A note in ${namespace}.`, { namespace });
    }
    const { memories } = haypileFor({ read: ["team*"] });
    const listed = (await memories.list()).memories.map(({ namespace }) => namespace);
    expect(listed.sort()).toEqual(["team", "team-a"]);
    expect((await memories.stats()).memories).toBe(2);
    expect(await outcome(() => memories.list({ namespace: "tea" }))).toMatch(
      /^HAYPILE_STORE_RIGHTS/,
    );
  });

  it("reads all with a star, the numbers of the store among it", async () => {
    const { memories } = haypileFor({ read: ["*"] });
    expect((await memories.recall(word)).hits[0]?.memory.id).toBe(secret.id);
    expect(await memories.stats()).toEqual(await home.haypile.memories.stats());
    expect(await outcome(() => memories.forget(secret.id))).toMatch(/^HAYPILE_STORE_RIGHTS/);
  });

  it("changes nothing of a memory that was moved away meanwhile", async () => {
    const { memories } = haypileFor({ write: ["team"] });
    const { id } = await memories.remember("It will be moved.");
    const whole = home.haypile.memories;
    const moving = allowedHaypile(
      {
        ...home.haypile,
        memories: {
          ...whole,
          get: async (...args) => {
            const found = await whole.get(...args);
            await whole.update(id, { namespace: "secret" });
            return found;
          },
          update: (...args) => whole.update(...args),
        },
      },
      clientWith({ write: ["team"] }),
    ).memories;
    expect(await outcome(() => moving.update(id, { text: "Taken." }))).toMatch(
      /^HAYPILE_MEMORY_MISSING/,
    );
    expect((await whole.get(id))?.text).toBe("It will be moved.");
  });

  it.each<[string, (memories: Memories, id: string, other: string) => Promise<unknown>]>([
    ["forget", (memories, id) => memories.forget(id)],
    ["forget for good", (memories, id) => memories.forget(id, { hard: true })],
    ["verify", (memories, id) => memories.verify(id)],
    ["unmerge", (memories, id) => memories.unmerge(id)],
    ["link", (memories, id, other) => memories.link(other, id, "about")],
    ["dismiss", (memories, id, other) => memories.dismiss(other, id)],
    ["merge", (memories, id, other) => memories.merge([other, id])],
    ["replace", (memories, id) => memories.remember("In its place.", { replaces: id })],
  ])("does not %s what became another's between the look and the write", async (_, act) => {
    const { memories: own } = haypileFor({ write: ["team"] });
    const parts = [
      await own.remember("It hums in spring."),
      await own.remember("It rests in winter."),
    ];
    const { id } = await own.merge(parts.map((one) => one.id));
    const { id: other } = await own.remember("Of something else entirely.");
    const whole = home.haypile.memories;
    const asIs = async () => {
      const { updatedAt: _at, ...found } = (await whole.get(id)) as Memory;
      const linked = await whole.list({ namespace: ["team", "secret"], limit: 100 });
      return JSON.stringify([found, linked.total, await whole.history(other)]);
    };
    let was = "";
    const moving = allowedHaypile(
      {
        ...home.haypile,
        memories: but(whole, {
          get: async (...args) => {
            const found = await whole.get(...args);
            if (was !== "" || args[0] !== id) return found;
            await whole.update(id, { namespace: "secret" });
            was = await asIs();
            return found;
          },
        }),
      },
      clientWith({ write: ["team"] }),
    ).memories;
    const told = await outcome(() => act(moving, id, other));
    expect(told).toMatch(/^HAYPILE_MEMORY_MISSING/);
    expect(told).not.toContain("secret");
    expect(await asIs()).toBe(was);
    // Who may write there does it.
    const both = haypileFor({ write: ["team", "secret"] }).memories;
    expect(await outcome(() => both.verify(id))).not.toMatch(/^HAYPILE/);
  });

  it("does not bring back what was put into another's namespace before it was forgotten", async () => {
    const whole = home.haypile.memories;
    const { memories: own } = haypileFor({ write: ["team"] });
    const { id } = await own.remember("Forgotten in time.");
    await own.forget(id);
    await whole.undelete(id);
    await whole.update(id, { namespace: "secret" });
    await whole.forget(id);
    expect(await outcome(() => own.undelete(id))).toMatch(/^HAYPILE_MEMORY_MISSING/);
    expect(await whole.get(id)).toBeUndefined();
  });

  it("brings back its own, however much was removed in the store since", async () => {
    const whole = home.haypile.memories;
    const { memories: own } = haypileFor({ write: ["team"] });
    const { id } = await own.remember("Forgotten long ago.");
    await own.forget(id);
    // Others have removed as many as are shown.
    const memories = but(whole, { removed: async () => [] });
    const rights = { write: ["team"], read: ["secret"] };
    const later = allowedHaypile({ ...home.haypile, memories }, clientWith(rights)).memories;
    expect(await later.undelete(id)).toMatchObject({ id, text: "Forgotten long ago." });
    expect(await outcome(() => later.undelete(gone))).toMatch(/^HAYPILE_STORE_RIGHTS/);
    expect(await whole.get(gone)).toBeUndefined();
  });
});

describe("folders of the server's machine", () => {
  const args: Record<string, unknown[]> = {
    search: [word],
    why: [word, "hidden.ts"],
    findSymbol: [`${word}Hidden`],
    fileAt: ["hidden.ts", { at: "HEAD" }],
    revision: ["HEAD"],
    reach: [`${word}Hidden`, "users"],
    diff: ["HEAD"],
    history: ["hidden.ts"],
    fileStatus: ["hidden.ts"],
    exportIndex: [{ file: "/tmp/out", maker: "x" }],
    importIndex: [{ file: "/etc/passwd" }],
  };

  it("are asked where they were given, and by no other call than those that read", async () => {
    const { code, indexes, openFolders } = haypileFor({ folders: [given] });
    expect((await code(given).search("shown to all")).hits[0]?.path).toBe("shown.ts");
    expect((await code(given).status()).root).toBe(given);
    expect((await indexes()).map(({ folder }) => folder)).toEqual([given]);
    expect(await openFolders()).toEqual([given]);
    for (const name of Object.keys(codeCalls) as (keyof CodeIndex)[]) {
      for (const folder of [other, data, join(given, "..", "other"), "relative", "/"]) {
        const index = code(folder);
        const call = index[name] as (...args: unknown[]) => unknown;
        const said = await outcome(() => call.apply(index, args[name] ?? []));
        expect(said, `${name} of ${folder}`).toMatch(/^HAYPILE_NOT_INDEXED/);
      }
    }
    for (const name of [
      "index",
      "exportIndex",
      "importIndex",
      "migrate",
      "facts",
      "host",
    ] as const) {
      const index = code(given);
      const call = index[name] as (...args: unknown[]) => unknown;
      expect(await outcome(() => call.apply(index, args[name] ?? [])), name).toMatch(
        /^HAYPILE_STORE_RIGHTS/,
      );
    }
  });

  it("give nothing of a folder above that has the index", async () => {
    const inner = join(other, "inner");
    writeTree(inner, { "in.ts": "export const inner = 1;\n" });
    const haypile = haypileFor({ folders: [inner], read: ["*"] });
    for (const work of [
      () => haypile.code(inner).search(word),
      () => haypile.ask(word, { folder: inner }),
      () => haypile.ask(word, { folder: other }),
    ]) {
      expect(await outcome(work)).toMatch(/^HAYPILE_NOT_INDEXED/);
    }
  });

  it("are asked together with own memories alone", async () => {
    await home.haypile.memories.remember("We show it to all.", { namespace: "team" });
    const haypile = haypileFor({ folders: [given], read: ["team"] });
    const found = JSON.stringify(
      await haypile.ask(`shown to all ${word}`, { folder: given, minScore: 0 }),
    );
    expect(found).toContain("We show it to all.");
    expect(found).toContain("shown.ts");
    expect(found).not.toContain("The vault");
    for (const namespace of ["*", []]) {
      const again = await haypile.ask(word, { folder: given, namespace, minScore: 0 });
      expect(JSON.stringify(again)).not.toContain("The vault");
    }
    expect(await outcome(() => haypile.ask(word, { folder: given, namespace: "secret" }))).toMatch(
      /^HAYPILE_STORE_RIGHTS/,
    );
  });

  it("can be what a memory speaks of, and no others can", async () => {
    const { memories } = haypileFor({ folders: [given], write: ["team"] });
    const { id } = await memories.remember("It is shown.", {
      anchors: [{ path: join(given, "shown.ts"), root: given }],
    });
    expect((await memories.get(id))?.anchors).toHaveLength(1);
    for (const path of [
      "/etc/passwd",
      join(other, "hidden.ts"),
      join(given, "..", "other", "hidden.ts"),
      "shown.ts",
      `${given}2/x`,
    ]) {
      const said = await outcome(() =>
        memories.remember("x", { anchors: [{ path, root: given }] }),
      );
      expect(said, path).toMatch(/^HAYPILE_STORE_RIGHTS/);
    }
  });

  it("are taken away by nobody over a server", async () => {
    const haypile = haypileFor({ read: ["*"], write: ["*"], folders: [given], admin: true });
    for (const name of Object.keys(doorCalls).filter((one) => /remove|prune/.test(one))) {
      const call = haypile[name as "prune"];
      expect(await outcome(() => call({}))).toMatch(/^HAYPILE_STORE_RIGHTS/);
    }
    expect(await outcome(() => haypile.memories.sync(data))).toMatch(/^HAYPILE_STORE_RIGHTS/);
  });
});

describe("rights and scopes", () => {
  it("hold every call of the memories", () => {
    const known = Object.keys(attacks(nobody));
    const streams = ["export", "import", "openImport"];
    expect([...known, ...streams].sort()).toEqual(Object.keys(memoryCalls).sort());
  });

  it("are never more than both the entry and the token give", () => {
    const rights: Rights = { read: ["r"], write: ["w"], folders: ["/f"], admin: true };
    expect(within(rights, undefined)).toEqual(rights);
    expect(within(rights, [])).toEqual({ read: [], write: [], folders: [], admin: false });
    expect(within(rights, ["haypile:read"])).toEqual({
      ...{ read: ["r", "w"], write: [], folders: ["/f"], admin: false },
    });
    expect(within(rights, wholeScopes(["haypile:write", "openid"])).admin).toBe(false);
    expect(within(rights, wholeScopes(["haypile:admin"]))).toMatchObject({
      write: ["w"],
      admin: true,
    });
    expect(wholeScopes(["haypile:write"])).toEqual(["haypile:read", "haypile:write"]);
    expect(wholeScopes(["openid", "haypile:Read", "toString"])).toEqual([]);
  });

  it("go by whole names, or by a beginning that says so", () => {
    expect(fits(["team"], "team")).toBe(true);
    expect(fits(["team"], "team2")).toBe(false);
    expect(fits(["team"], "Team")).toBe(false);
    expect(fits(["team/*"], "team/a")).toBe(true);
    expect(fits(["team/*"], "team")).toBe(false);
    expect(fits(["*"], "anything")).toBe(true);
    expect(fits([], "")).toBe(false);
  });
});
