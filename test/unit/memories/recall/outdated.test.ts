/* Which memories of an answer a newer one seems to contradict. */
import { describe, expect, it } from "vitest";
import {
  asksForPast,
  type Compared,
  outdatedOf,
} from "../../../../src/memories/recall/outdated.ts";
import { cosineScaleOf } from "../../../../src/search/ranking/cosine-scale.ts";
import { HashEmbedder } from "../../../helpers/hash-embedder.ts";
import { memoryRow } from "../../../helpers/memory-rows.ts";

const embedder = new HashEmbedder({ dimensions: 256 });

interface Said {
  text: string;
  kind?: "fact" | "turn";
  namespace?: string;
  share?: number;
  /** When it was told, milliseconds since 1970. */
  at?: number;
}

/** Texts of the newer among `found`, by that of the older. */
async function outdated(...said: Said[]): Promise<Record<string, string>> {
  const vectors = await embedder.embed(said.map(({ text }) => text));
  const found = said.map(
    ({ text, kind = "fact", namespace, share = 1, at = 0 }, place): Compared => {
      const { created, since, validFrom } = { created: at, since: at, validFrom: at };
      const row = memoryRow(text, {
        kind,
        created,
        since,
        validFrom,
        ...(namespace && { namespace }),
      });
      const end = { until: undefined, ended: "open" as const, deleted: undefined };
      return { row: { ...row, ...end, rowId: place + 1 }, partId: place, share };
    },
  );
  const size = embedder.dimensions;
  const of = (partId: number): Float32Array => vectors.slice(partId * size, (partId + 1) * size);
  const pairs = outdatedOf(found, { each: (ids) => ids.map(of) }, cosineScaleOf(undefined));
  return Object.fromEntries(
    [...pairs].map(([older, newer]) => [said[older]?.text ?? "", said[newer]?.text ?? ""]),
  );
}

const older = "The staging database listens on port 5432.";
const newer = "The staging database listens on port 5433.";

describe("of two that say something else of the same", () => {
  it("the older is outdated, wherever they stand", async () => {
    expect(await outdated({ text: older, at: 1 }, { text: newer, at: 2 })).toEqual({
      [older]: newer,
    });
    expect(await outdated({ text: newer, at: 2 }, { text: older, at: 1 })).toEqual({
      [older]: newer,
    });
  });

  it("the later written is newer when they were told at the same moment", async () => {
    expect(await outdated({ text: older }, { text: newer })).toEqual({ [older]: newer });
  });

  it.each([
    ["Peter likes green tea with milk.", "Paul likes green tea with milk."],
    ["The staging database listens on port 5432.", "The production database listens on port 5433."],
    ["Ticket 101 is assigned to Kim.", "Ticket 102 is assigned to Lee."],
  ])("none is where they are about two things: %s %s", async (one, other) => {
    expect(await outdated({ text: one, at: 1 }, { text: other, at: 2 })).toEqual({});
  });

  it("the newest is meant when there are three", async () => {
    const newest = "The staging database listens on port 5434.";
    const found = await outdated(
      { text: older, at: 1 },
      { text: newer, at: 2 },
      { text: newest, at: 3 },
    );
    expect(found).toEqual({ [older]: newest, [newer]: newest });
  });

  it("none is where the older has words of the question that the newer has not", async () => {
    const hall = { text: "The wall in the hall is 1.97 m wide.", at: 1, share: 1 };
    const study = { text: "The wall in the study is 2.84 m wide.", at: 2, share: 0.5 };
    expect(await outdated(hall, study)).toEqual({});
  });

  it("none is where they speak of other things, in other namespaces, or are turns", async () => {
    const other = { text: "Anna likes marmalade on toast in the morning.", at: 2 };
    expect(await outdated({ text: older, at: 1 }, other)).toEqual({});
    const elsewhere = { text: newer, at: 2, namespace: "elsewhere" };
    expect(await outdated({ text: older, at: 1 }, elsewhere)).toEqual({});
    const turns = [older, newer].map((text, at) => ({ text, at, kind: "turn" as const }));
    expect(await outdated(...turns)).toEqual({});
  });
});

describe("a question for what was", () => {
  it.each([
    ["where did Anna live before?", true],
    ["what was the port before that", true],
    ["which database did we use previously", true],
    ["who once was the owner", true],
    ["how many approvals are needed before a deploy", false],
    ["what runs once the build is done", false],
  ])("is told by its words: %s", (question, isPast) => {
    expect(asksForPast(question)).toBe(isPast);
  });
});
