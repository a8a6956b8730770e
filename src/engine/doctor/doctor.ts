/* Runs each part once on this machine and says how it went. */
import { existsSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { HaypileError } from "../../base/errors.ts";
import { removeTreeLater } from "../../base/files/patient.ts";
import { version } from "../../base/package/version.ts";
import { type Environment, readEnvironment } from "../../config/environment/env.ts";
import {
  foreignVariableInWords,
  foreignVariables,
} from "../../config/foreign/foreign-variables.ts";
import { graphCacheFolder } from "../../config/places/paths.ts";
import { lacksOf } from "../../host/lacks.ts";
import { findNumaNodes } from "../../host/read-facts.ts";
import { systemInWords, thisSystem } from "../../host/system.ts";
import { probeProviders } from "../../native/embedder.ts";
import { loadBinding, loadRuntime } from "../../native/load.ts";
import { scanIsa } from "../../native/vector-scan.ts";
import { openSqliteStore } from "../../storage/sqlite/store.ts";
import { grammarFile, grammarsFolder, grammarsPackage } from "../../syntax/grammars.ts";
import { syntaxLanguages } from "../../syntax/languages/index.ts";
import { TreeSitterParser } from "../../syntax/parser.ts";
import { configure } from "../configure.ts";
import { loadEmbedder } from "../models/load-embedder.ts";
import { chooseModel } from "../models/model-loading.ts";
import { providerOf } from "../models/provider.ts";
import { encoderPaths, isaOf } from "../models/runner.ts";
import type { Check, RuntimeOptions } from "../types.ts";
import { checkData, formatChecks } from "./doctor-data.ts";
import { checkStores, keptOnServers } from "./doctor-stores.ts";
import { checkWatching } from "./watching.ts";

const textA = "def read_config(path): return json.load(open(path))";
const textB = "load settings from a file";
const textC = "bake bread with flour and water";

/**
 * Checks addon, ONNX Runtime, providers, SQLite, grammars, the models, and what is stored; never throws for a
 * failure.
 */
export async function diagnose(given: RuntimeOptions = {}): Promise<Check[]> {
  const environment = readEnvironment();
  return [
    { name: "haypile", state: "ok", detail: `${version}, Node ${process.versions.node}` },
    await attempt("native addon", () => {
      const host = loadBinding(environment.addonFolder).hostInfo();
      return `${process.platform}-${process.arch}, ${host.usableCpus} CPUs with ${host.cpuFeatures.join(" ")}`;
    }),
    checkPlatform(),
    await checkRuntime(environment.addonFolder),
    await checkEncoder(given, environment),
    ...providerChecks(environment.addonFolder),
    ...(await askedProvider(given, environment)),
    { name: "NUMA", state: "ok", detail: numaInWords(findNumaNodes()) },
    await attempt("database", checkDatabase),
    await attempt("grammars", checkGrammars),
    await attempt("vector scan", () => `kernels for ${scanIsa(environment.addonFolder)}`),
    await attempt("static model", () => checkMeaning("static-code-256")),
    await attempt("model", () => checkMeaning(undefined)),
    ...checkData(environment.dataFolder, keptOnServers(environment)),
    ...(await checkStores(environment)),
    ...(await formatChecks(environment.dataFolder)),
    await checkWatching(environment),
    ...otherSystems(environment),
    {
      name: "folders",
      state: "ok",
      detail: `data ${environment.dataFolder}, cache ${graphCacheFolder(environment.cacheFolder)}`,
    },
  ];
}

/** Variables that another system reads; told only where there are some. */
function otherSystems(environment: Environment): Check[] {
  const told = foreignVariables(environment).map(foreignVariableInWords);
  if (told.length === 0) return [];
  return [{ name: "variables of others", state: "note", detail: told.join(" ") }];
}

/** What other systems have and this one has not. */
function checkPlatform(): Check {
  const system = thisSystem();
  const lacks = lacksOf(system, cpus()[0]?.model ?? "");
  const told = lacks.map(({ what, why, instead }) => `It lacks ${what}: ${why}; ${instead}`);
  const all = told.length === 0 ? ["Nothing is left out"] : told;
  return {
    name: "platform",
    state: lacks.some(({ isMinor }) => isMinor !== true) ? "note" : "ok",
    detail: `${systemInWords(system)}. ${all.join(". ")}`,
  };
}

/** Its library may be left out: that is worth a note where nothing needs it. */
async function checkRuntime(addonFolder: string | undefined): Promise<Check> {
  const name = "ONNX Runtime";
  const found = await attempt(name, () => loadRuntime(addonFolder).version);
  if (found.state === "ok") return found;
  const detail = `not here, and not needed for models with packed weights: ${found.detail}`;
  return { name, state: "note", detail };
}

/** The instructions that packed weights are run with; the slow ones get a note. */
async function checkEncoder(given: RuntimeOptions, environment: Environment): Promise<Check> {
  const name = "encoder";
  const { addonFolder } = environment;
  let isSlow = false;
  const check = await attempt(name, () => {
    const { options } = configure(given, undefined, environment);
    const isa = isaOf(options, addonFolder);
    const supported = encoderPaths(addonFolder);
    isSlow = isa === "scalar";
    if (!isSlow) return `packed weights run with ${isa}; this CPU has ${supported.join(", ")}`;
    return supported.length > 1
      ? `packed weights run with scalar because that was asked for, many times slower than with ${supported.at(-1)}`
      : "packed weights run with scalar, many times slower than usual: this CPU has neither AVX2 nor NEON";
  });
  return isSlow ? { ...check, state: "note" } : check;
}

async function attempt(name: string, run: () => string | Promise<string>): Promise<Check> {
  try {
    return { name, state: "ok", detail: await run() };
  } catch (error) {
    const code = HaypileError.isInstance(error) ? ` [${error.code}]` : "";
    const message = error instanceof Error ? error.message : String(error);
    return { name, state: "failed", detail: `${message}${code}` };
  }
}

function providerChecks(addonFolder: string | undefined): Check[] {
  try {
    return probeProviders(addonFolder).map(({ provider, available, reason }) => ({
      name: `provider ${provider}`,
      state: available ? "ok" : "note",
      detail: available ? "can be used" : `not here: ${reason}`,
    }));
  } catch {
    return []; // the addon's own check has said why
  }
}

/** Where memory lies matters only on a machine with several nodes. */
export function numaInWords(nodes: readonly number[] | undefined): string {
  if (nodes === undefined) return "this system tells of no nodes: nothing to place";
  if (nodes.length === 1) return "one node: nothing to place";
  return `${nodes.length} nodes with CPUs (${nodes.join(", ")}): the system chooses; --numa-node N keeps the workers, the weights and what they use on one`;
}

/** What options, files and variables ask for in place of the CPU. */
async function askedProvider(given: RuntimeOptions, environment: Environment): Promise<Check[]> {
  const { options } = configure(given, undefined, environment);
  if (options.provider === undefined || options.provider === "cpu") return [];
  const name = "provider asked for";
  const check = await attempt(name, async () => {
    const model = await chooseModel(options, undefined, environment);
    const use = providerOf(options, model, environment.addonFolder);
    return use === undefined || use.reason === ""
      ? `${options.provider} is used`
      : `the CPU is used, ${use.requested} cannot be had: ${use.reason}`;
  });
  return [check.detail.startsWith("the CPU") ? { ...check, state: "note" } : check];
}

/** Writes and finds one chunk in a database of its own. */
async function checkDatabase(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "haypile-doctor-"));
  try {
    const store = openSqliteStore({ path: join(folder, "check.db") });
    store.vectors.claimModel({ id: "check", dimensions: 2 });
    store.files.put([
      {
        path: "a.txt",
        stamp: { sizeBytes: 1, mtimeMs: 1, readMs: 1 },
        contentHash: "00",
        language: "text",
        chunks: [{ text: "needle", startLine: 1, endLine: 1, tokens: 1 }],
      },
    ]);
    const [chunk] = store.pending.page(0, 1);
    store.vectors.put([chunk?.id ?? 0], new Float32Array([0.6, 0.8]));
    const words = store.texts.search("needle", 1).length;
    const meaning = store.vectors.search(new Float32Array([0.6, 0.8]), 1)[0]?.score ?? 0;
    const { schemaVersion } = store.facts.stats();
    store.close();
    if (words !== 1 || meaning < 0.99) {
      throw new HaypileError("HAYPILE_INTERNAL", "What was written was not found again.");
    }
    const functions = store.hasVectorFunctions ? "FTS5 and sqlite-vec" : "FTS5, without sqlite-vec";
    return `SQLite with ${functions}, schema ${schemaVersion}`;
  } finally {
    await removeTreeLater(folder);
  }
}

/** Parses a line with a light and a heavy grammar, each in its own process. */
async function checkGrammars(): Promise<string> {
  const folder = grammarsFolder();
  const missing = syntaxLanguages.filter(
    ({ grammar }) => !existsSync(grammarFile(folder, grammar)),
  );
  if (missing.length > 0) {
    throw new HaypileError(
      "HAYPILE_NATIVE_MISSING",
      `Grammars are missing in ${folder}: ${missing.map(({ name }) => name).join(", ")}. Their files are cut by their lines. Install ${grammarsPackage} again.`,
    );
  }
  const parser = new TreeSitterParser({ grammars: folder });
  try {
    for (const [language, text] of [
      ["python", "def needle(): pass\n"],
      ["shell", "needle() { true; }\n"],
    ] as const) {
      const outcome = await parser.parse({ path: "check", language, text });
      if (!("parsed" in outcome) || outcome.parsed.definitions[0]?.name !== "needle") {
        const reason = "failed" in outcome ? outcome.failed : "the definition was not found";
        throw new HaypileError("HAYPILE_INTERNAL", `${language} could not be parsed: ${reason}.`);
      }
    }
  } finally {
    await parser.close();
  }
  return `${syntaxLanguages.length} languages`;
}

/** A text must be nearer to what it means than to something else. */
async function checkMeaning(model: string | undefined): Promise<string> {
  const embedder = await loadEmbedder(model === undefined ? {} : { model });
  try {
    const { dimensions } = embedder;
    const vectors = await embedder.embed([textA, textB, textC]);
    const row = (i: number): Float32Array => vectors.subarray(i * dimensions, (i + 1) * dimensions);
    const near = dot(row(0), row(1));
    const far = dot(row(0), row(2));
    if (!(near > far)) {
      throw new HaypileError(
        "HAYPILE_RUNTIME_FAILED",
        `The model gives wrong vectors here: ${near.toFixed(2)} for two texts of one meaning, ${far.toFixed(2)} for two that differ.`,
      );
    }
    const report = embedder.report();
    if (report === undefined) return `${embedder.modelId}, ${dimensions} dimensions`;
    const note = report.cacheNote === "" ? "" : `; graph cache: ${report.cacheNote}`;
    const by = report.engine === "direct" ? `direct, ${report.isa}` : "ONNX Runtime";
    return `${embedder.modelId}, ${dimensions} dimensions, run by ${by}, loaded in ${report.loadMs.toFixed(0)} ms (${report.loadedFrom})${note}`;
  } finally {
    await embedder.close();
  }
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
}
