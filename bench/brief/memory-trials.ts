/* What a memory store says of itself: times of a text, of remember and recall, threads, topics. */
import { type Figure, figuresOf, mb, memory, type Trial } from "./figure.ts";
import { type Row, runBench } from "./kept-rows.ts";

export const memoryTrials: readonly Trial[] = [
  {
    name: "single",
    says: "cold start, a new text, a cached text, 20 texts",
    run: () => {
      const { rows, load } = runBench("embedding/single.ts", ["--rounds", "3"], "single");
      const row = rows[0] as Row;
      const bench = "bench/embedding/single.ts";
      return {
        load,
        figures: figuresOf({ of: memory, bench, row }, [
          {
            what: "process to first vector",
            theirs: "4,411 ms",
            ours: Number(row.firstMs),
            unit: "ms",
            target: { atMost: 4_411 },
            note: `${Math.round(Number(row.firstCpuMs))} ms of CPU`,
          },
          {
            what: "embed a new text",
            theirs: "11.2 ms",
            ours: Number(row.freshP50),
            unit: "ms",
            target: { atMost: 11.2 },
            note: "queries of eight words, p50",
          },
          {
            what: "embed a cached text",
            theirs: "0.006 ms",
            ours: Number(row.cachedP50),
            unit: "ms",
            target: { atMost: 0.006 },
            note: "p50",
          },
          {
            what: "embed 20 texts of 20 lengths in one call",
            theirs: "fails on shapes",
            ours: Number(row.batch20P50),
            unit: "ms",
            target: { atMost: 20 * 11.2 },
            note: `p50; ${Math.round(Number(row.batch20CpuMs))} ms of CPU; target: 20 times their one text`,
          },
          {
            what: "peak RSS of a process with the model",
            theirs: "1,316 MB, goal 500",
            ours: mb(row.peakRss),
            unit: "MB",
            target: { atMost: 300 },
            note: "target: their goal for a Pi Zero",
          },
        ]),
      };
    },
  },
  {
    name: "recall",
    says: "remember and recall at 10 to 100,000 memories, bytes of each",
    run: () => recallAt("10,50,100,1000"),
  },
  {
    name: "recall-100000",
    says: "the same at 100,000",
    isHeavy: true,
    run: () => recallAt("100000"),
  },
  {
    name: "batch",
    says: "1,000 memories with their vectors",
    run: () => {
      const { rows, load } = runBench("memories/batch.ts", ["--rounds", "1", "--keep"], "memories");
      const row = rows[0] as Row;
      return {
        load,
        figures: figuresOf({ of: memory, bench: "bench/memories/batch.ts", row }, [
          {
            what: "1,000 memories with vectors",
            theirs: "24 s",
            ours: Number(row.memoriesMs) / 1_000,
            unit: "s",
            target: { atMost: 24 },
            note: `on disk and found by words after ${Number(row.acknowledgedMs) / 1_000} s; ${Math.round(Number(row.memoriesCpuMs) / 1_000)} s of CPU`,
          },
        ]),
      };
    },
  },
  {
    name: "threads",
    says: "four threads that write and read one file",
    run: () => {
      const { rows, load } = runBench("memories/threads.ts", ["--each", "50"], "memories");
      const row = rows[0] as Row;
      return {
        load,
        figures: figuresOf({ of: memory, bench: "bench/memories/threads.ts", row }, [
          {
            what: "errors and lost writes of 4 threads",
            theirs: "mixed reads and writes time out",
            ours: Number(row.errors) + Number(row.lost),
            unit: "",
            target: { atMost: 0 },
            note: `${row.writes} writes and ${row.reads} recalls in ${Math.round(Number(row.seconds))} s, models loaded four times`,
          },
          {
            what: "remember in one of 4 threads",
            theirs: "20.4 ms alone",
            ours: Number(row.rememberP50),
            unit: "ms",
            target: { atMost: 20.4 },
            note: "p50",
          },
        ]),
      };
    },
  },
  {
    name: "topics",
    says: "200 memories of five topics",
    run: () => {
      const { rows, load } = runBench("memories/topics.ts", [], "memories");
      const row = rows[0] as Row;
      return {
        load,
        figures: figuresOf({ of: memory, bench: "bench/memories/topics.ts", row }, [
          {
            what: "topics whose name finds one of theirs first, of 5",
            theirs: "4 of 5",
            ours: Number(row.found),
            unit: "",
            target: { atLeast: 5 },
            note:
              (row.notFound as string[]).length === 0
                ? ""
                : `not found: ${(row.notFound as string[]).join(", ")}`,
          },
          {
            what: "topics with ten hits when only they are let in, of 5",
            theirs: "filters lose results",
            ours: Number(row.filled),
            unit: "",
            target: { atLeast: 5 },
          },
          {
            what: "questions whose memory is among five hits",
            theirs: "not said",
            ours: 100 * Number(row.amongFive),
            unit: "%",
            note: `${row.questions} questions, half in other words; first hit of the right topic: ${(100 * Number(row.inTopic)).toFixed(1)} %`,
          },
        ]),
      };
    },
  },
];

function recallAt(counts: string): { figures: Figure[]; load: [number, number] } {
  const { rows, load } = runBench(
    "memories/latency.ts",
    ["--counts", counts, "--keep"],
    "memories",
  );
  const bench = `bench/memories/latency.ts --counts ${counts}`;
  const figures = rows.flatMap((row) => {
    const count = Number(row.count);
    const figures: Parameters<typeof figuresOf>[1] = [
      {
        what: `recall at ${count}, p50`,
        theirs: count === 100 ? "5.3 ms, of a cached text" : "not said at this number",
        ours: Number(row.recallP50),
        unit: "ms",
        target: { atMost: 5.3 },
        note: `embedding included; above it ${row.overEmbeddingP50} ms. An embedding and a recall: ${row.roundCpuMs} ms of CPU`,
      },
      {
        what: `recall at ${count}, p95`,
        theirs: count === 100 ? "6.5 ms, of a cached text" : "not said at this number",
        ours: Number(row.recallP95),
        unit: "ms",
        target: { atMost: 6.5 },
      },
    ];
    if (count >= 1_000) {
      figures.push(
        {
          what: `remember at ${count}, on disk, p50`,
          theirs: "20.4 ms",
          ours: Number(row.rememberP50),
          unit: "ms",
          target: { atMost: 20.4 },
        },
        {
          what: `bytes of a memory, of ${count}`,
          theirs: "19 to 34 kB",
          source: "product.md, rows.md 77",
          ours: Number(row.bytesEach) / 1_000,
          unit: "kB",
          target: { atMost: 19 },
          note: "300 characters, vectors and words included",
        },
      );
    }
    return figuresOf({ of: memory, bench, row }, figures);
  });
  return { figures, load };
}
