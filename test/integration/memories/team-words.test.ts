/*
 * Words of a team's memories that the server has packed into lists: found as before, while it is done and after it, in the
 * namespaces that somebody may see, and gone from all lists with what was erased.
 */
import { randomBytes } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { MemoryStore, RowFilter } from "../../../src/ports/memory-rows.ts";
import type { PgLink } from "../../../src/storage/postgres/link/link.ts";
import { openPgMemoryStore } from "../../../src/storage/postgres/memories/store.ts";
import { PgWords } from "../../../src/storage/postgres/memories/words/stored-words.ts";
import { askedWords } from "../../../src/storage/shared/words/asked-words.ts";
import { typedWords } from "../../../src/storage/shared/words/typed-words.ts";
import { indexedWords } from "../../../src/storage/sqlite/words/words.ts";
import { addMemories, memoryRow } from "../../helpers/memory-rows.ts";
import { testDatabase, whyNoPostgres } from "../../helpers/postgres.ts";
import { type TeamStore, teamStore } from "../../helpers/team/team-store.ts";

const all: RowFilter = { now: 5_000 };
const birds = ["heron", "herons", "stork", "swan", "crane", "grebe"];
const doings = ["waits", "sleeps", "goes", "went", "flies"];

describe.skipIf(whyNoPostgres !== undefined)("packed lists of words", () => {
  let team: TeamStore;
  const open: (() => void)[] = [];

  beforeAll(async () => {
    team = await teamStore(await testDatabase());
  });
  afterEach(() => {
    for (const close of open.splice(0).reverse()) close();
    team.link.run(`DELETE FROM memory_words; DELETE FROM memory_parts; DELETE FROM memory_rows`);
  });
  afterAll(() => team?.close());

  function client(
    link: PgLink,
    leastParts = 1_000_000,
    mostParts = leastParts,
    rest?: (ms: number) => Promise<void>,
  ): MemoryStore {
    const store = openPgMemoryStore(link, { sealing: { leastParts, mostParts, rest } });
    open.push(() => store.close());
    return store;
  }

  /** Texts of some words each, the last of which no other has. */
  function fill(store: MemoryStore, count: number, namespace = "default", from = 0): number[] {
    const seeds = Array.from({ length: count }, (_, at) => from + at);
    const text = (seed: number): string =>
      `the ${birds[seed % birds.length]} ${doings[seed % doings.length]} at the lake ${namespace}${seed}`;
    return addMemories(store, ...seeds.map((seed) => memoryRow(text(seed), { namespace })));
  }

  /** Parts that have each of some words, as the server says. */
  function found(link: PgLink, question: string, after = 0, until = 2 ** 32 - 1): number[][] {
    const words = new PgWords(link, indexedWords);
    const wanted = askedWords(question.split(" ")).map((word) => ({ word, after }));
    return words.partsWith(wanted, until).map((ids) => [...(ids as Uint32Array)]);
  }

  function begun(link: PgLink, text: string): number[] {
    const words = new PgWords(link, indexedWords);
    const [word] = typedWords(text, false);
    if (word === undefined) throw new Error("no word was begun");
    return [...(words.partsWith([{ word, after: 0 }], 2 ** 32 - 1)[0] as Uint32Array)];
  }

  function young(link: PgLink): number {
    return Number(link.lists("SELECT count(*) FROM memory_words")[0]?.[0]);
  }

  function seal(link: PgLink, least = 1, most = 1_000_000): number {
    return link.lists("SELECT memory_seal_words($1, $2)", [least, most])[0]?.[0] as number;
  }

  const question = "heron went lake default7 swan nowhere";

  it("give the answers of the index, whole and by part, before, amid and after", () => {
    const { link } = team;
    const store = client(link);
    const rows = [
      ...fill(store, 100),
      ...fill(store, 30, "other"),
      ...fill(store, 100, "default", 100),
    ];
    const ids = store.rows.parts(rows).map(({ partId }) => partId);
    const [middle = 0, late = 0] = [ids[90], ids[180]];
    const asked = (): unknown => ({
      whole: found(link, question),
      after: found(link, question, middle),
      between: found(link, question, middle, late),
      begun: [begun(link, "hero"), begun(link, "defaul"), begun(link, "s")],
      counts: ["heron", "lake", "default7", "nowhere", "her*"].map((term) =>
        new PgWords(link, indexedWords).countOf(term, 230),
      ),
      hits: store.words.search("which heron went", 50, store.scope.allowed(all)),
    });
    const before = asked();
    expect(found(link, question).map(({ length }) => length)).toEqual([78, 92, 230, 1, 38, 0]);
    expect(seal(link, 1, 70)).toBe(70);
    expect(young(link)).toBe(160);
    expect(asked()).toEqual(before);
    let steps = 0;
    while (seal(link, 1, 70) > 0) steps += 1;
    expect(steps).toBeGreaterThan(2);
    expect(young(link)).toBe(0);
    expect(asked()).toEqual(before);
    // What comes after is found beside what is packed.
    const [added = 0] = fill(store, 1, "default", 6_000);
    const [newest] = store.rows.parts([added]);
    expect(found(link, "default6000 heron")[0]).toEqual([newest?.partId]);
    expect(found(link, "heron")[0]).toHaveLength(79);
  });

  it("are begun by who writes enough, and by tidying", async () => {
    const { link } = team;
    const store = client(link, 40);
    fill(store, 45);
    await store.tidy();
    const left = young(link);
    expect(left).toBeLessThan(40);
    fill(store, 39 - left, "default", 45);
    await store.tidy();
    expect(young(link)).toBe(39);
  });

  it("are right where ids of a namespace lie far from each other", () => {
    const { link } = team;
    const store = client(link);
    const jumps = [0, 70_000, 20_000_000, 2_000_000_000];
    const widths: unknown[] = [];
    for (const [at, jump] of jumps.entries()) {
      link.run("UPDATE memory_counters SET last_part = last_part + $1", [jump]);
      fill(store, 1, "far", at);
      if (at === 0) continue;
      const before = found(link, "lake");
      expect(seal(link)).toBeGreaterThan(0);
      expect(found(link, "lake")).toEqual(before);
      expect(before[0]).toHaveLength(at + 1);
      const ofFar = `SELECT s.width FROM memory_word_segments s JOIN namespaces n ON n.id = s.namespace_id
        WHERE n.name = 'far' ORDER BY s.first_id`;
      widths.push(link.lists(ofFar).flat());
    }
    expect(widths).toEqual([[3], [3, 2], [3, 2, 2]]);
    link.run("DELETE FROM memory_parts");
    expect(link.lists("SELECT count(*) FROM memory_word_lists")).toEqual([[0]]);
  });

  it("lose what is erased in the same transaction, and words that nobody else said", () => {
    const { link } = team;
    const store = client(link);
    const rows = fill(store, 150);
    while (seal(link, 1, 60) > 0);
    // Young ones beside.
    rows.push(...fill(store, 20, "default", 150));
    const parts = store.rows.parts(rows).map(({ partId }) => partId);
    const gone = [7, 8, 63, 64, 65, 149, 155];
    const keys = gone.map((at) => store.rows.get([rows[at] as number])[0]?.key as string);
    const before = found(link, "heron went lake stork");
    const isGone = new Set(gone.map((at) => parts[at] as number));
    const erase = (): void => store.removal.erase(keys, 5_000, "forgotten", () => []);
    expect(() =>
      store.write("erase", () => {
        erase();
        throw new Error("taken back");
      }),
    ).toThrow("taken back");
    expect(found(link, "heron went lake stork")).toEqual(before);
    store.write("erase", erase);
    expect(found(link, "heron went lake stork")).toEqual(
      before.map((ids) => ids.filter((id) => !isGone.has(id))),
    );
    for (const at of gone) {
      expect(link.lists("SELECT FROM memory_word_lists WHERE word = $1", [`default${at}`])).toEqual(
        [],
      );
      expect(
        link.lists(
          `SELECT FROM memory_sealed_words WHERE $1 = ANY(part_ids) OR array_to_string(words, ' ') LIKE $2`,
          [parts[at] as number, `%default${at}''%`],
        ),
      ).toEqual([]);
    }
    expect(found(link, "default9")).toEqual([[parts[9]]]);
    // Most of them at once, by another way through the lists.
    const more = store.rows.get(rows.slice(10, 148)).map(({ key }) => key);
    store.write("erase", () => store.removal.erase(more, 5_000, "forgotten", () => []));
    const left = parts.filter((id, at) => !isGone.has(id) && (at < 10 || at >= 148));
    expect(found(link, "lake")).toEqual([left]);
  });

  it("hold up neither writers nor who seals at the same time, and no erased part comes back", async () => {
    const { link } = team;
    const store = client(link);
    const rows = fill(store, 60);
    const [part] = store.rows.parts(rows.slice(0, 1)).map(({ partId }) => partId);
    const sealer = await team.as("postgres");
    const other = await team.as("postgres");
    await sealer.ask("BEGIN");
    expect(await sealer.ask("SELECT memory_seal_words(1, 1000)")).toEqual([["60"]]);
    // Another finds it being done, and readers what was there before.
    expect(await other.ask("SELECT memory_seal_words(1, 1000)")).toEqual([["0"]]);
    expect(found(link, "lake")[0]).toHaveLength(60);
    fill(store, 1, "default", 60);
    const [{ key } = { key: "" }] = store.rows.get(rows.slice(0, 1));
    const erase = (): void =>
      store.write("erase", () => store.removal.erase([key], 5_000, "forgotten", () => []));
    expect(erase).toThrow(expect.objectContaining({ code: "HAYPILE_DB_BUSY" }));
    await sealer.ask("COMMIT");
    erase();
    expect(found(link, "lake")[0]).toHaveLength(60);
    expect(found(link, "lake")[0]).not.toContain(part);
    // The other way round: who erases is not waited for.
    await other.ask("BEGIN");
    await other.ask("DELETE FROM memory_words WHERE part_id = $1", [(part as number) + 60]);
    expect(seal(link)).toBe(0);
    await other.ask("ROLLBACK");
    expect(seal(link)).toBe(1);
    expect(found(link, "lake")[0]).toHaveLength(60);
  });

  it("leave whoever erases its turn between two steps, each a rest", async () => {
    const { link } = team;
    const rows = fill(client(link), 100);
    const left: number[] = [];
    const erased: number[] = [];
    const store = client(link, 20, 20, async (ms) => {
      expect(ms).toBeGreaterThan(200);
      left.push(young(link));
      const row = rows[left.length * 10] as number;
      const [one] = store.rows.get([row]);
      const [part] = store.rows.parts([row]);
      // It is not refused as busy.
      store.write("erase", () =>
        store.removal.erase([one?.key ?? ""], 5_000, "forgotten", () => []),
      );
      erased.push(part?.partId ?? 0);
    });
    await store.tidy();
    expect(left.length).toBeGreaterThan(3);
    expect(left.filter((parts) => parts > 20).length).toBeGreaterThan(2);
    expect(found(link, "lake")[0]).toHaveLength(100 - erased.length);
    for (const part of erased) expect(found(link, "lake")[0]).not.toContain(part);
  });

  it("are asked and made by members within their namespaces", async () => {
    const owner = client(team.link);
    fill(owner, 50, "ours");
    fill(owner, 50, "theirs");
    const [reader, writer] = [await team.person("reader"), await team.person("writer")];
    team.team.grant(reader, [{ scope: "namespace", name: "ours", can: "read" }]);
    team.team.grant(writer, [{ scope: "namespace", name: "ours", can: "write" }]);
    const [asReader, asWriter] = [team.linkAs(reader), team.linkAs(writer)];
    const before = found(asReader, "heron lake");
    expect(before.map(({ length }) => length)).toEqual([18, 50]);
    expect(seal(asReader)).toBe(0);
    expect(seal(asWriter)).toBe(50);
    expect(seal(asWriter)).toBe(0);
    expect(seal(team.link)).toBe(50);
    for (const link of [asReader, asWriter]) {
      expect(found(link, "heron lake")).toEqual(before);
      expect(new PgWords(link, indexedWords).countOf("lake", 100)).toBe(50);
      expect(link.lists("SELECT count(*) FROM memory_word_segments")).toEqual([[1]]);
    }
    expect(() => asWriter.run("SELECT own_list_without('', 2, '{1}')")).toThrow(/permission/u);
    // Nobody writes by hand what others read as lists.
    const ours = asWriter.lists("SELECT namespace_id FROM memory_word_segments")[0]?.[0] as number;
    for (const statement of [
      `INSERT INTO memory_word_segments VALUES (1, 4294967295, ${ours}, 1, 2)`,
      `INSERT INTO memory_word_lists VALUES (1, ${ours}, 'deploy', '')`,
      `INSERT INTO memory_sealed_words VALUES (1, 2, ${ours}, '{1}', '{no vector}')`,
      "UPDATE memory_word_segments SET width = 4",
      "DELETE FROM memory_word_lists",
    ]) {
      expect(() => asWriter.run(statement), statement).toThrow(/row-level security|permission/u);
    }
  });

  it("find words with signs that mean something to the server", () => {
    const { link } = team;
    const store = client(link);
    const words = ["naïve", "ünder", "日本", `x${randomBytes(4).toString("hex")}`];
    addMemories(store, ...words.map((word) => memoryRow(`the ${word} lake`)));
    const before = words.map((word) => [found(link, word), begun(link, word.slice(0, 2))]);
    expect(before.flatMap(([whole]) => whole?.[0])).toHaveLength(words.length);
    expect(seal(link)).toBe(words.length);
    expect(words.map((word) => [found(link, word), begun(link, word.slice(0, 2))])).toEqual(before);
  });
});
