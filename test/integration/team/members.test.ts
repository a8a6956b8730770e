/* Memories asked and written by members of a team, who see what was granted to them: through the store, not with psql. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MemoryService } from "../../../src/memories/service.ts";
import { openPgMemoryStore } from "../../../src/storage/postgres/memories/store.ts";
import { HashEmbedder } from "../../helpers/hash-embedder.ts";
import { memoryRow } from "../../helpers/memory-rows.ts";
import { whyNoPostgres } from "../../helpers/postgres.ts";
import { type TeamStore, teamStore } from "../../helpers/team/team-store.ts";

describe.skipIf(whyNoPostgres !== undefined)("memories of members of a team", () => {
  let store: TeamStore;
  const services: MemoryService[] = [];

  beforeAll(async () => {
    store = await teamStore();
    const owner = openPgMemoryStore(store.link);
    owner.write("remember", () => {
      for (const namespace of ["ours", "theirs"]) {
        owner.rows.insert(
          memoryRow(`the heron of ${namespace} waits for frogs`, { namespace, tags: ["lake"] }),
        );
      }
    });
  });
  afterAll(async () => {
    for (const service of services) await service.close();
    await store?.close();
  });

  async function member(name: string, can: "read" | "write"): Promise<[MemoryService, string]> {
    const role = await store.person(name);
    store.team.grant(role, [{ scope: "namespace", name: "ours", can }]);
    const service = new MemoryService({
      store: openPgMemoryStore(store.linkAs(role)),
      embedder: new HashEmbedder(),
    });
    services.push(service);
    return [service, role];
  }

  const textsOf = async (service: MemoryService, query: string): Promise<string[]> =>
    (await service.recall(query, { minScore: 0, k: 50 })).hits.map(({ memory }) => memory.text);

  it("finds by words, tags and meaning what was granted, and counts nothing else", async () => {
    const [writer] = await member("finder", "write");
    await writer.settled();
    expect(await textsOf(writer, "heron frogs")).toEqual(["the heron of ours waits for frogs"]);
    expect((await writer.list({ tags: { any: ["lake"] } })).total).toBe(1);
    expect((await writer.list({ namespace: "theirs" })).total).toBe(0);
    expect((await writer.stats()).namespaces.map(({ namespace }) => namespace)).toEqual(["ours"]);
  });

  it("writes where it may, and refuses alone what it may not, of what is written together", async () => {
    const [writer] = await member("writer", "write");
    const all = await Promise.allSettled([
      writer.remember("written by a member", { namespace: "ours" }),
      writer.remember("not theirs to write", { namespace: "theirs" }),
      writer.remember("nobody gave the right to make one", { namespace: "new" }),
      writer.remember("written in the same turn", { namespace: "ours" }),
    ]);
    expect(all.map(({ status }) => status)).toEqual([
      "fulfilled",
      "rejected",
      "rejected",
      "fulfilled",
    ]);
    const codes = all.flatMap((one) => (one.status === "rejected" ? [one.reason.code] : []));
    expect(codes).toEqual(["HAYPILE_STORE_RIGHTS", "HAYPILE_STORE_RIGHTS"]);
    expect((await writer.list()).total).toBe(3);
  });

  it("reads without the right to write, and is told so when it writes", async () => {
    const [reader] = await member("reader", "read");
    expect(await textsOf(reader, "heron frogs")).toContain("the heron of ours waits for frogs");
    await expect(reader.remember("no", { namespace: "ours" })).rejects.toMatchObject({
      code: "HAYPILE_STORE_RIGHTS",
    });
    const [first] = (await reader.list()).memories;
    await expect(reader.forget(first?.id ?? "")).rejects.toMatchObject({
      code: "HAYPILE_STORE_RIGHTS",
    });
  });

  it("is told where it sees a memory and may not change it", async () => {
    const [reader, role] = await member("mixed", "read");
    store.team.grant(role, [{ scope: "namespace", name: "theirs", can: "write" }]);
    const [ours] = (await reader.list({ namespace: "ours" })).memories;
    const id = ours?.id ?? "";
    const refused = { code: "HAYPILE_STORE_RIGHTS" };
    await expect(reader.forget(id)).rejects.toMatchObject(refused);
    await expect(reader.forget(id, { hard: true })).rejects.toMatchObject(refused);
    await expect(reader.update(id, { pinned: true })).rejects.toMatchObject(refused);
    await expect(reader.update(id, { text: "another text" })).rejects.toMatchObject(refused);
    expect(await reader.get(id)).toMatchObject({ text: ours?.text, pinned: false });
    await reader.remember("written to theirs", { namespace: "theirs" });
    await reader.recall("heron");
  });

  it("forgets at its next question what was taken from it, and finds what is given to it", async () => {
    const [writer, role] = await member("moved", "read");
    expect((await textsOf(writer, "heron"))[0]).toContain("ours");
    store.team.grant(role, [{ scope: "namespace", name: "theirs", can: "read" }]);
    expect((await textsOf(writer, "heron")).some((text) => text.includes("theirs"))).toBe(true);
    store.team.revoke(role, [{ scope: "namespace", name: "ours" }]);
    const left = await textsOf(writer, "heron");
    expect(left[0]).toBe("the heron of theirs waits for frogs");
    expect(left.some((text) => text.includes("ours"))).toBe(false);
  });
});
