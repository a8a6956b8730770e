/*
 * What the addon does on this platform: node addon.cjs REQUEST RESULT ADDON SCRATCH [ONNX RUNTIME].
 * All it finds goes to RESULT as JSON, since some emulators have no pipes. Plain CommonJS and no packages: it runs in
 * any Node.
 */
"use strict";
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");

// Windows sees the disk of a Linux machine as Z: under wine.
const here = (name) =>
  process.platform === "win32" && name.startsWith("/") ? `Z:${name.replaceAll("/", "\\")}` : name;

const [requestPath, resultPath, addonPath, scratch, library = ""] = process.argv.slice(2).map(here);
const result = {
  platform: process.platform,
  arch: process.arch,
  node: process.version,
  failures: [],
};

function check(what, holds) {
  if (!holds) result.failures.push(what);
}

async function vectorsOf(addon, request, engine, isa, cacheFolder) {
  const { folder, description, texts } = request;
  const tokenizer = new addon.Tokenizer(request.tokenizer);
  const model = await addon.Embedder.load({
    engine,
    modelPath: path.join(folder, "model.onnx"),
    weightsPath: path.join(folder, description.weights),
    isa,
    scratchFolder: scratch,
    tokenizer,
    padId: 0,
    pooling: description.pooling,
    maxTokens: description.maxTokens,
    dimensions: description.dimensions,
    workers: 2,
    tokensPerRun: 320,
    pin: false,
    numaNode: -1,
    session: {
      intraOpThreads: 1,
      spinning: false,
      gpuMemoryBytes: 0,
      gpuArena: "same",
      cpuArena: false,
      memoryPattern: true,
      provider: "cpu",
    },
    cacheFolder,
    cacheOnly: false,
  });
  const out = new Float32Array(texts.length * description.dimensions);
  await model.embed(texts, out, 1, undefined, false);
  const report = model.report();
  const open = fs.readdirSync(scratch).filter((name) => name.startsWith("live-")).length;
  await model.close();
  tokenizer.close();
  return {
    sum: createHash("sha256").update(Buffer.from(out.buffer)).digest("hex"),
    first: Array.from(out.slice(0, 4)),
    isa: report.isa,
    openedPath: report.openedPath,
    foldersWhileOpen: open,
  };
}

async function main() {
  const request = JSON.parse(fs.readFileSync(requestPath, "utf8"));
  request.folder = here(request.folder);
  request.tokenizer.vocabulary = new Uint8Array(Buffer.from(request.vocabulary, "base64"));
  fs.mkdirSync(scratch, { recursive: true });
  const addon = require(addonPath);
  result.host = addon.hostInfo();
  check("total memory", result.host.totalMemoryBytes > 2 ** 26);
  check("CPUs", result.host.logicalCpus >= 1 && result.host.usableCpus >= 1);
  result.scanIsa = addon.scanIsa();
  result.words = addon.splitWords("resolvePath of HTTPServer");

  result.direct = {};
  for (const isa of ["auto", ...addon.encoderPaths()]) {
    result.direct[isa] = await vectorsOf(addon, request, "direct", isa, "");
  }
  result.directCached = await vectorsOf(
    addon,
    request,
    "direct",
    "auto",
    path.join(scratch, "cache ü日"),
  );
  result.left = fs.readdirSync(scratch).filter((name) => name.startsWith("live-"));
  check("copies went with their models", result.left.length === 0);

  result.memory = addon.memoryUsage();
  check("resident memory", result.memory.rssBytes > 2 ** 23);
  check("peak", result.memory.peakRssBytes >= result.memory.rssBytes / 2);
  const { files, ...map } = addon.memoryMap() ?? { files: [] };
  result.map = { ...map, files: files.length };
  result.dropped = addon.dropFilePages();
  addon.releaseMemory();

  if (library !== "") {
    result.runtime = addon.runtime.open(library);
    result.cuda = addon.runtime.probe("cuda");
    result.onnx = await vectorsOf(addon, request, "onnx", "auto", path.join(scratch, "graphs"));
  }
}

main()
  .catch((error) => result.failures.push(`${error.code ?? ""} ${error.stack ?? error}`))
  .finally(() => {
    fs.writeFileSync(resultPath, JSON.stringify(result, null, 1));
    process.exit(result.failures.length > 0 ? 1 : 0);
  });
