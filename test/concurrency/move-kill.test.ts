/* A move of memories that is killed again and again comes to its end, and nothing is lost or doubled. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readEnvironment } from "../../src/config/environment/env.ts";
import { openMemories } from "../../src/engine/memories/memories.ts";
import type { MoveResult } from "../../src/engine/memories/move/move.ts";
import { openServerStore } from "../../src/engine/store/open-server.ts";
import { storesOfMemories } from "../../src/engine/store/store-for.ts";
import { digestOf, wholeMemories } from "../../src/memories/writing/put-whole.ts";
import {
  type OpenedMemoryStore,
  openMemoryStore,
} from "../../src/storage/sqlite/memories/store.ts";
import { addonFolder } from "../helpers/model.ts";
import { type TestDatabase, testDatabase, whyNoPostgres } from "../helpers/postgres.ts";
import { makeFolder } from "../helpers/sqlite-files.ts";

const worker = join(import.meta.dirname, "move-worker.ts");
const kills = 4;
const memories = 400;

describe.skipIf(whyNoPostgres !== undefined)("a move that is killed", () => {
  let database: TestDatabase;
  let folder: string;
  let remove: () => void;
  let variables: Record<string, string>;

  beforeAll(async () => {
    database = await testDatabase();
    ({ folder, remove } = makeFolder());
    mkdirSync(join(folder, "config"));
    variables = {
      HOME: folder,
      HAYPILE_DATA_DIR: folder,
      HAYPILE_CONFIG_DIR: join(folder, "config"),
      ...(addonFolder !== undefined && { HAYPILE_ADDON_DIR: addonFolder }),
    };
  });
  afterAll(async () => {
    remove?.();
    await database?.close();
  });

  const begin = (to: string): ChildProcess =>
    spawn(process.execPath, [worker, to], {
      env: { PATH: process.env.PATH ?? "", ...variables },
      stdio: ["ignore", "pipe", "inherit"],
    });
  const all = (store: OpenedMemoryStore): string[] =>
    wholeMemories(
      store,
      store.transfer.newest(0, 10_000).map(({ key }) => key),
    ).map((whole) => `${whole.key} ${digestOf(whole)}`);

  /** Kills it when it has said so many lines, unless it ends before. */
  async function moveAndKill(to: string, lines: number): Promise<void> {
    const child = begin(to);
    let said = 0;
    child.stdout?.on("data", (data: Buffer) => {
      said += data.toString().split("\n").length - 1;
      if (said >= lines) child.kill("SIGKILL");
    });
    await once(child, "close");
  }

  async function moveToEnd(to: string): Promise<MoveResult> {
    const child = begin(to);
    let text = "";
    child.stdout?.on("data", (data: Buffer) => {
      text += data.toString();
    });
    await once(child, "close");
    return JSON.parse(/^done (.*)$/mu.exec(text)?.[1] ?? "null");
  }

  it("goes on, there and back", async () => {
    const path = join(folder, "memories.db");
    const service = await openMemories({ database: path, embedder: undefined, addonFolder });
    const items = Array.from({ length: memories }, (_, at) => ({
      text: `memory ${at} of the move`,
      namespace: `n${at % 5}`,
      onDuplicate: "keep" as const,
    }));
    const made = await service.rememberMany(items);
    for (const { id } of made.slice(0, 20)) await service.update(id, { importance: 0.9 });
    await service.close();

    for (const to of [database.url, "sqlite"]) {
      for (let at = 1; at <= kills; at += 1) {
        if (storesOfMemories(readEnvironment(variables)).others === to) break;
        await moveAndKill(to, at * 2);
      }
      const stores = storesOfMemories(readEnvironment(variables));
      if (stores.others !== to) expect((await moveToEnd(to)).memories).toBe(memories);
      expect(storesOfMemories(readEnvironment(variables)).others).toBe(to);
      const file = openMemoryStore({ path });
      const held = await openServerStore({ link: { url: database.url }, waitMs: 20_000 });
      expect(all(held)).toEqual(all(file));
      expect(all(held)).toHaveLength(memories);
      held.close();
      file.close();
    }
  });
});
