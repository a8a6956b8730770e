/* A plan for this machine: its speed measured for about a second of CPU time, the rest foretold from it. */
import { existsSync, statfsSync } from "node:fs";
import { dirname } from "node:path";
import { mb } from "../../base/byte-count.ts";
import { type Environment, readEnvironment } from "../../config/environment/env.ts";
import type { Plan, PlanAsked } from "../../ports/answers/plan.ts";
import { readConfiguration } from "../configure.ts";
import { sampleTexts } from "../host-bench/embedding-speed.ts";
import type { LoadedEmbedder } from "../models/loaded-embedder.ts";
import { chooseModel, loadLocatedModel, modelFactsOf } from "../models/model-loading.ts";
import { foretell } from "./foretell.ts";

/** So much CPU time is measured. */
const measuredMs = 1_000;
const textsPerCall = 16;
/** A static model takes next to no time of its own: what is measured of it says nothing. */
const leastTokens = 200;

/**
 * @param asked how much, whole numbers
 * @param model its name; default: the one that is set
 * @throws HaypileError those of models, HAYPILE_NATIVE_MISSING, HAYPILE_CONFIG_INVALID
 */
export async function planFor(
  asked: PlanAsked,
  model: string | undefined,
  folder: string,
  signal?: AbortSignal,
): Promise<Plan> {
  const environment = readEnvironment();
  const { settings, facts } = readConfiguration(folder, {}, environment);
  const said = { model: model ?? settings["model.name"].value };
  const modelFolder = model === undefined ? settings["model.folder"].value : undefined;
  const located = await chooseModel({ ...said, modelFolder }, undefined, environment);
  const runtime = { engine: settings["model.engine"].value, isa: settings["model.isa"].value };
  const layout = {
    workers: settings["embed.workers"].value ?? 1,
    tokensPerRun: settings["embed.tokens-per-run"].value ?? 320,
  };
  const embedder = await loadLocatedModel(located, { ...runtime, ...layout }, environment);
  let tokensPerCpuSecond: number;
  try {
    tokensPerCpuSecond = await speedOf(embedder, signal);
  } finally {
    await embedder.close();
  }
  const cpus = Math.max(1, Math.min(facts.cores, layout.workers));
  const of = await modelFactsOf(located, { ...runtime, ...layout }, environment);
  const foretold = foretell(asked, { model: of, tokensPerCpuSecond, cpus });
  const limit = settings["memory.max"];
  const machine = {
    cpus: facts.cores,
    memoryBytes: facts.memoryBytes,
    limitBytes: limit.origin === "default" ? undefined : limit.value,
    freeBytes: freeOn(environment),
    tokensPerCpuSecond: Math.round(tokensPerCpuSecond),
  };
  return { ...foretold, model: located.name, machine, warnings: warningsOf(foretold, machine) };
}

/** Tokens of a second of CPU time, all threads together. */
async function speedOf(embedder: LoadedEmbedder, signal: AbortSignal | undefined): Promise<number> {
  const texts = sampleTexts(textsPerCall);
  await embedder.embed(texts);
  const perCall = (await embedder.countTokens(texts)).reduce((sum, count) => sum + count, 0);
  const began = process.cpuUsage();
  let tokens = 0;
  for (;;) {
    await embedder.embed(texts, { signal });
    tokens += perCall;
    const { user, system } = process.cpuUsage(began);
    const ms = (user + system) / 1_000;
    if (ms >= measuredMs && tokens >= leastTokens) return (1_000 * tokens) / ms;
  }
}

function warningsOf(
  foretold: Omit<Plan, "model" | "machine" | "warnings">,
  machine: Plan["machine"],
): string[] {
  const { diskBytes, peakBytes } = foretold;
  const { freeBytes, memoryBytes, limitBytes } = machine;
  const found: string[] = [];
  if (freeBytes !== undefined && diskBytes > freeBytes) {
    found.push(
      `the disk of the data folder has ${mb(freeBytes)} MB free, ${mb(diskBytes)} MB are needed: free some, or set HAYPILE_DATA_DIR to another disk`,
    );
  }
  if (limitBytes !== undefined && peakBytes > limitBytes) {
    found.push(
      `memory.max is ${mb(limitBytes)} MB: it is kept, and indexing goes on more slowly; unlimited it would take ${mb(peakBytes)} MB`,
    );
  }
  if (peakBytes > memoryBytes) {
    found.push(
      `the machine has ${mb(memoryBytes)} MB of memory, ${mb(peakBytes)} MB would be used: set memory.max, or take a smaller model`,
    );
  }
  return found;
}

/** Of the nearest folder that is there: the data folder may not be made yet. */
function freeOn({ dataFolder }: Environment): number | undefined {
  let at = dataFolder;
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at);
  try {
    const { bavail, bsize } = statfsSync(at);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}
