/*
 * Measures this machine in under 20 seconds: the model by how it is laid out, the scan of vectors, commits and
 * reads of the disk that indexes lie on. What does not fit into the time is left out and said.
 */
import { loadavg } from "node:os";
import { HaypileError } from "../../base/errors.ts";
import { makePrivateFolder } from "../../base/files/private-files.ts";
import { readEnvironment } from "../../config/environment/env.ts";
import type { Configuration } from "../../config/load.ts";
import { OnnxEmbedder } from "../../native/embedder.ts";
import { scanIsa, VectorScan } from "../../native/vector-scan.ts";
import { type CommitSpeed, measureCommits } from "../../storage/sqlite/commit-speed.ts";
import { readConfiguration } from "../configure.ts";
import { chooseModel, loadLocatedModel } from "../models/model-loading.ts";
import { engineOf } from "../models/runner.ts";
import { type DiskSpeed, measureDisk } from "./disk-speed.ts";
import {
  type EmbeddingSpeed,
  keyOf,
  type Layout,
  layoutsFor,
  type ModelMemory,
  measureEmbedding,
} from "./embedding-speed.ts";
import { noiseOf, type Proposal, proposals } from "./proposals.ts";

export interface HostBench {
  /** `load`: processes that wanted a CPU in the minute before, 0 where the system does not say. */
  host: { cpus: number; scanIsa: string; load: number };
  model: { name: string; memory: ModelMemory | undefined };
  present: Layout;
  /** The fastest first. */
  embedding: EmbeddingSpeed[];
  /** How far two measurements of one layout lay apart, at most, as a share. */
  noise: number;
  scan: { rows: number; bytesPerSecond: number; medianMs: number };
  commits: CommitSpeed[];
  disk: DiskSpeed | undefined;
  /** Layouts that there was no time for, and parts that failed, with why. */
  leftOut: string[];
  proposals: Proposal[];
  seconds: number;
}

const commitMs = 1_200;
const diskMs = 1_000;
/** The model is measured until then; with its last layout all ends below 20 s. */
const embedUntilMs = 15_000;

/**
 * @param folder whose settings count
 * @throws HaypileError those of models, HAYPILE_NATIVE_MISSING, HAYPILE_CONFIG_INVALID
 */
export async function benchHost(folder: string | undefined): Promise<HostBench> {
  const start = performance.now();
  const environment = readEnvironment();
  const { addonFolder, dataFolder } = environment;
  const configuration = readConfiguration(folder, {}, environment);
  const { settings, facts } = configuration;
  const leftOut: string[] = [];
  const [load = 0] = loadavg();
  const attempt = <T>(what: string, run: () => T): T | undefined => {
    try {
      return run();
    } catch (error) {
      leftOut.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  };
  // Short and on the JS thread: before the machine is warm from the model.
  attempt("data folder", () => makePrivateFolder(dataFolder));
  const disk = attempt("disk", () => measureDisk(dataFolder, diskMs));
  const commits = (["full", "normal"] as const).flatMap(
    (mode) => attempt("commits", () => measureCommits(dataFolder, mode, commitMs)) ?? [],
  );
  const scan = await measureScan(addonFolder);

  const present = presentLayout(configuration);
  const model = await chooseModel(modelOptions(configuration), undefined, environment);
  const runtime = {
    engine: settings["model.engine"].value,
    isa: settings["model.isa"].value,
  };
  const engine = model.kind === "static" ? undefined : engineOf(model, runtime);
  const layouts = layoutsFor(facts.cores, present, engine);
  const { speeds, model: memory } = await measureEmbedding(
    layouts,
    async (layout) => {
      const directWorkers = layout.workers * layout.intraOpThreads;
      const options = { ...runtime, ...layout, directWorkers };
      const loaded = await loadLocatedModel(model, options, environment);
      if (loaded instanceof OnnxEmbedder) return loaded;
      await loaded.close();
      throw new HaypileError(
        "HAYPILE_USAGE",
        `Expected a model with runs, but ${model.name} is a static one: nothing of it depends on threads. Name another with model.name.`,
        { data: { model: model.name } },
      );
    },
    start + embedUntilMs,
    addonFolder,
  );
  const seen = new Set(speeds.map(keyOf));
  for (const layout of layouts) {
    if (seen.has(keyOf(layout))) continue;
    const { intraOpThreads, workers, tokensPerRun } = layout;
    leftOut.push(
      `workers ${workers}, threads ${intraOpThreads}, tokens a run ${tokensPerRun}: there was no time`,
    );
  }
  return {
    host: { cpus: facts.cores, scanIsa: scanIsa(addonFolder), load },
    model: { name: model.name, memory },
    present,
    embedding: speeds.sort((a, b) => b.tokensPerSecond - a.tokensPerSecond),
    noise: noiseOf(speeds),
    scan,
    commits,
    disk,
    leftOut,
    proposals: proposals(
      { embedding: speeds, present, commits, disk, isBusy: load > facts.cores },
      settings,
    ),
    seconds: (performance.now() - start) / 1000,
  };
}

function presentLayout({ settings }: Configuration): Layout {
  return {
    intraOpThreads: settings["embed.intra-op-threads"].value ?? 1,
    workers: settings["embed.workers"].value ?? 1,
    tokensPerRun: settings["embed.tokens-per-run"].value ?? 320,
  };
}

function modelOptions({ settings }: Configuration) {
  const model = settings["model.name"].value;
  const modelFolder = settings["model.folder"].value;
  return {
    model,
    modelFolder,
  };
}

const scanRows = 400_000;
const scanDimensions = 384;
const scans = 12;

/** Bits of made-up vectors: what a scan costs does not depend on what they say. */
async function measureScan(addonFolder: string | undefined): Promise<HostBench["scan"]> {
  const scan = new VectorScan(scanDimensions, addonFolder);
  try {
    return await timeScan(scan);
  } finally {
    scan.close();
  }
}

async function timeScan(scan: VectorScan): Promise<HostBench["scan"]> {
  const rows = 50_000;
  const bits = new Uint8Array(rows * scan.bytesPerRow);
  let state = 1;
  for (let at = 0; at < bits.length; at += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bits[at] = state >>> 24;
  }
  for (let first = 0; first < scanRows; first += rows) {
    scan.append(
      Uint32Array.from({ length: rows }, (_, at) => first + at),
      bits,
    );
  }
  const query = Float32Array.from({ length: scanDimensions }, (_, at) => Math.sin(at));
  const mean = new Float32Array(scanDimensions);
  const times: number[] = [];
  for (let i = 0; i < scans; i += 1) {
    const start = performance.now();
    await scan.search(query, mean, 100);
    times.push(performance.now() - start);
  }
  const medianMs = times.sort((a, b) => a - b)[scans >> 1] ?? 0;
  const bytesPerSecond = (scanRows * scan.bytesPerRow * 1000) / medianMs;
  return { rows: scanRows, bytesPerSecond, medianMs };
}
