/**
 * Machines with data folders of their own edit memories at random and sync through folders whose files come late, cut,
 * old or twice; syncs are killed. In the end all have the same memories, and of what was acknowledged nothing is lost:
 * what was said last holds, as a plain model of last writes has it.
 *
 * HAYPILE_SYNC_EDITS=10000 makes so many edits, HAYPILE_SYNC_SEED=7 others. Either prints what happened.
 */
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { seededRandom } from "../helpers/random.ts";
import { makeFolder } from "../helpers/sqlite-files.ts";
import { Carrier, Machine, noteOwn } from "../helpers/sync-machines.ts";
import type { MachineWork } from "./memories-sync-machine.ts";

const edits = Number(process.env.HAYPILE_SYNC_EDITS ?? 400);
const seed = Number(process.env.HAYPILE_SYNC_SEED ?? 1);
const made = makeFolder();
const running: Machine[] = [];

afterAll(async () => {
  for (const machine of running) machine.kill();
  made.remove();
});

/** What must be true of a memory; undefined: not foretold, but the same everywhere. */
interface Expected {
  /** All that it ever said. */
  texts: Set<string>;
  text: string | undefined;
  tags: string[] | undefined;
  pinned: boolean | undefined;
  importance: number | undefined;
  isForgotten: boolean;
  isGone: boolean;
  /** Several things became one, or one was in the way of a kill. */
  isWild: boolean;
}

interface Chosen {
  work: MachineWork;
  note: (done: unknown) => void;
}

class World {
  readonly machines: Machine[];
  readonly memories = new Map<string, Expected>();
  readonly #random: () => number;
  readonly #carrier: Carrier;
  /** Forgotten on a machine since it synced last. */
  readonly #forgottenOn = new Map<Machine, Set<string>>();
  readonly #merged: string[] = [];
  counts = { edits: 0, refused: 0, syncs: 0, kills: 0 };
  #texts = 0;

  constructor(machines: Machine[], random: () => number) {
    this.machines = machines;
    this.#random = random;
    this.#carrier = new Carrier(random);
  }

  async step(): Promise<void> {
    const machine = this.#one(this.machines);
    const chance = this.#random();
    if (chance < 0.03) await this.#sync(machine);
    else if (chance < 0.06)
      this.#carrier.carry(machine, this.#one(this.machines.filter((one) => one !== machine)));
    else await this.#edit(machine);
  }

  /** Everything is carried everywhere until nothing is new. */
  async settle(): Promise<void> {
    for (let round = 0; ; round++) {
      let news = 0;
      for (const machine of this.machines) {
        const { received, sent, ...result } = await machine.sync();
        noteOwn(machine, { received, sent, ...result });
        news += sent + received.added + received.changed + received.forgotten;
        for (const other of this.machines) {
          if (other !== machine) this.#carrier.carryAll(machine, other);
        }
      }
      if (news === 0) return;
      if (round > 12) throw new Error(`they do not come to rest: ${news} in round ${round}`);
    }
  }

  async #sync(machine: Machine): Promise<void> {
    const isKilled = this.#random() < 0.15;
    this.counts.syncs += 1;
    this.#forgottenOn.get(machine)?.clear();
    const asked = machine.ask({ sync: machine.folder });
    if (isKilled) {
      await new Promise((done) => setTimeout(done, this.#random() * 60));
      machine.kill();
    }
    const answer = await asked;
    if (answer === undefined) {
      this.counts.kills += 1;
      await machine.start();
      return;
    }
    if ("refused" in answer) throw new Error(JSON.stringify(answer));
    noteOwn(machine, answer.done as Parameters<typeof noteOwn>[1]);
    if (isKilled) {
      this.counts.kills += 1;
      await machine.start();
    }
  }

  async #edit(machine: Machine): Promise<void> {
    const { work, note } = this.#choose(machine);
    const answer = await machine.ask(work);
    if (answer === undefined) throw new Error(`a machine ended: ${machine.complaint}`);
    this.counts.edits += 1;
    if ("done" in answer) note(answer.done);
    else if (/^HAYPILE_(?:MEMORY_MISSING|USAGE|CONFLICT)$/u.test(answer.refused)) {
      this.counts.refused += 1;
    } else throw new Error(JSON.stringify(answer));
  }

  #choose(machine: Machine): Chosen {
    const chance = this.#random();
    const ids = [...this.memories.keys()];
    const id = ids.length === 0 ? "" : this.#one(ids);
    const known = this.memories.get(id);
    if (known === undefined || chance < 0.2) return this.#remember();
    if (chance < 0.62) return this.#update(id, known);
    if (chance < 0.7) {
      const note = () => {
        Object.assign(known, { isForgotten: true });
        const here = this.#forgottenOn.get(machine) ?? new Set();
        this.#forgottenOn.set(machine, here.add(id));
      };
      return { work: { forget: id, hard: false }, note };
    }
    if (chance < 0.75) {
      const own = [...(this.#forgottenOn.get(machine) ?? [])];
      if (own.length === 0) return this.#update(id, known);
      const one = this.#one(own);
      const note = () => {
        Object.assign(this.memories.get(one) as Expected, { isForgotten: false });
        this.#forgottenOn.get(machine)?.delete(one);
      };
      return { work: { undelete: one }, note };
    }
    if (chance < 0.79) {
      const note = () => {
        Object.assign(known, { isGone: true, isForgotten: false, texts: new Set() });
        for (const all of this.#forgottenOn.values()) all.delete(id);
      };
      return { work: { forget: id, hard: true }, note };
    }
    if (chance < 0.84) return this.#merge(id);
    if (chance < 0.86 && this.#merged.length > 0) {
      return { work: { unmerge: this.#one(this.#merged) }, note: () => undefined };
    }
    if (chance < 0.91) {
      const text = this.#text();
      const note = (done: unknown) => {
        known.isWild = true;
        this.#add((done as { id: string }).id, text, undefined);
      };
      return { work: { replace: id, text }, note };
    }
    return { work: { link: id, to: this.#one(ids) }, note: () => undefined };
  }

  #remember(): Chosen {
    // Now and then what another may have said.
    const isCommon = this.#random() < 0.1;
    const text = isCommon ? `said by many ${Math.floor(this.#random() * 6)}` : this.#text();
    const tags = [`t${Math.floor(this.#random() * 9)}`];
    const note = (done: unknown) => {
      const { id, status } = done as { id: string; status: string };
      if (status === "stored") this.#add(id, text, tags);
      else this.#add(id, text, undefined).isWild = true;
    };
    return { work: { remember: text, tags }, note };
  }

  #add(id: string, text: string, tags: string[] | undefined): Expected {
    const known = this.memories.get(id);
    if (known !== undefined) {
      known.isForgotten = false;
      return known;
    }
    const memory: Expected = {
      texts: new Set([text]),
      text,
      tags,
      pinned: undefined,
      importance: undefined,
      isForgotten: false,
      isGone: false,
      isWild: false,
    };
    this.memories.set(id, memory);
    return memory;
  }

  #update(id: string, known: Expected): Chosen {
    const which = Math.floor(this.#random() * 4);
    const change = [
      { text: this.#text() },
      { tags: [`u${Math.floor(this.#random() * 1_000)}`] },
      { pinned: this.#random() < 0.5 },
      { importance: Math.round(this.#random() * 100) / 100 },
    ][which] as { text?: string; pinned?: boolean };
    const note = (done: unknown) => {
      // What is there already says nothing.
      if (!(done as { isChange: boolean }).isChange) return;
      if (known.isGone) {
        // Somebody who had not seen it go has said something of it: which text is left depends on what he had.
        Object.assign(known, { isGone: false, isWild: true });
      }
      known.isForgotten = false;
      Object.assign(known, change);
      if (change.text !== undefined) known.texts.add(change.text);
    };
    return { work: { update: id, change }, note };
  }

  #merge(id: string): Chosen {
    const ids = [id, this.#one([...this.memories.keys()])];
    const note = (done: unknown) => {
      for (const one of ids) (this.memories.get(one) as Expected).isWild = true;
      this.#merged.push(done as string);
      this.#add(done as string, "", undefined).isWild = true;
    };
    return { work: { merge: ids }, note };
  }

  #text(): string {
    this.#texts += 1;
    return `words of thing number ${this.#texts} and ${Math.floor(this.#random() * 1e9).toString(36)}`;
  }

  #one<T>(list: readonly T[]): T {
    return list[Math.floor(this.#random() * list.length)] as T;
  }
}

interface Exported {
  id: string;
  text: string;
  tags: string[];
  pinned: boolean;
  importance: number;
  history?: { text: string }[];
}

async function exported(machine: Machine): Promise<string[]> {
  return await machine.sure<string[]>({ export: true });
}

function check(world: World, lines: readonly string[]): number {
  const byId = new Map(
    lines.map((line) => JSON.parse(line) as Exported).map((one) => [one.id, one]),
  );
  let looked = 0;
  for (const [id, expected] of world.memories) {
    if (expected.isWild) continue;
    looked += 1;
    const found = byId.get(id);
    if (expected.isForgotten || expected.isGone) {
      expect(found, `${id} is forgotten`).toBeUndefined();
      continue;
    }
    const { text, tags, pinned, importance } = expected;
    expect(found, `${id} is there`).toBeDefined();
    expect({ id, text: found?.text }).toEqual({ id, text });
    if (tags !== undefined) expect({ id, tags: found?.tags }).toEqual({ id, tags });
    if (pinned !== undefined) expect({ id, pinned: found?.pinned }).toEqual({ id, pinned });
    if (importance !== undefined) expect(found?.importance).toBe(importance);
    const said = new Set([found?.text, ...(found?.history ?? []).map((one) => one.text)]);
    expect(
      [...expected.texts].filter((one) => !said.has(one)),
      `texts of ${id}`,
    ).toEqual([]);
  }
  return looked;
}

it.each([2, 3])(
  "brings %i machines to the same memories",
  { timeout: 300_000 + 300 * edits },
  async (count) => {
    const random = seededRandom(seed * 10 + count);
    const machines = [...Array(count).keys()].map(
      (at) => new Machine(join(made.folder, `${count}-${at}`)),
    );
    running.push(...machines);
    await Promise.all(machines.map((machine) => machine.start()));
    const world = new World(machines, random);
    while (world.counts.edits < edits) await world.step();
    await world.settle();
    const [first = [], ...others] = await Promise.all(machines.map(exported));
    for (const other of others) expect(other).toEqual(first);
    expect(check(world, first)).toBeGreaterThan(edits / 40);

    // What is forgotten is there as well: it comes back on any machine, for all.
    const forgotten = [...world.memories].filter(
      ([, { isForgotten, isWild }]) => isForgotten && !isWild,
    );
    for (const [at, [id, expected]] of forgotten.entries()) {
      await machines[at % count]?.sure({ undelete: id });
      expected.isForgotten = false;
    }
    await world.settle();
    const [again = [], ...rest] = await Promise.all(machines.map(exported));
    for (const other of rest) expect(other).toEqual(again);
    check(world, again);
    await Promise.all(machines.map((machine) => machine.end()));
    if (process.env.HAYPILE_SYNC_EDITS ?? process.env.HAYPILE_SYNC_SEED) {
      process.stderr.write(
        `${count} machines: ${JSON.stringify(world.counts)}, ${again.length} memories\n`,
      );
    }
  },
);
