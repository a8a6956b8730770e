/*
 * Memory that cannot be had, in the runtime and in the encoder: node failing.cjs REQUEST RESULT ADDON SCRATCH [ONNX
 * RUNTIME], with HAYPILE_FAULTS=1. What is thrown for the runtime has to be caught there, whatever compiled it.
 */
"use strict";
const fs = require("node:fs");
const path = require("node:path");

const here = (name) =>
  process.platform === "win32" && name.startsWith("/") ? `Z:${name.replaceAll("/", "\\")}` : name;
const [requestPath, resultPath, addonPath, scratch, library = ""] = process.argv.slice(2).map(here);
const result = { platform: process.platform, failures: [], engines: {} };

async function main() {
  const request = JSON.parse(fs.readFileSync(requestPath, "utf8"));
  const folder = here(request.folder);
  const vocabulary = new Uint8Array(Buffer.from(request.vocabulary, "base64"));
  fs.mkdirSync(scratch, { recursive: true });
  const addon = require(addonPath);
  if (library !== "") addon.runtime.open(library);
  for (const engine of library === "" ? ["direct"] : ["direct", "onnx"]) {
    const { dimensions, maxTokens, pooling, weights } = request.description;
    const load = () =>
      addon.Embedder.load({
        engine,
        modelPath: path.join(folder, "model.onnx"),
        weightsPath: path.join(folder, weights),
        isa: "auto",
        scratchFolder: scratch,
        tokenizer: new addon.Tokenizer({ ...request.tokenizer, vocabulary }),
        padId: 0,
        pooling,
        maxTokens,
        dimensions,
        workers: 1,
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
        cacheFolder: "",
        cacheOnly: false,
      });
    const model = await load();
    const embed = () =>
      model.embed(
        request.texts,
        new Float32Array(request.texts.length * dimensions),
        1,
        undefined,
        false,
      );
    const codes = [];
    for (const at of [1, 2, 3, 4]) {
      addon.failAllocations(0, at);
      codes.push(
        await embed().then(
          () => "fine",
          ({ code }) => code,
        ),
      );
      addon.failAllocations(0, 0);
    }
    await embed();
    await model.close();
    result.engines[engine] = codes;
    const expected = new Set(["fine", "HAYPILE_OUT_OF_MEMORY"]);
    if (!codes.every((code) => expected.has(code)) || codes[0] === "fine") {
      result.failures.push(`${engine}: ${codes.join(" ")}`);
    }
  }
}

main()
  .catch((error) => result.failures.push(`${error.code ?? ""} ${error.stack ?? error}`))
  .finally(() => {
    fs.writeFileSync(resultPath, JSON.stringify(result, null, 1));
    process.exit(result.failures.length > 0 ? 1 : 0);
  });
