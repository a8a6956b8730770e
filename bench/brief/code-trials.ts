/* What engines and servers for code say of themselves: names, index runs and their memory, searches. */
import { engine, figuresOf, manager, mb, server, type Trial } from "./figure.ts";
import { lastRow, type Row, runBench } from "./kept-rows.ts";

export const codeTrials: readonly Trial[] = [
  {
    name: "symbols",
    says: "1,000 names asked of find_symbol",
    run: () => {
      const { rows, load } = runBench(
        "quality/symbols.ts",
        ["--most", "1000", "--searched", "0", "--vectors", "none"],
        "symbols",
      );
      const row = rows.find(({ form }) => form === "exact") as Row;
      return {
        load,
        figures: figuresOf({ of: engine, bench: "bench/quality/symbols.ts --most 1000", row }, [
          {
            what: "find_symbol, 1,000 exact names, p50",
            theirs: "0.24 ms",
            ours: Number(row.p50),
            unit: "ms",
            target: { atMost: 0.24 },
            note: `${row.definitions} definitions; p95 ${Number(row.p95).toFixed(2)} ms`,
          },
          {
            what: "a definition of that name first",
            theirs: "96.6 %",
            ours: 100 * Number(row.anyAcc1),
            unit: "%",
            target: { atLeast: 96.6 },
          },
          {
            what: "this very definition first, of those whose name is not shared",
            theirs: "not said",
            ours: 100 * Number(row.unambiguous),
            unit: "%",
            target: { atLeast: 96.6 },
            note: `of all, with other definitions of the name: ${(100 * Number(row.acc1)).toFixed(1)} %`,
          },
        ]),
      };
    },
  },
  {
    name: "django",
    says: "Debian's Django without the model's vectors",
    run: () => {
      const { rows, load } = runBench("index/peak.ts", [], "peak");
      const row = rows[0] as Row;
      return {
        load,
        figures: figuresOf({ of: engine, bench: "bench/index/peak.ts", row }, [
          {
            what: "Django indexed without embeddings",
            theirs: "14 s",
            ours: Number(row.seconds),
            unit: "s",
            target: { atMost: 14 },
            note: "Debian's package: 1,061 files",
          },
          {
            what: "all processes of it at their peak, by share",
            theirs: "not said",
            ours: Number(row.pssMb),
            unit: "MB",
            target: { atMost: 457 },
            note: "target: their cold re-index",
          },
        ]),
      };
    },
  },
  {
    name: "cold",
    says: "five cold index runs, without a limit and at 256 MB",
    run: () => {
      const args = ["--files", "120", "--runs", "5", "--limits", "none,256MB"];
      const { rows, load } = runBench("governor/spread.ts", args, "governor");
      const bench = "bench/governor/spread.ts --files 120 --runs 5";
      const figures = rows.flatMap((row) => {
        const peaks = (row.runs as { ownBytes: number; togetherBytes: number }[]) ?? [];
        const named = row.limit === "none" ? "without a limit" : `at ${row.limit}`;
        return figuresOf({ of: engine, bench, row }, [
          {
            what: `spread of the peak of 5 cold runs, ${named}`,
            theirs: "1 % over 3 runs",
            ours: 100 * Number(row.spread),
            unit: "%",
            target: { atMost: 1 },
          },
          {
            what: `the highest of these peaks, ${named}`,
            theirs: "457 MB",
            ours: mb(Math.max(...peaks.map(({ togetherBytes }) => togetherBytes))),
            unit: "MB",
            target: { atMost: row.limit === "none" ? 457 : 256 },
            note: "120 made-up files, theirs a tree of its own",
          },
        ]);
      });
      return { figures, load };
    },
  },
  {
    name: "small",
    says: "trees of 90 and 500 files at the memory they name",
    run: () => {
      const small = runBench(
        "governor/spread.ts",
        ["--files", "90", "--runs", "1", "--limits", "192MB"],
        "governor",
      );
      const larger = runBench(
        "governor/spread.ts",
        ["--files", "500", "--runs", "1", "--limits", "192MB"],
        "governor",
      );
      const figures = [
        { row: small.rows[0] as Row, files: 90, bound: 50, theirs: "below 100 files 50 MB" },
        { row: larger.rows[0] as Row, files: 500, bound: 200, theirs: "100 to 1,000 files 200 MB" },
      ].flatMap(({ row, files, bound, theirs }) =>
        figuresOf({ of: server, bench: `bench/governor/spread.ts --files ${files}`, row }, [
          {
            what: `cold index of ${files} files at a limit of 192 MB, all processes`,
            theirs,
            ours: mb((row.runs as { togetherBytes: number }[])[0]?.togetherBytes),
            unit: "MB",
            target: { atMost: bound },
            note: files === 90 ? "a bare Node has 44 to 46 MB" : "",
          },
        ]),
      );
      return { figures, load: larger.load };
    },
  },
  {
    name: "rerank",
    says: "searches with their second look beside an index run",
    run: () => {
      const { rows, load } = runBench("embedding/rerank-beside.ts", [], "rerank-beside");
      const row = rows[0] as Row;
      return {
        load,
        figures: figuresOf({ of: engine, bench: "bench/embedding/rerank-beside.ts", row }, [
          {
            what: "peak RSS while reranking and embedding",
            theirs: "1,289 MB",
            ours: mb(row.peakRss),
            unit: "MB",
            target: { atMost: 1_289 },
            note: `${row.reranker}; theirs is a cross-encoder, none is packaged here`,
          },
          {
            what: "searches a second meanwhile",
            theirs: "11",
            ours: Number(row.perSecond),
            unit: "a second",
            target: { atLeast: 11 },
            note: `${row.embedded} chunks embedded meanwhile; p50 ${Math.round(Number(row.besideP50))} ms; ${Math.round(Number(row.cpuSeconds))} s of CPU in ${Math.round(Number(row.seconds))} s`,
          },
          {
            what: "search with the second look, alone, p50",
            theirs: "~450 ms",
            ours: Number(row.withP50),
            unit: "ms",
            target: { atMost: 450 },
            note: `${Number(row.pairs).toFixed(1)} texts looked at`,
          },
          {
            what: "search without it, alone, p50",
            theirs: "50 to 150 ms",
            ours: Number(row.withoutP50),
            unit: "ms",
            target: { atMost: 50 },
          },
        ]),
      };
    },
  },
  {
    name: "install",
    says: "size of an install, as bench/install-size.ts measured it last",
    run: () => {
      const row = lastRow("install-size", ({ platform }) => platform === "linux-x64");
      return {
        figures: figuresOf({ of: engine, bench: "bench/install-size.ts", row }, [
          {
            what: "installed, Linux x64, models included",
            theirs: "85 MB, the program alone",
            source: "rows.md 15",
            ours: mb(row.total),
            unit: "MB",
            target: { atMost: 90 },
            note: "without Node",
          },
        ]),
      };
    },
  },
  {
    name: "large",
    says: "a real tree of some 7,000 files with vectors (an hour and more; --minutes ends it)",
    isHeavy: true,
    run: () => {
      const at = process.argv.indexOf("--minutes");
      const minutes = at === -1 ? "90" : (process.argv[at + 1] as string);
      // It takes so long that its last row may be read again.
      const { rows, load } = process.argv.includes("--kept")
        ? { rows: [lastRow("large-tree", () => true)], load: undefined }
        : runBench("index/large-tree.ts", ["--minutes", minutes], "large-tree");
      const row = rows[0] as Row;
      const peakOf = (name: string): number =>
        mb((row[name] as { togetherBytes: number }).togetherBytes);
      const seconds = Number(row.textsSeconds) + Number(row.vectorsSeconds);
      const cpuSeconds = Number(row.textsCpuSeconds) + Number(row.vectorsCpuSeconds);
      const made = `${row.vectors} of ${row.chunks} vectors`;
      return {
        load,
        figures: figuresOf({ of: manager, bench: "bench/index/large-tree.ts", row }, [
          {
            what: "peak of an index run over a real tree, all processes",
            theirs: "640 to 837 MB",
            ours: Math.max(peakOf("textsPeaks"), peakOf("peaks")),
            unit: "MB",
            target: { atMost: 640 },
            note: `${row.tree}: ${row.indexed} of ${row.files} files (the others are translations, pictures and the like), ${made}; while vectors are made ${Math.round(peakOf("peaks"))} MB`,
          },
          {
            what: "vectors a minute",
            theirs: "850 (34,017 in ~40 min)",
            ours: (60 * Number(row.vectors)) / seconds,
            unit: "a minute",
            target: { atLeast: 850 },
            note: `reading and parsing included: ${made}, ${Math.round(cpuSeconds)} s of CPU in ${Math.round(seconds)} s${row.isWhole === true ? "" : "; ended before all were made"}`,
          },
          {
            what: "search in it, p50",
            theirs: "11 ms",
            ours: Number(row.searchP50),
            unit: "ms",
            target: { atMost: 11 },
            note: `p95 ${Math.round(Number(row.searchP95))} ms${row.searchCpuMs === undefined ? "" : `; ${Math.round(Number(row.searchCpuMs))} ms of CPU`}`,
          },
        ]),
      };
    },
  },
];
